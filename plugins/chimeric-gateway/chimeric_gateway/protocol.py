"""What each protocol of clients is to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from chimeric import CompletionResponse, StreamChunk

from .asked import Asked, ProtocolName
from .refusal import Refusal

__all__ = ["Answering", "ClientProtocol"]


class Answering(Protocol):
    """Words one answer. Whatever returns bytes of a stream may return ``b""``."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of a good reply besides ``content-type``: the request's id, as the protocol has
        it."""
        ...

    def chunk(self, chunk: StreamChunk, /) -> bytes:
        """The frames of a chunk, and before the first what a stream begins with."""
        ...

    def end(self, response: CompletionResponse[Any]) -> bytes:
        """The frames that end a stream well."""
        ...

    def fail(self, refusal: Refusal) -> bytes:
        """The protocol's error in mid-stream; nothing comes after it."""
        ...

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        """The JSON body of an answer that is not streamed."""
        ...


class ClientProtocol(Protocol):
    """One of ``chat_completions``, ``responses``, ``messages``: no state, no I/O."""

    @property
    def name(self) -> ProtocolName:
        """The protocol's name."""
        ...

    def read(self, body: Mapping[str, Any]) -> Asked:
        """What a body asks for.

        Raises:
            Refusal: 400 where it cannot be read.
        """
        ...

    def answering(self, asked: Asked, upstream: str) -> Answering:
        """What words the answer; ``upstream`` is the protocol of the provider, or ``""``."""
        ...

    def refuse(self, refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and JSON body of an error before an answer has begun."""
        ...
