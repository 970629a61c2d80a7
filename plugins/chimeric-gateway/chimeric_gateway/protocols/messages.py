"""Messages as a protocol of clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.answering.anthropic_errors import anthropic_refusal
from chimeric_gateway.answering.messages import MessagesAnswering
from chimeric_gateway.asked import Asked, ProtocolName
from chimeric_gateway.protocol import Answering
from chimeric_gateway.reading.messages import read_messages_body
from chimeric_gateway.refusal import Refusal

__all__ = ["MESSAGES", "Messages"]


class Messages:
    """``POST /v1/messages``: see ``ClientProtocol``."""

    name: ProtocolName = "messages"

    def read(self, body: Mapping[str, Any]) -> Asked:
        return read_messages_body(body)

    def answering(self, asked: Asked, upstream: str) -> Answering:
        return MessagesAnswering(asked)

    def refuse(self, refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
        return anthropic_refusal(refusal)


MESSAGES: Final = Messages()
