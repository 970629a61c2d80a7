"""What comes over the wire of one call, beside the chunks that the core makes of it."""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from chimeric import ChimericError, CompletionResponse, Event, SSEFramer, StreamChunk, WireRequest
from chimeric_gateway.asked import Asked, ProtocolName

__all__ = ["Wire"]

CREDENTIAL: Final = re.compile(r"auth|token|secret|cookie|credential|password|key$", re.IGNORECASE)
"""Names of headers whose values no client may see."""

SHORTEST: Final = 8
"""Characters of the shortest credential that is looked for: less would hide ordinary words."""

ZLIB: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Window sizes, as zlib has them, of the encodings that the core asks for."""


class Wire:
    """The answer of one call as its upstream sent it.

    Nothing is kept unless ``wanted`` is set, which says that the client speaks a protocol of an
    upstream's. Events wait here until the chunk comes that the core made of one of them: an event
    passes when the core has judged it, and not before.

    Args:
        asked: what the client asked for.

    Attributes:
        wanted: the protocol that is looked for, or None.
        provider: the core's name of whoever answers.
        opens: how many answers have begun.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.wanted: ProtocolName | None = None
        self.provider = ""
        self.opens = 0
        self._secrets: tuple[bytes, ...] = ()
        self._host = b""
        self._encoding = ""
        self._fits = False
        self._framer: SSEFramer | None = None
        self._events: deque[Event] = deque()
        self._pieces: list[bytes] = []
        self._made: deque[StreamChunk] = deque()
        self._withheld: set[bytes] = set()
        self._last = b""

    # --- what the tap tells ----------------------------------------------------------------------

    def begin(self, request: WireRequest, status: int, headers: Mapping[str, str]) -> None:
        """An answer has begun: what came of the ones before is void."""
        from chimeric_gateway.upstreams.protocols import protocol_of  # which knows the tap

        self.opens += 1
        self.provider = request.context.provider if request.context is not None else ""
        self._events.clear()
        self._pieces.clear()
        self._made.clear()
        told = {name.lower(): value for name, value in headers.items()}
        self._encoding = told.get("content-encoding", "").strip().lower()
        kind = told.get("content-type", "").partition(";")[0].strip().lower()
        streamed = kind == "text/event-stream"
        self._framer = SSEFramer() if streamed and self._encoding in ("", "identity") else None
        self._secrets = tuple(secrets_of(request.headers))
        host = urlsplit(request.url).netloc.rpartition("@")[2]
        # A bare name may be any word.
        self._host = host.encode() if "." in host or ":" in host else b""
        self._fits = 200 <= status < 300 and protocol_of(request) == self.wanted

    def feed(self, data: bytes) -> None:
        """More bytes of the answer."""
        if not self._fits:
            return
        if self._framer is None:
            self._pieces.append(data)
            return
        try:
            self._events.extend(self._framer.feed(data) if data else self._framer.end())
        except ChimericError:
            self._fits = False  # the core says what is wrong

    def made(self, chunk: StreamChunk) -> StreamChunk:
        """The core has made a chunk, which no middleware has seen yet."""
        if self._fits:
            self._made.append(chunk)
        return chunk

    # --- what answers ask ------------------------------------------------------------------------

    @property
    def streams(self) -> bool:
        """Whether events of the client's protocol come."""
        return self._fits and self._framer is not None

    def unchanged(self, chunk: StreamChunk) -> bool:
        """Whether the next chunk that was made has come out of all middleware as it was.

        Where another one has, those before it are taken for held back or dropped.
        """
        made = self._made
        if made and is_same(made[0], chunk):  # as all are without middleware
            made.popleft()
            return True
        own, raw = any(is_same(known, chunk) for known in made), chunk.raw
        if own or (raw and any(known.raw == raw for known in made)):
            while made:
                known = made.popleft()
                if is_same(known, chunk) if own else known.raw == raw:
                    break
                self._withheld.add(known.raw)
        return False

    def withheld(self, raw: bytes) -> bool:
        """Whether middleware kept the chunk of an event from the client, so far at least."""
        return raw in self._withheld or any(known.raw == raw for known in self._made)

    def upto(self, raw: bytes) -> list[Event] | None:
        """The events up to the one of a chunk; None where it is none of those that wait.

        A chunk without an event, and one more of the same event, is of no new one.
        """
        if not raw or raw is self._last:
            return []
        events = self._events
        if events and events[0].data == raw:  # as most are
            self._last = raw
            return [events.popleft()]
        for place, event in enumerate(events):
            if event.data == raw:
                self._last = raw
                return [events.popleft() for _ in range(place + 1)]
        return None

    def rest(self) -> Iterator[Event]:
        """The events that no chunk was made of."""
        while self._events:
            yield self._events.popleft()

    def close(self) -> None:
        """Keep nothing more."""
        self._fits = False
        self._events.clear()
        self._pieces.clear()
        self._made.clear()

    def whole(self, response: CompletionResponse[Any]) -> dict[str, Any] | None:
        """A whole answer, decoded; None where it is none, or not what ``response`` says."""
        if not self._fits or self._framer is not None or not self._says(response):
            return None
        data = b"".join(self._pieces)
        try:
            if self._encoding in ZLIB:
                data = zlib.decompress(data, ZLIB[self._encoding])
            elif self._encoding not in ("", "identity"):
                return None
            return msgspec.json.decode(data, type=dict[str, Any])
        except (zlib.error, ValueError, RecursionError):
            return None

    def _says(self, response: CompletionResponse[Any]) -> bool:
        """Whether no middleware has changed what was made of the answer."""
        made = self._made
        calls = [
            (call.id, call.name, call.arguments)
            for chunk in made
            for call in chunk.tool_calls
            if call.status == "completed"
        ]
        return (
            "".join(chunk.delta or "" for chunk in made) == response.content
            and "".join(chunk.reasoning or "" for chunk in made) == (response.reasoning or "")
            and "".join(chunk.refusal or "" for chunk in made) == (response.refusal or "")
            and calls == [(call.id, call.name, call.arguments) for call in response.tool_calls]
            and [chunk.finish_reason for chunk in made][-1:] == [response.finish_reason]
        )

    def masked(self, data: bytes, said: StreamChunk | CompletionResponse[Any]) -> bytes:
        """Bytes without the gateway's key, nor the upstream's address unless the model said it.

        Args:
            data: an event, or a body.
            said: what was told last, which knows the model's own words.
        """
        for secret in self._secrets:
            if secret in data:
                data = data.replace(secret, b"***")
        if self._host and self._host in data and self._host.decode() not in words_of(said):
            data = data.replace(self._host, b"upstream")
        return data


def is_same(made: StreamChunk, given: StreamChunk) -> bool:
    """Whether a chunk came out as it was made: the core may have put it elsewhere, in a copy."""
    return made is given or (
        made.delta == given.delta
        and made.reasoning == given.reasoning
        and made.refusal == given.refusal
        and made.tool_calls is given.tool_calls
        and made.finish_reason == given.finish_reason
        and made.block == given.block
        and made.citations == given.citations
        and made.server_tools == given.server_tools
        and made.files == given.files
    )


def words_of(said: StreamChunk | CompletionResponse[Any]) -> str:
    """Words of the model's own that stand in what was told."""
    calls = "".join(call.arguments for call in said.tool_calls)
    return "".join((said.content, said.reasoning or "", said.refusal or "", calls))


def secrets_of(headers: Mapping[str, str]) -> Iterator[bytes]:
    """The credentials of a request; a scheme may stand before one."""
    for name, value in headers.items():
        if CREDENTIAL.search(name):
            for secret in {value, value.rpartition(" ")[2]}:
                if len(secret) >= SHORTEST:
                    yield secret.encode("latin-1", "replace")
