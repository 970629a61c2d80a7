"""Chat Completions as a protocol of clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.answering.chat import ChatAnswering
from chimeric_gateway.answering.openai_errors import openai_refusal
from chimeric_gateway.asked import Asked, ProtocolName
from chimeric_gateway.protocol import Answering
from chimeric_gateway.reading.chat import read_chat
from chimeric_gateway.refusal import Refusal

__all__ = ["CHAT_COMPLETIONS", "ChatCompletions"]


class ChatCompletions:
    """``POST /v1/chat/completions``: see ``ClientProtocol``."""

    name: ProtocolName = "chat_completions"

    def read(self, body: Mapping[str, Any]) -> Asked:
        return read_chat(body)

    def answering(self, asked: Asked, upstream: str) -> Answering:
        return ChatAnswering(asked)

    def refuse(self, refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
        return openai_refusal(refusal)


CHAT_COMPLETIONS: Final = ChatCompletions()
