"""A provider of its own framing that works, and the faults that it is given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, ChimericError, Delta, Event, HTTPRequest, Provider, hookimpl

LINES = [b'{"text":"one "}\n', b'{"text":"two "}\n', b'{"text":"bad"}\n', b'{"end":true}\n']


class Lines:
    """A framer that gives a line as an event, whatever its size."""

    def __init__(self, limit: int) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> Any:
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [Event(line) for line in lines]

    def end(self) -> Any:
        return []


class Good:
    """A provider of its own framing that works; what goes wrong is overridden."""

    declared: Mapping[str, Any] = {}
    framer: Any = Lines
    request: Mapping[str, Any] = {}

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="odd",
            **{
                "base_url": "http://127.0.0.1:9",
                "key_required": False,
                "framing": "odd-lines",
                **self.declared,
            },
        )

    @hookimpl
    def chimeric_framings(self) -> Any:
        return {"odd-lines": self.framer}

    @hookimpl
    def chimeric_build_request(self, request: Any, provider: Any) -> Any:
        body = {"stream": request.stream}
        return HTTPRequest(**{"url": provider.base_url, "body": body, **self.request})

    @hookimpl
    def chimeric_parse_event(self, event: Event, state: Any) -> Any:
        told = json.loads(event.data)
        if told.get("end"):
            return Delta(finish_reason="stop", done=True)
        return self.odd() if told["text"] == "bad" else told["text"]

    @hookimpl
    def chimeric_parse_response(self, response: Any, state: Any) -> Any:
        return Delta(text="whole", finish_reason="stop", done=True)

    def odd(self) -> Any:
        return "three"


def lines(request: SeenRequest) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    yield from chunked(LINES)


def make(server: LoopbackServer, *plugins: Any, **more: Any) -> Chimeric:
    urls = {"odd": server.url}
    return Chimeric(plugins=plugins, base_urls=urls, max_retries=0, **more)


def ask(client: Chimeric, stream: bool = True, **more: Any) -> Any:
    answer = client.generate("odd:m", "Hi", stream=stream, **more)
    return answer.collect() if stream else answer


def fails(server: LoopbackServer, plugin: Any, *more: Any, **settings: Any) -> ChimericError:
    """The error of a streaming call, the same for sync and async callers."""
    with make(server, plugin, *more, **settings) as client:
        with pytest.raises(ChimericError) as caught:
            ask(client)

    async def main() -> ChimericError:
        async with make(server, plugin, *more, **settings) as client:
            with pytest.raises(ChimericError) as caught:
                stream = await client.agenerate("odd:m", "Hi", stream=True)
                await stream.collect()
            return caught.value

    other = asyncio.run(main())
    assert (type(other), other.message) == (type(caught.value), caught.value.message)
    return caught.value


def raising(error: Exception) -> Any:
    def function(*args: Any) -> Any:
        raise error

    return function


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


FAULTS = [
    RuntimeError("a bug"),
    ValueError("a bug"),
    TypeError("a bug"),
    KeyError("choices"),
    AttributeError("a bug"),
    StopIteration("a bug"),
    UnspeakableError(),
]


def kind(value: Any) -> str:
    return type(value).__name__
