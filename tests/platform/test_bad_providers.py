"""Providers that misbehave: an error names the plugin, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked
from provider import FAULTS, LINES, Good, Lines, ask, fails, kind, make, raising

from chimeric import Chimeric, Delta, Event, PluginError, ProtocolError, ServerError, hookimpl


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
