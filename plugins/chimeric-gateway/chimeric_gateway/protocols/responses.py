"""The Responses protocol of clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.answering.openai_errors import openai_refusal
from chimeric_gateway.answering.responses import ResponsesAnswering
from chimeric_gateway.asked import Asked, ProtocolName
from chimeric_gateway.protocol import Answering
from chimeric_gateway.reading.responses import read_responses
from chimeric_gateway.refusal import Refusal

__all__ = ["RESPONSES", "ResponsesProtocol"]


class ResponsesProtocol:
    """``POST /v1/responses``: nothing is stored."""

    name: ProtocolName = "responses"

    def read(self, body: Mapping[str, Any]) -> Asked:
        return read_responses(body)

    def answering(self, asked: Asked, upstream: str) -> Answering:
        return ResponsesAnswering(asked, upstream)

    def refuse(self, refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
        return openai_refusal(refusal)


RESPONSES: Final = ResponsesProtocol()
