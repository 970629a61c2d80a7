"""An answer as a response, or as its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import Answer, Prompt, Responses, Service

from chimeric import CompletionResponse, StreamChunk
from chimeric_gateway.answering.openai_errors import openai_error
from chimeric_gateway.answering.telling.endings import done_of
from chimeric_gateway.answering.telling.replayed import chunks_of
from chimeric_gateway.answering.telling.teller import Teller
from chimeric_gateway.asked import Asked
from chimeric_gateway.call_ids import RESPONSES_IDS
from chimeric_gateway.reading.responses.thoughts import packed
from chimeric_gateway.reading.responses.tools import read_tools
from chimeric_gateway.refusal import Refusal

from .free_text import FreeText
from .server_tools import ServerTools, tool_of

__all__ = ["ENCRYPTED", "ResponsesAnswering", "failure_code"]

DIALECT: Final = Responses()
SERVICE: Final = Service()

ENCRYPTED: Final = "reasoning.encrypted_content"
"""What a client asks for that keeps the conversation itself."""

UNFINISHED: Final = {"other": "other", "pause": "paused"}
"""Why an answer is not whole, where this protocol has no word for it."""

FAILURES: Final = frozenset(
    (
        *("context_length_exceeded", "insufficient_quota", "usage_not_included"),
        *("rate_limit_exceeded", "invalid_prompt", "cyber_policy", "bio_policy"),
    )
)
"""Codes of failures that clients act upon; all others are a ``server_error``, to be tried again."""


class ResponsesAnswering:
    """Words one answer: blocks one after the other, each an item.

    Args:
        asked: the request, whose fields the response repeats.
        upstream: the protocol of the provider.
    """

    def __init__(self, asked: Asked, upstream: str = "") -> None:
        body = asked.body
        prompt = Prompt(
            model=asked.model, turns=[], body=body, show_thoughts=True, plain=True, options={}
        )
        self._answer = Answer()
        self._encoder = DIALECT.encoder(prompt, self._answer, SERVICE)
        self._teller = Teller(
            self._encoder,
            self._answer,
            call_id=RESPONSES_IDS.told,
            serial=True,
            renews=True,
            server_tools=tool_of,
        )
        names = read_tools(body).custom if upstream != "responses" and body.get("tools") else None
        self._free = FreeText(names) if names else None
        self._ran = ServerTools()
        include: Any = body.get("include") or ()
        self._keeps_thoughts = ENCRYPTED in include

    @property
    def headers(self) -> Mapping[str, str]:
        return DIALECT.id_headers()

    def chunk(self, chunk: StreamChunk) -> bytes:
        if chunk.tool_calls and self._free is not None:
            chunk = self._free.chunk(chunk)
        elif chunk.server_tools:
            chunk = self._ran.chunk(chunk)
        return self._teller.chunk(chunk)

    def end(self, response: CompletionResponse[Any]) -> bytes:
        self._encoder.unfinished = UNFINISHED.get(response.finish_reason or "")
        done_of(response, self._answer)  # raises before a frame has its number
        return self._teller.close() + self._thoughts(response) + self._teller.end(response)

    def fail(self, refusal: Refusal) -> bytes:
        error = openai_error(refusal)["error"]
        return self._teller.begin() + self._encoder.break_off(error, failure_code(refusal))

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        self._encoder.unfinished = UNFINISHED.get(response.finish_reason or "")
        told = response if self._free is None else self._free.response(response)
        for chunk in chunks_of(told):
            self.chunk(chunk)
        self._teller.close()
        self._thoughts(response)
        return msgspec.json.encode(self._teller.whole(response))

    def _thoughts(self, response: CompletionResponse[Any]) -> bytes:
        """What the provider wants back with the next turn, as an item of its own."""
        state = response.messages[-1].state if response.messages else None
        content = packed(state) if self._keeps_thoughts and state is not None else None
        if content is None:
            return b""
        block = self._answer.block("thought", signature=content, whole=True)
        return self._encoder.open(block) + self._encoder.close(block)


def failure_code(refusal: Refusal) -> str:
    """Why a response failed, in the words that clients know."""
    return refusal.code if refusal.code in FAILURES else "server_error"
