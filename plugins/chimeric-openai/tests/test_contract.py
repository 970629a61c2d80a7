"""OpenAI passes the provider contract, over both of its protocols."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract


class TestChatCompletions(ChatContract):
    provider = "openai"
    options = {"api": "chat_completions"}


class TestResponses(ResponsesContract):
    provider = "openai"
    options = {"api": "responses"}
