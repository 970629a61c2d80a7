"""Providers and transports that misbehave: an error names the plugin, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    Delta,
    Event,
    HTTPRequest,
    Limits,
    PluginError,
    ProtocolError,
    Provider,
    ServerError,
    hookimpl,
)

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


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lines) as server:
        yield server


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


@pytest.mark.parametrize("fault", FAULTS, ids=kind)
def test_a_parser_with_a_bug_is_named_and_what_came_is_kept(
    server: LoopbackServer, fault: Exception
) -> None:
    plugin = Good()
    plugin.odd = raising(fault)  # type: ignore[method-assign]
    error = fails(server, plugin)
    assert isinstance(error, PluginError)
    assert (error.plugin, error.hook) == ("odd", "chimeric_parse_event")
    assert type(fault).__name__ in error.message
    assert error.__cause__ is fault
    assert error.partial is not None
    assert error.partial.content == "one two "
    assert error.retryable is False


@pytest.mark.parametrize(
    "broken",
    [b'{"text":', b"\xff\xfe", b"[" * 100_000, b"no JSON"],
    ids=["cut", "utf-8", "deep", "text"],
)
def test_a_payload_that_cannot_be_decoded_is_the_servers_fault(broken: bytes) -> None:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([LINES[0], broken + b"\n", LINES[-1]])

    with LoopbackServer(answer) as server:
        error = fails(server, Good())
    assert isinstance(error, ProtocolError)
    repaired = broken.decode("utf-8", "replace").encode()  # it was tried once more
    assert repaired.startswith(error.raw)
    assert error.partial is not None
    assert error.partial.content == "one "


@pytest.mark.parametrize(
    "value",
    [5, 0, pytest.param(object(), id="object"), [5], ["x", 5], {"text": "x"}, b"x"],
    ids=repr,
)
def test_a_parser_that_returns_something_else_is_named(server: LoopbackServer, value: Any) -> None:
    plugin = Good()
    plugin.odd = lambda: value  # type: ignore[method-assign]
    error = fails(server, plugin)
    assert isinstance(error, PluginError)
    assert "returned" in error.message
    assert error.partial is not None
    assert error.partial.content == "one two "


@pytest.mark.parametrize("native", [False, True])
def test_a_parser_may_return_several_deltas(server: LoopbackServer, native: bool) -> None:
    plugin = Good()
    plugin.odd = lambda: [Delta(text="a"), Delta(), "b", Delta(reasoning="why")]  # type: ignore[method-assign]
    with make(server, plugin) as client:
        stream: Any = client.generate("odd:m", "Hi", stream=True, native=native)  # type: ignore[call-overload]
        chunks = list(stream)
        assert stream.response.content == "one two ab"
        assert stream.response.reasoning == "why"
    if not native:
        told = [(c.delta, c.reasoning, bool(c.raw)) for c in chunks[2:5]]
        assert told == [("a", None, True), ("b", None, False), (None, "why", False)]


def test_several_deltas_after_a_finish_reason_are_read(server: LoopbackServer) -> None:
    plugin = Good()
    plugin.odd = lambda: [  # type: ignore[method-assign]
        Delta(text="x", finish_reason="stop"),
        Delta(metadata={"late": 1}),
    ]
    with make(server, plugin) as client:
        response = ask(client)
    assert response.content == "one two x"
    assert response.metadata["late"] == 1


@pytest.mark.parametrize("fault", [*FAULTS, 5, ["x", 5]], ids=kind)
def test_a_whole_answer_is_held_to_the_same(server: LoopbackServer, fault: Any) -> None:
    class Odd(Good):
        @hookimpl
        def chimeric_parse_response(self, response: Any, state: Any) -> Any:
            return raising(fault)() if isinstance(fault, Exception) else fault

    with make(server, Odd()) as client, pytest.raises(PluginError) as caught:
        ask(client, stream=False)
    assert (caught.value.plugin, caught.value.hook) == ("odd", "chimeric_parse_response")


@pytest.mark.parametrize("fault", FAULTS, ids=kind)
def test_a_native_event_with_a_bug_names_the_plugin(
    server: LoopbackServer, fault: Exception
) -> None:
    class Odd(Good):
        @hookimpl
        def chimeric_native_event(self, event: Event) -> Any:
            raise fault

    with make(server, Odd()) as client:
        chunk = next(iter(client.generate("odd:m", "Hi", stream=True)))
        with pytest.raises(PluginError) as caught:
            _ = chunk.native
    assert (caught.value.plugin, caught.value.hook) == ("odd", "chimeric_native_event")


def test_an_error_that_the_plugin_cannot_read_is_told_by_its_status() -> None:
    """A proxy's page is not the provider's error; the plugin's own fault is the cause."""

    class Odd(Good):
        @hookimpl
        def chimeric_parse_error(self, response: Any) -> Any:
            raise RuntimeError("a bug")

    def refused(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}"

    with LoopbackServer(refused) as server:
        error = fails(server, Odd())
    assert isinstance(error, ServerError)
    assert isinstance(error.__cause__, PluginError)
    assert error.__cause__.hook == "chimeric_parse_error"
    assert isinstance(error.__cause__.__cause__, RuntimeError)


