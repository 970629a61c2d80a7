"""Framers and states that misbehave: an error names the plugin, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked
from provider import FAULTS, LINES, Good, Lines, fails, kind, raising

from chimeric import Event, Limits, PluginError, ProtocolError


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
