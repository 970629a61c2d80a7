"""Services of both protocols pass the provider contract; all have the same hooks."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract


class TestFireworks(ChatContract):
    provider = "fireworks"


class TestLMStudioResponses(ResponsesContract):
    provider = "lmstudio"
    options = {"api": "responses"}
