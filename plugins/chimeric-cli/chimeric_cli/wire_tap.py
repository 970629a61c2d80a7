"""The wire as it is: every event of the provider, with nothing left out or reordered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import (
    NDJSONFramer,
    SSEFramer,
    Started,
    Transport,
    WireRequest,
    WireResponse,
    hookimpl,
)

from .terminal import visible_json, write

__all__ = ["WireTap"]

FRAMERS: dict[str, type[SSEFramer | NDJSONFramer]] = {
    "text/event-stream": SSEFramer,
    "application/x-ndjson": NDJSONFramer,
}


class WireTap:
    """A plugin that writes the data of each event on a line of its own, while it arrives.

    Characters that steer a terminal are written as JSON escapes, unless ``raw`` is asked for.

    Attributes:
        tapped: whether the last answer's events could be read; those of a binary protocol cannot.
    """

    name = "wire-tap"

    def __init__(self, *, raw: bool = False) -> None:
        self.tapped = False
        self._raw = raw

    @hookimpl
    def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
        """Stand around the transport of the command, which is never asynchronous."""
        return None if asynchronous else _Tapped(transport, self)

    def write(self, data: bytes) -> None:
        """Write an event."""
        if not self._raw:
            write(visible_json(data.decode("utf-8", "backslashreplace")) + "\n")
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(data + b"\n")
        sys.stdout.buffer.flush()

    def answered(self, status: int, headers: Mapping[str, str]) -> SSEFramer | NDJSONFramer | None:
        """What cuts the answer's body into events; None for what is no stream of text."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        framer = FRAMERS.get(kind) if status < 300 else None
        self.tapped = framer is not None
        return framer() if framer is not None else None


class _Tapped:
    """The transport, with an eye on what is read."""

    def __init__(self, inner: Transport, tap: WireTap) -> None:
        self._inner = inner
        self._tap = tap

    def open(self, request: WireRequest, started: Started) -> WireResponse:
        """Send the request, and ask for an answer that can be read."""
        headers = {**request.headers, "accept-encoding": "identity"}
        response = self._inner.open(msgspec.structs.replace(request, headers=headers), started)
        framer = self._tap.answered(response.status, response.headers)
        return response if framer is None else _TappedResponse(response, framer, self._tap)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


class _TappedResponse:
    """An answer that is read and written out."""

    def __init__(self, inner: WireResponse, framer: SSEFramer | NDJSONFramer, tap: WireTap) -> None:
        self._inner = inner
        self._tap = tap
        self._framer = framer
        self.status = inner.status
        self.headers = inner.headers

    def read(self) -> bytes:
        """The next bytes; the events that they complete are written."""
        data = self._inner.read()
        for event in self._framer.feed(data) if data else self._framer.end():
            if event.data != b"[DONE]":  # the one event that is no JSON
                self._tap.write(bytes(event.data))
        return data

    def close(self) -> None:
        """Give up the connection."""
        self._inner.close()

    def abort(self) -> None:
        """End a blocked read."""
        self._inner.abort()
