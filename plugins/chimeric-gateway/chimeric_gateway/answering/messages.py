"""Answers of Messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import Answer, Messages, Prompt, Service, Usage

from chimeric import CompletionResponse, StreamChunk
from chimeric_gateway.asked import Asked
from chimeric_gateway.call_ids import MESSAGES_IDS
from chimeric_gateway.refusal import Refusal

from .anthropic_errors import anthropic_error
from .carrying import is_opaque, pack
from .estimates import tokens_of
from .signatures import SIGNER, UNSIGNED
from .telling.endings import usage_of
from .telling.teller import Teller

__all__ = ["MessagesAnswering"]

DIALECT: Final = Messages()
SERVICE: Final = Service(signer=SIGNER)


class MessagesAnswering:
    """Words one answer as a message or as its events.

    Tools that the provider runs and files are not told. A thought is signed with ours: its
    provider's signature, where there is one, is of another protocol.
    """

    def __init__(self, asked: Asked) -> None:
        self._answer = Answer()
        self._body = asked.body
        prompt = Prompt(model=asked.model, turns=[], plain=True)
        self._encoder = DIALECT.encoder(prompt, self._answer, SERVICE)
        self._teller = Teller(
            self._encoder,
            self._answer,
            call_id=MESSAGES_IDS.told,
            serial=True,
            signature=UNSIGNED,
            stops=asked.arguments.get("stop") or (),
        )
        self._headers = DIALECT.id_headers()
        self.chunk: Callable[[StreamChunk], bytes] = self._first

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    def _first(self, chunk: StreamChunk) -> bytes:
        """The first chunk, with what the message begins with; the others go to the teller."""
        self.chunk = self._teller.chunk
        self._count(chunk)
        return self._teller.begin() + self.chunk(chunk)

    def _count(self, chunk: StreamChunk | None) -> None:
        """What the request counts, which a message begins with: an estimate, if need be."""
        told = chunk.usage if chunk is not None else None
        if told is not None and told.prompt_tokens is not None:
            self._answer.usage = usage_of(told)
        else:
            self._answer.usage = Usage(input=tokens_of(self._body))

    def end(self, response: CompletionResponse[Any]) -> bytes:
        if self.chunk == self._first:
            self._count(None)
        frames = self._teller.begin() + self._teller.close()
        return frames + self._carried(response) + self._teller.end(response)

    def _carried(self, response: CompletionResponse[Any]) -> bytes:
        """A thought without words, signed with what the upstream wants back with its calls.

        It is known at the end alone. A client that echoes thoughts brings it back.
        """
        state = _state(response)
        if state is None or not any(b.kind == "call" and b.whole for b in self._answer.blocks):
            return b""
        block = self._answer.block("thought", signature=state, whole=True)
        return self._encoder.open(block) + self._encoder.close(block)

    def fail(self, refusal: Refusal) -> bytes:
        error = anthropic_error(refusal, self._headers["request-id"])
        return b"event: error\ndata: " + msgspec.json.encode(error) + b"\n\n"

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        if response.usage.source == "missing":
            self._count(None)
        body: Any = self._teller.whole(response)
        if (state := _state(response)) is not None:
            _carry(body["content"], state)
        return msgspec.json.encode(body)


def _state(response: CompletionResponse[Any]) -> str | None:
    """What the upstream wants back, as a signature."""
    state = response.messages[-1].state if response.messages else None
    return None if state is None or not is_opaque(state) else pack(state)


def _carry(content: list[dict[str, Any]], state: str) -> None:
    """Sign the first thought of a whole answer with it, or one without words behind calls."""
    thought = next((block for block in content if block["type"] == "thinking"), None)
    if thought is not None:
        thought["signature"] = state
    elif any(block["type"] == "tool_use" for block in content):
        content.append({"type": "thinking", "thinking": "", "signature": state})