# --- framers and states ---------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS, ids=kind)
@pytest.mark.parametrize("where", ["feed", "end", "factory", "state"])
def test_a_framer_or_a_state_with_a_bug_is_named(
    server: LoopbackServer, where: str, fault: Exception
) -> None:
    plugin = Good()
    if where == "state":
        plugin.declared = {"state": raising(fault)}
    elif where == "factory":
        plugin.framer = raising(fault)
    else:
        plugin.framer = type("Odd", (Lines,), {where: raising(fault)})
        plugin.odd = lambda: "three"  # type: ignore[method-assign]

    def cut(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked(LINES[:2])

    with LoopbackServer(cut) as other:
        error = fails(other, plugin)
    assert isinstance(error, PluginError)
    assert error.plugin == "odd"
    assert error.__cause__ is fault
    assert (error.partial is not None) == (where in ("feed", "end"))


@pytest.mark.parametrize(
    "value", [None, 5, "text", b"bytes", [b"x"], [None], [Event("text")]], ids=repr
)  # type: ignore[arg-type]
def test_a_framer_that_returns_something_else_is_named(server: LoopbackServer, value: Any) -> None:
    plugin = Good()
    plugin.framer = type("Odd", (Lines,), {"feed": lambda self, data: value})
    error = fails(server, plugin)
    assert isinstance(error, PluginError)
    assert "lists of Event" in error.message


def test_a_factory_that_makes_no_framer_is_named(server: LoopbackServer) -> None:
    plugin = Good()
    plugin.framer = lambda limit: 5
    error = fails(server, plugin)
    assert isinstance(error, PluginError)
    assert "returned int" in error.message
    assert server.requests == []


def test_an_event_over_the_limit_is_refused_whoever_framed_it(server: LoopbackServer) -> None:
    def large(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([LINES[0], b'{"text":"' + b"x" * 5_000 + b'"}\n', LINES[-1]])

    def endless(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield b"10\r\n" + LINES[0] + b"\r\n"
        for _ in range(10_000):
            yield b"3e8\r\n" + b"x" * 1_000 + b"\r\n"

    for answer in (large, endless):
        with LoopbackServer(answer) as other:
            error = fails(other, Good(), limits=Limits(event_size=1_000))
        assert isinstance(error, ProtocolError)
        assert error.limit == "event_size"
        assert error.partial is not None
        assert error.partial.content == "one "


@pytest.mark.parametrize(
    ("declared", "framings", "words"),
    [
        ({"framing": "no-such"}, None, "the framing 'no-such', which no plugin brings"),
        ({"state": 5}, None, "Provider.state must be a function"),
        ({"models": "odd-*"}, None, "Provider.models must be a tuple of texts"),
        ({}, {"odd-lines": 5}, "chimeric_framings must return a mapping"),
        ({}, 5, "chimeric_framings must return a mapping"),
    ],
)
def test_a_wrong_declaration_is_an_error_when_the_plugin_is_loaded(
    declared: Mapping[str, Any], framings: Any, words: str
) -> None:
    class Odd(Good):
        @hookimpl
        def chimeric_framings(self) -> Any:
            return {"odd-lines": Lines} if framings is None else framings

    plugin = Odd()
    plugin.declared = declared
    with pytest.raises(PluginError, match=words):
        Chimeric(plugins=[plugin])


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"framing": "no-such"}, "the framing 'no-such'"),
        ({"body": "text"}, "a body of type str"),
        ({"body": [1]}, "a body of type list"),
        ({"method": 5}, "a method of type int"),
        ({"url": None}, "URL"),
        ({"url": "/relative"}, "URL"),
        ({"headers": {"x": 5}}, "headers"),
    ],
)
def test_a_wrong_request_is_an_error_before_anything_is_sent(
    server: LoopbackServer, request_: Mapping[str, Any], words: str
) -> None:
    plugin = Good()
    plugin.request = request_
    error = fails(server, plugin)
    assert isinstance(error, PluginError)
    assert error.plugin == "odd"
    assert words in error.message
    assert server.connections == 0


