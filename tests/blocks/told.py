"""A service on loopback that tells deltas, and a provider that reads them as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    StreamChunk,
    hookimpl,
)

Told: TypeAlias = "str | Delta | list[Delta | str]"
"""What the parser returns of one event."""

STOP = Delta(finish_reason="stop", done=True)


class Teller:
    """The provider. A line of the stream holds what its parser is to return."""

    def __init__(self, url: str) -> None:
        self._declared = Provider(
            name="told",
            base_url=url,
            key_required=False,
            models=("told-*",),
            framing="ndjson",
        )

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return self._declared

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        body = {"stream": request.stream, "messages": len(request.messages)}
        return HTTPRequest(url=f"{provider.base_url}/tell", body=body)

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Any:
        return _read(msgspec.json.decode(event.data))

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Any:
        return [part for line in response.json() for part in _listed(_read(line))]


def _read(line: Any) -> Any:
    if isinstance(line, list):
        return [_read(item) for item in line]
    return line if isinstance(line, str) else msgspec.convert(line, Delta)


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


class Service(LoopbackServer):
    """The service. Each request is answered by the next of its answers, the last again and again.

    An answer is what its parser returns of each event; between these, a ``Pause``, or ``Close``.
    """

    def __init__(self, *answers: Iterable[Told | Step]) -> None:
        self.answers = [list(answer) for answer in answers]
        super().__init__(self._respond)

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        """A client with the provider and these plugins, and with no others."""
        provider = Teller(self.url)
        return Chimeric(
            plugins=[provider, *plugins], only_plugins=[], **{"max_retries": 0, **settings}
        )

    def _respond(self, request: SeenRequest) -> Iterator[Step]:
        place = min(len(self.requests), len(self.answers)) - 1
        answer = self.answers[place]
        if not request.json()["stream"]:
            body = msgspec.json.encode([t for t in answer if not isinstance(t, (Pause, Close))])
            yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            return
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        for told in answer:
            if isinstance(told, (Pause, Close)):
                yield told
            else:
                line = msgspec.json.encode(told) + b"\n"
                yield b"%x\r\n%s\r\n" % (len(line), line)
        yield b"0\r\n\r\n"


Heard: TypeAlias = tuple[list[StreamChunk], CompletionResponse]


def hear(answer: Iterable[Told | Step], *plugins: Any, way: str = "sync", **params: Any) -> Heard:
    """The chunks of one streamed call, and its response; those of a failed one, too."""
    with Service(answer) as service:
        return listen(service.client(*plugins), way, **params)


def listen(client: Chimeric, way: str = "sync", **params: Any) -> Heard:
    """The chunks of a streamed call of a client, which is closed then, and its response."""
    call: dict[str, Any] = {"model": "told-1", "messages": "Hi", **params}
    if way == "whole":
        with client:
            return [], client.generate(**call)
    chunks: list[StreamChunk] = []
    if way == "sync":
        with client:
            stream = client.generate(**call, stream=True)
            with suppress(ChimericError):
                chunks.extend(stream)
            return chunks, stream.response

    async def main() -> Heard:
        async with client:
            stream = await client.agenerate(**call, stream=True)
            async for chunk in stream:
                chunks.append(chunk)
            return chunks, stream.response

    return asyncio.run(main())
