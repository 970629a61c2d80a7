"""A service whose model calls what the user says, and its provider; and four ways to read it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import anyio
import msgspec
from chimeric_testing import LoopbackServer, SeenRequest, Step

from chimeric import (
    Chimeric,
    CompletionResponse,
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    StreamChunk,
    Tool,
    ToolCallDelta,
    ToolExecutionResult,
    hookimpl,
)
from tests.hooks.modes import MODES, run_on

__all__ = [
    "MODES",
    "PATIENCE",
    "Crew",
    "Heard",
    "calls",
    "listen",
    "named",
    "results_of",
    "wait_for",
]

PATIENCE: Final = 10.0
"""Seconds after which a test gives up waiting."""


def calls(*wanted: str | tuple[str, dict[str, Any]]) -> str:
    """What a user says for the model to call these tools, as ``c0``, ``c1``, ..."""
    return json.dumps([(item, {}) if isinstance(item, str) else item for item in wanted])


def named(name: str, function: Callable[..., Any]) -> Tool:
    """A tool of this name, described by its function alone."""
    return Tool(name=name, function=function)


class CrewProvider:
    """The provider ``crew``."""

    def __init__(self, url: str) -> None:
        self._declared = Provider(
            name="crew", base_url=url, key_required=False, models=("crew",), framing="ndjson"
        )

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return self._declared

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        body = {"told": [_told(message) for message in request.messages], "stream": request.stream}
        return HTTPRequest(url=f"{provider.base_url}/chat", body=body)

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta:
        return _delta(msgspec.json.decode(event.data))

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        return _delta(response.json())


def _told(message: Any) -> list[Any]:
    made = [call.id for call in message.tool_calls]
    return [message.role, message.tool_call_id or made, message.text, message.is_error]


def _delta(frame: Any) -> Delta:
    tool_calls = tuple(
        ToolCallDelta(index=place, id=f"c{place}", name=name, arguments=json.dumps(arguments))
        for place, (name, arguments) in enumerate(frame.get("calls", ()))
    )
    reason: Any = "tool_calls" if tool_calls else "stop"
    return Delta(text=frame.get("text"), tool_calls=tool_calls, finish_reason=reason, done=True)


class Crew(LoopbackServer):
    """The service. It calls what the last user message says, and tells what came of it."""

    def __init__(self) -> None:
        super().__init__(self._respond)

    @property
    def told(self) -> list[list[list[Any]]]:
        """The messages of each request: role, call ids, text, whether it is an error."""
        return [request.json()["told"] for request in self.requests]

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        """A client of this service alone."""
        return Chimeric(
            plugins=[CrewProvider(self.url), *plugins],
            only_plugins=[],
            **{"max_retries": 0, **settings},
        )

    def _respond(self, request: SeenRequest) -> Iterable[Step]:
        told = request.json()["told"]
        results = [text for role, _, text, _ in told if role == "tool"]
        last_role, _, text, _ = told[-1]
        wants = last_role == "user" and text.startswith("[")
        frame = {"calls": json.loads(text)} if wants else {"text": f"Got {results}"}
        body = json.dumps(frame).encode() + b"\n"
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
        yield head.encode() + body


class Heard(msgspec.Struct):
    """What a reader was given, and what the call ended with."""

    chunks: list[StreamChunk] = []
    response: CompletionResponse[Any] = msgspec.field(default_factory=CompletionResponse)
    error: BaseException | None = None

    @property
    def results(self) -> list[ToolExecutionResult]:
        """All that was told of tools, as it came."""
        return results_of(self.chunks)

    @property
    def steps(self) -> list[tuple[str, str, str]]:
        """Name, status and output of all that was told of tools."""
        return [(r.name, r.status, r.output) for r in self.results]


def results_of(chunks: Iterable[StreamChunk]) -> list[ToolExecutionResult]:
    """What chunks say of tools."""
    return [result for chunk in chunks for result in chunk.tool_results]


Reader = Callable[[StreamChunk], "threading.Event | str | None"]
"""Takes a chunk: an event is waited for before the next one is read, ``leave`` is a break."""


def listen(
    mode: str, client: Chimeric, messages: Any, read: Reader = lambda chunk: None, **params: Any
) -> Heard:
    """Read a stream one way, and close the client."""
    heard = Heard(chunks=[])
    call = {"model": "crew:crew", "messages": messages, "stream": True, **params}
    if mode == "sync":
        with client:
            _listen(client, call, read, heard)
        return heard

    async def main() -> None:
        async with client:
            await _alisten(client, call, read, heard)

    run_on(mode, main)
    return heard


def _listen(client: Chimeric, call: dict[str, Any], read: Reader, heard: Heard) -> None:
    stream = None
    try:
        stream = client.generate(**call)
        for chunk in stream:
            heard.chunks.append(chunk)
            said = read(chunk)
            if said == "leave":
                break
            if isinstance(said, threading.Event):
                assert said.wait(PATIENCE)
    except Exception as error:
        heard.error = error
    if stream is not None:
        heard.response = stream.response
        stream.close()


async def _alisten(client: Chimeric, call: dict[str, Any], read: Reader, heard: Heard) -> None:
    stream = None
    try:
        stream = await client.agenerate(**call)
        async for chunk in stream:
            heard.chunks.append(chunk)
            said = read(chunk)
            if said == "leave":
                break
            if isinstance(said, threading.Event):
                await wait_for(said.is_set)
    except Exception as error:
        heard.error = error
    if stream is not None:
        heard.response = stream.response
        await stream.aclose()


async def wait_for(happened: Callable[[], bool]) -> None:
    """Wait on a loop until something has happened."""
    with anyio.fail_after(PATIENCE):
        while not happened():
            await anyio.sleep(0.002)
