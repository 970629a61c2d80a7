"""An answer that was cut is gone on with: by its own events, or by another request's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import (
    SEND,
    Chimeric,
    Continuation,
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    Message,
    PluginError,
    Provider,
    ProviderConfig,
    Request,
    StreamChunk,
    StreamInterruptedError,
    Usage,
    hookimpl,
)

WORDS = ["Once ", "upon ", "a ", "time."]


class Line(msgspec.Struct):
    n: int = 0
    text: str = ""
    end: bool = False


class State:
    """How far a stream was read."""

    api = "acme.lines"

    def __init__(self, request: Request) -> None:
        self.last = 0
        self.asked = len(request.messages)


class Acme:
    """A third party's provider, whose streams can be joined again."""

    chimeric_api = (2, 2)
    rest: Any = "joins"

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="acme", base_url="http://127.0.0.1", key_required=False, state=State, api=(2, 2)
        )

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        told = [message.text for message in request.messages]
        return HTTPRequest(url=f"{provider.base_url}/chat", body={"messages": told})

    @hookimpl
    def chimeric_parse_event(self, event: Event, state: State) -> Delta | None:
        line = msgspec.json.decode(event.data, type=Line)
        state.last = line.n
        if line.end:
            return Delta(done=True, finish_reason="stop", usage=Usage.of(10, 4), state=[line.n])
        return Delta(text=line.text, usage=Usage.of(10, None), block="words")

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        return Delta(text=response.body.decode(), done=True)

    @hookimpl
    def chimeric_resume_request(self, state: State, provider: ProviderConfig) -> Any:
        if self.rest != "joins":
            return self.rest
        return HTTPRequest(method="GET", url=f"{provider.base_url}/rest?after={state.last}")


def served(request: SeenRequest) -> Iterator[Any]:
    """The words, two in a request; those behind the beginning that a last message gives."""
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    after = 0
    if request.method == "GET":
        after = int(request.path.partition("after=")[2])
    elif len(request.json()["messages"]) > 1:
        after = len(request.json()["messages"][-1].split())
    for number, word in enumerate(WORDS[after : after + 2], after + 1):
        yield b"data: " + msgspec.json.encode(Line(number, word)) + b"\n\n"
    if after + 2 >= len(WORDS):
        yield b"data: " + msgspec.json.encode(Line(5, end=True)) + b"\n\n"
    yield Close()


class Joins:
    @hookimpl
    def chimeric_recover(self, error: Any, context: Any) -> Continuation | None:
        rest = context.rest()
        return None if rest is None else Continuation(rest)


class Begins:
    """Gives what came to the model as the beginning of its answer."""

    @hookimpl
    def chimeric_recover(self, error: Any, context: Any) -> Continuation:
        request: Request = context.request
        begun = Message("assistant", error.partial.content)
        return Continuation(request.replace(messages=(*request.messages, begun)))


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(served) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any, acme: Acme | None = None) -> Chimeric:
    used = [acme or Acme(), *plugins]
    return Chimeric(plugins=used, only_plugins=(), base_urls={"acme": server.url})


def told(chunks: list[StreamChunk]) -> str:
    return "".join(chunk.delta or "" for chunk in chunks)


@pytest.mark.parametrize("plugin", [Joins(), Begins()], ids=["joined", "begun"])
def test_the_answer_is_one(server: LoopbackServer, plugin: Any) -> None:
    with client(server, plugin) as chimeric:
        stream = chimeric.generate("acme:any", "Hi", stream=True)
        chunks = list(stream)
    assert told(chunks) == "Once upon a time."
    assert {chunk.block for chunk in chunks if chunk.delta} == {0}
    (notice,) = [chunk for chunk in chunks if "continued" in chunk.metadata]
    assert notice.metadata["failed"] == "acme:any"
    assert notice.metadata["reason"]
    assert chunks.index(notice) == 2
    response = stream.response
    assert response.content == response.messages[-1].text == "Once upon a time."
    assert [part.text for part in response.parts if part] == ["Once upon a time."]
    assert len(response.messages) == 2


def test_async_callers_get_the_same(server: LoopbackServer) -> None:
    async def run() -> str:
        async with client(server, Joins()) as chimeric:
            stream = await chimeric.agenerate("acme:any", "Hi", stream=True)
            return told([chunk async for chunk in stream])

    assert asyncio.run(run()) == "Once upon a time."


def test_a_join_reads_on_with_the_same_state(server: LoopbackServer) -> None:
    with client(server, Joins()) as chimeric:
        answer = chimeric.generate("acme:any", "Hi", stream=True).collect()
    assert [request.path for request in server.requests] == ["/chat", "/rest?after=2"]
    assert answer.usage == Usage.of(10, 4)
    assert answer.messages[-1].state is not None  # of one stream, however it came


