"""Azure passes the provider contract, over all of its protocols."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract


class TestChatCompletions(ChatContract):
    provider = "azure"
    options = {"api": "chat_completions"}
    every = 17
    refuses = {"a file": "chat completions of a deployment take no files"}


class TestResponses(ResponsesContract):
    provider = "azure"
    options = {"api": "responses"}
    every = 17
