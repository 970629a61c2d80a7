"""xAI passes the provider contract, over both of its protocols."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract


class TestChatCompletions(ChatContract):
    provider = "grok"
    options = {"api": "chat_completions"}
    refuses = {"a file": "chat completions take files by their id only"}


class TestResponses(ResponsesContract):
    provider = "grok"
    options = {"api": "responses"}
