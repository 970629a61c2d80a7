"""OpenAI's forms at Bedrock, where requests are signed; with a bearer key they are OpenAI's."""

from __future__ import annotations

from chimeric_dialects.chat_completions import ChatCompletions
from chimeric_dialects.requests import Request
from chimeric_dialects.responses import Responses

from .signed import Signed, is_signed

__all__ = ["BedrockChat", "BedrockResponses"]


class BedrockChat(Signed, ChatCompletions):
    """``POST /openai/v1/chat/completions``."""

    def __init__(self) -> None:
        super().__init__("openai")

    def serves(self, request: Request) -> bool:
        return is_signed(request) and super().serves(request)


class BedrockResponses(Signed, Responses):
    """``POST /openai/v1/responses``."""

    def serves(self, request: Request) -> bool:
        return is_signed(request) and super().serves(request)