@pytest.mark.parametrize("told", [{}, {"content-type": "application/x-msgpack"}])
def test_bytes_are_sent_as_they_are(server: LoopbackServer, told: Mapping[str, str]) -> None:
    plugin = Good()
    plugin.request = {"body": b"\x81\xa1a\x01", "headers": told}
    with make(server, plugin) as client:
        ask(client)
    seen = server.requests[0]
    assert seen.body == b"\x81\xa1a\x01"
    assert seen.headers["content-type"] == told.get("content-type", "application/octet-stream")


@pytest.mark.parametrize("value", [None, 5, {"x-sign": 5}, {5: "x"}], ids=repr)
def test_a_signature_that_is_none_is_named(server: LoopbackServer, value: Any) -> None:
    class Odd(Good):
        @hookimpl
        def chimeric_sign_request(self) -> Any:
            return value

    error = fails(server, Odd())
    assert isinstance(error, PluginError)
    assert error.hook == "chimeric_sign_request"
    assert server.connections == 0


# --- transports -----------------------------------------------------------------------------------


class Wrapped:
    """A transport around another that raises at a place."""

    def __init__(self, inner: Any, place: str, fault: Any) -> None:
        self._inner, self._place, self._fault = inner, place, fault

    def open(self, *args: Any) -> Any:
        if self._place == "open":
            raise self._fault
        return WrappedAnswer(self._inner.open(*args), self._place, self._fault)

    def close(self) -> None:
        self._inner.close()


class WrappedAnswer:
    def __init__(self, inner: Any, place: str, fault: Any) -> None:
        self._inner, self._reads, self._fault = inner, place == "read", fault
        self.status, self.headers = inner.status, inner.headers
        self.close, self.abort = inner.close, inner.abort

    def read(self) -> bytes:
        data: bytes = self._inner.read()
        if self._reads and b"two" in data:
            raise self._fault
        return data


def slowly(request: SeenRequest) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    for line in LINES:
        yield b"%x\r\n%s\r\n" % (len(line), line)
        time.sleep(0.1)
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("fault", FAULTS, ids=kind)
@pytest.mark.parametrize("place", ["open", "read"])
def test_a_transport_with_a_bug_is_named_and_what_came_is_kept(
    place: str, fault: Exception
) -> None:
    class Wrapper:
        name = "odd-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
            return Wrapped(transport, place, fault)

    with LoopbackServer(slowly) as server, make(server, Good(), Wrapper()) as client:
        with pytest.raises(PluginError) as caught:
            ask(client)
    error = caught.value
    assert (error.plugin, error.hook) == ("odd-wrapper", "chimeric_wrap_transport")
    cause = error.__cause__
    assert cause is not None
    assert fault in (cause, cause.__cause__)  # a generator makes StopIteration a RuntimeError
    if place == "read":
        assert error.partial is not None
        assert error.partial.content == "one "


@pytest.mark.parametrize("value", [5, "text", object()], ids=kind)
def test_what_wraps_a_transport_must_be_one(server: LoopbackServer, value: Any) -> None:
    class Wrapper:
        name = "odd-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any) -> Any:
            return value

    error = fails(server, Good(), Wrapper())
    assert isinstance(error, PluginError)
    assert "return a transport" in error.message


class FirstEdition:
    """A transport of before 0.5: it knows no ``started``."""

    def open(self, request: Any) -> Any:
        raise AssertionError("it is not asked")

    def close(self) -> None: ...


def test_a_transport_of_the_first_edition_is_told_what_it_lacks() -> None:
    class Wrapper:
        name = "older-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
            return FirstEdition()

    class Carrier:
        name = "older-carrier"

        @hookimpl
        def chimeric_transport(self, name: str, asynchronous: bool) -> Any:
            return FirstEdition if name == "older" else None

    for plugin, settings in ((Wrapper(), {}), (Carrier(), {"transport": "older"})):
        client: Any = Chimeric(base_url="http://127.0.0.1:9/v1", plugins=[plugin], **settings)
        with pytest.raises(PluginError, match="started") as caught:
            client.generate("compatible:m", "Hi")
        assert caught.value.plugin == plugin.name


def test_nobody_is_sent_to_install_a_distribution_that_nobody_has_published() -> None:
    client = Chimeric(base_url="http://127.0.0.1:9/v1", transport="pigeon")
    with pytest.raises(ConfigurationError, match="'pigeon'") as caught:
        client.generate("compatible:m", "Hi")
    assert "pip install" not in str(caught.value)
