"""Which time limit counts while what happens: the table of the clocks, driven by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from chimeric import Chimeric, RequestTimeoutError, StreamChunk, Timeout, hookimpl, wait
from chimeric.exchange.effects import Effect, Emit, Perform, Read, Send

from .world import TEXT, World, add

SHORT, LONG = 0.4, 0.5
"""Seconds of a limit, and of what takes longer than it."""

EMPTY = b'data: {"id": "1", "choices": []}\n\n'


class Slow:
    """Middleware that waits at a place, or computes for as long."""

    def __init__(self, place: str) -> None:
        self.place = place

    @hookimpl
    def chimeric_prepare_request(self, request: Any) -> Any:
        if self.place == "before":
            yield from wait(LONG)

    @hookimpl
    def chimeric_stream_processor(self, context: Any) -> Any:
        return Waiting() if self.place == "within" else None


class Waiting:
    """A processor that waits at each text."""

    def process(self, chunk: StreamChunk) -> Iterator[Any]:
        if chunk.delta:
            yield from wait(LONG)
        yield chunk

    def flush(self) -> None:
        return None


class Timed(World):
    """A world where one thing takes long."""

    slow: str = ""

    def reply(self, effect: Effect) -> Any:
        match effect:
            case Perform():
                time.sleep(effect.work.seconds)  # type: ignore[union-attr]
            case Read(until=until) if self.slow == "bytes":
                late = until is not None and time.monotonic() + LONG >= until
                time.sleep(max(0.0, until - time.monotonic()) if late and until else LONG)
                if late:  # as a driver breaks it off
                    raise RequestTimeoutError("no byte arrived in time", phase="read")
        return super().reply(effect)

    def take(self, chunk: StreamChunk) -> None:
        if self.slow == "consumer":
            time.sleep(LONG)
        super().take(chunk)


def phase_of(slow: str, timeout: Timeout, pieces: list[bytes], *plugins: Any) -> str | None:
    """The limit that a call runs into, or None."""
    url = "http://127.0.0.1:9/v1"
    client = Chimeric(
        base_url=url, plugins=list(plugins), only_plugins=["compatible"], timeout=timeout
    )
    world = Timed(client, [(200, pieces)], tools=[add])
    world.slow = slow
    world.run()
    phase: str | None = getattr(world.error, "phase", None)
    assert phase is not None or world.error is None, world.error
    return phase


def only(limit: str) -> Timeout:
    """A time-out that has this limit alone."""
    none = dict.fromkeys(("connect", "read", "first", "gap", "total"))
    return Timeout(**{**none, limit: SHORT})


TABLE: dict[str, dict[str, bool]] = {
    "a hook waits before the request": {"read": False, "first": False, "gap": False, "total": True},
    "a hook waits in the answer": {"read": False, "first": False, "gap": False, "total": True},
    "the consumer holds a chunk": {"read": False, "first": False, "gap": False, "total": True},
    "bytes are awaited": {"first": True, "gap": True, "total": True},
}


@pytest.mark.parametrize(
    ("what", "limit", "counts"),
    [(what, limit, counts) for what, row in TABLE.items() for limit, counts in row.items()],
)
def test_a_limit_counts_what_the_table_says(what: str, limit: str, counts: bool) -> None:
    pieces = TEXT[1]
    plugins: list[Any] = []
    slow = ""
    match what:
        case "a hook waits before the request":
            plugins = [Slow("before")]
        case "a hook waits in the answer":
            plugins = [Slow("within")]
        case "the consumer holds a chunk":
            slow = "consumer"
        case _:
            slow = "bytes"
    phase = phase_of(slow, only(limit), pieces, *plugins)
    assert phase == (limit if counts else None)


def test_events_without_content_stop_no_clock_of_content() -> None:
    flood = [EMPTY] * 10_000

    class Server(Timed):
        def reply(self, effect: Effect) -> Any:
            if isinstance(effect, Read):
                time.sleep(0.001)
            return super().reply(effect)

    for limit in ("first", "gap"):
        client = Chimeric(
            base_url="http://127.0.0.1:9/v1", only_plugins=["compatible"], timeout=only(limit)
        )
        begin = TEXT[1][:1] if limit == "gap" else []
        world = Server(client, [(200, [*begin, *flood])])
        world.run()
        assert getattr(world.error, "phase", None) == limit


def test_the_time_for_headers_is_told_to_the_transport() -> None:
    client = Chimeric(
        base_url="http://127.0.0.1:9/v1",
        only_plugins=["compatible"],
        timeout=Timeout(connect=3, read=9, first=5, gap=None, total=None),
    )
    world = World(client, [TEXT])
    before = time.monotonic()
    sent = world.until(lambda effect: isinstance(effect, Send))
    assert isinstance(sent, Send)
    assert sent.until is not None
    assert 4 < sent.until - before < 6  # ``first``, whatever bytes drip
    assert sent.request.timeout.connect == 3
    assert sent.request.timeout.read == 9
    assert isinstance(world.until(lambda effect: isinstance(effect, Emit)), (Emit, type(None)))
