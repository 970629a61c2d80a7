"""Recorded answers, read once more by the library: which chunks and native events each part made.

The client is a real one. Its transport gives it the recorded bytes, event by event, and notes what
comes of each. Nothing is sent, no key is looked for, and no middleware takes part.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, cast

import msgspec
from chimeric_record import Exchange

from chimeric import (
    AsyncTransport,
    Chimeric,
    ChimericError,
    Started,
    StreamChunk,
    Transport,
    WireRequest,
    hookimpl,
)

from .segments import Segment

__all__ = ["Decoded", "decode", "provider_plugins"]

NOWHERE = "https://recorded.invalid/v1"
"""Base URL of calls that are never sent."""


class Decoded(msgspec.Struct):
    """What the library made of an answer.

    Attributes:
        chunks: for each segment, the chunks that it made.
        natives: for each segment, its events as the provider's structs.
        error: what the call failed with, or None.
    """

    chunks: list[list[StreamChunk]]
    natives: list[list[Any]]
    error: ChimericError | None = None


def decode(
    exchange: Exchange,
    parts: Sequence[Segment],
    provider: str,
    options: Mapping[str, Any],
    *,
    stream: bool,
) -> Decoded:
    """Read an answer by a provider's plugin.

    Raises:
        ChimericError: when that plugin is missing, broken, or cannot make a request.
    """
    played = _Played(exchange, parts)
    model = (exchange.asked.model if exchange.asked else "") or "recorded"

    def run(native: bool) -> tuple[list[list[Any]], ChimericError | None]:
        made: list[list[Any]] = [[] for _ in parts] or [[]]
        played.rewind()
        seen = _Seen(lambda one: made[max(played.current, 0)].append(one))
        plugins = [played] if stream or native else [played, seen]
        try:
            with _client(provider, plugins) as client:
                given: Any = client.generate(
                    *(model, "recorded", stream, None, False, native, provider), **options
                )
                if stream:
                    for one in given:
                        seen.see(one)
                elif native:
                    seen.see(given)
        except ChimericError as error:
            if not played.asked:
                raise
            return made, error
        return made, None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        natives, _ = run(native=True)
        chunks, error = run(native=False)
    return Decoded(chunks, natives, error)


def provider_plugins() -> list[str]:
    """The installed plugins without middleware, which had its say when the call was made."""
    return [found.name for found in entry_points(group="chimeric")]


def _client(provider: str, plugins: Sequence[object]) -> Chimeric:
    return Chimeric(
        api_keys={provider: "recorded"},
        base_urls={provider: NOWHERE},
        max_retries=0,
        timeout=None,
        plugins=plugins,
        only_plugins=provider_plugins(),
    )


class _Seen:
    """A plugin that sees the chunks of an answer that the caller gets in one piece."""

    chimeric_api = (2, 2)
    chimeric_phase = "record"

    def __init__(self, see: Callable[[Any], None]) -> None:
        self.see = see

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        """Note a chunk."""
        self.see(chunk)
        return chunk


class _Played:
    """A plugin whose transport plays the recorded answer, and the answer that it plays."""

    chimeric_api = (2, 2)

    def __init__(self, exchange: Exchange, parts: Sequence[Segment]) -> None:
        self._exchange = exchange
        self._parts = parts
        self.status = exchange.status
        self.headers: Mapping[str, str] = exchange.headers
        self.rewind()

    def rewind(self) -> None:
        """Play it from its beginning."""
        self.current = -1
        self.asked = False

    @hookimpl
    def chimeric_wrap_transport(
        self, transport: Transport | AsyncTransport, asynchronous: bool
    ) -> Transport | AsyncTransport | None:
        """Stand in the place of the real transport."""
        return None if asynchronous else _Transport(cast("Transport", transport), self)

    def open(self) -> _Played:
        """Answer a request."""
        self.asked = True
        failure = self._exchange.failure
        if not self._exchange.status and failure is not None:
            raise failure.error()
        return self

    def read(self) -> bytes:
        """The next part; behind the last, what the reading ended with."""
        if self.current + 1 < len(self._parts):
            self.current += 1
            return self._parts[self.current].data
        if self._exchange.failure is not None:
            raise self._exchange.failure.error()
        return b""

    def close(self) -> None:
        """There is nothing to close."""

    abort = close


class _Transport:
    def __init__(self, inner: Transport, played: _Played) -> None:
        self.close = inner.close
        self._played = played

    def open(self, request: WireRequest, started: Started) -> _Played:
        return self._played.open()
