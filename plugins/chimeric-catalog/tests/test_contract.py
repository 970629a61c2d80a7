"""Services of each kind pass the provider contract."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract


class TestFireworks(ChatContract):
    provider = "fireworks"


class TestCrusoe(ChatContract):
    provider = "crusoe"


class TestVLLM(ChatContract):
    provider = "vllm"


class TestLMStudioResponses(ResponsesContract):
    provider = "lmstudio"
    options = {"api": "responses"}