def test_usage_of_another_request_is_added(server: LoopbackServer) -> None:
    with client(server, Begins()) as chimeric:
        answer = chimeric.generate("acme:any", "Hi", stream=True).collect()
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (20, 4)
    assert answer.usage.source == "partial"
    assert answer.messages[-1].state is None  # it would be of the rest alone


def test_there_is_no_rest_where_the_provider_has_none(server: LoopbackServer) -> None:
    acme = Acme()
    acme.rest = None
    with client(server, Joins(), acme=acme) as chimeric:
        with pytest.raises(StreamInterruptedError):
            chimeric.generate("acme:any", "Hi", stream=True).collect()


def test_a_wrong_rest_is_the_providers_fault(server: LoopbackServer) -> None:
    acme = Acme()
    acme.rest = "http://127.0.0.1/rest"
    with client(server, Joins(), acme=acme) as chimeric:
        with pytest.raises(PluginError, match="chimeric_resume_request"):
            chimeric.generate("acme:any", "Hi", stream=True).collect()


class Middleware:
    """Holds text back, drops every notice, stands around attempts and sees turns."""

    def __init__(self) -> None:
        self.attempts: list[Any] = []
        self.turns: list[Any] = []

    @hookimpl
    def chimeric_stream_processor(self) -> Any:
        return Shouting()

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk | None:
        return None if "continued" in chunk.metadata else chunk

    @hookimpl
    def chimeric_attempt(self, request: Request) -> Any:
        outcome = yield SEND
        self.attempts.append((outcome.status, type(outcome.error)))

    @hookimpl
    def chimeric_finish_turn(self, turn: Any) -> None:
        self.turns.append((turn.text, "".join(delta.text or "" for delta in turn.deltas)))


class Shouting:
    """Gives text out three characters late."""

    def __init__(self) -> None:
        self._held = ""

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        if not chunk.delta:
            return chunk
        self._held += chunk.delta.upper()
        out, self._held = self._held[:-3], self._held[-3:]
        return chunk.replace(delta=out)

    def flush(self) -> StreamChunk | None:
        out, self._held = self._held, ""
        return StreamChunk(out) if out else None


@pytest.mark.parametrize(
    ("plugin", "deltas"), [(Joins(), "Once upon a time."), (Begins(), "")], ids=["joined", "begun"]
)
def test_middleware_sees_one_answer(server: LoopbackServer, plugin: Any, deltas: str) -> None:
    middleware = Middleware()
    if isinstance(plugin, Begins):
        plugin = BeginsRaw()
    with client(server, plugin, middleware) as chimeric:
        stream = chimeric.generate("acme:any", "Hi", stream=True)
        chunks = list(stream)
    assert told(chunks) == "ONCE UPON A TIME."
    assert told(chunks[:3]) == "ONCE UP"  # held text is not let go at the cut
    assert sum("continued" in chunk.metadata for chunk in chunks) == 1  # the caller has to know
    assert middleware.attempts == [(200, StreamInterruptedError), (200, type(None))]
    assert middleware.turns == [("ONCE UPON A TIME.", deltas)]


class BeginsRaw:
    """The same, with the words as the provider told them."""

    @hookimpl
    def chimeric_recover(self, error: Any, context: Any) -> Continuation:
        request: Request = context.request
        begun = Message("assistant", "Once upon ")
        return Continuation(request.replace(messages=(*request.messages, begun)))


class Twice:
    """Goes on with the first cut answer, begins anew after the second, and then gives up."""

    def __init__(self) -> None:
        self.failures = 0

    @hookimpl
    def chimeric_recover(self, error: Any, context: Any) -> Continuation | Request | None:
        self.failures += 1
        if self.failures == 1:
            url = f"{context.base_url}/rest?after=0"  # what comes is cut once more
            return Continuation(HTTPRequest(method="GET", url=url))
        return context.request if self.failures == 2 else None


def test_the_failure_after_a_continuation_begins_anew(server: LoopbackServer) -> None:
    chunks: list[StreamChunk] = []
    with client(server, Twice()) as chimeric:
        stream = chimeric.generate("acme:any", "Hi", stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            for chunk in stream:
                chunks.append(chunk)
    told = ["".join(chunk.metadata) for chunk in chunks if "reason" in chunk.metadata]
    assert told == ["continuedfailedreason", "restartedfailedreason"]
    assert [request.method for request in server.requests] == ["POST", "GET", "POST"]
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Once upon " * 3


def test_a_native_stream_goes_on_too(server: LoopbackServer) -> None:
    with client(server, Joins()) as chimeric:
        stream = chimeric.generate("acme:any", "Hi", stream=True, native=True)
        numbers = [event["n"] for event in stream if event]
    assert numbers == [1, 2, 3, 4, 5]
