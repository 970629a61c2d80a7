"""Driving the exchange by hand, and what middleware costs on the way of a chunk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import Reply, play, prepare

from chimeric import (
    Chimeric,
    ConnectionFailedError,
    RequestTimeoutError,
    ServerError,
    StreamChunk,
    StreamInterruptedError,
    hookimpl,
)
from chimeric.exchange.effects import Drain, Emit, Read, Relay, Send

WORD = b'data: {"choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
    b'{"name":"now","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
)


@pytest.fixture
def client() -> Iterator[Chimeric]:
    with Chimeric(base_url="http://127.0.0.1:9/v1") as client:
        yield client


def test_a_stream_is_played_without_any_input_or_output(client: Chimeric) -> None:
    played = play(prepare(client, "compatible:m"), [Reply((WORD, WORD[:9], WORD[9:] + END))])
    assert [chunk.delta for chunk in played.chunks] == ["word ", "word ", None]
    assert played.error is None
    assert played.response is not None
    assert played.response.content == "word word "
    kinds = [type(effect) for effect in played.effects]
    assert kinds[0] is Send
    assert kinds.count(Read) == 2
    assert {Emit, Relay, Drain} <= set(kinds)


def test_waits_are_noted_and_not_waited(client: Chimeric) -> None:
    replies = [
        Reply(status=503, headers={"retry-after": "50"}),
        Reply(refused=ConnectionFailedError("no route")),
        Reply((END,)),
    ]
    began = time.monotonic()
    played = play(prepare(client, "compatible:m"), replies)
    assert played.error is None
    assert len(played.requests) == 3
    assert played.sleeps[0] == 50
    assert time.monotonic() - began < 20


def test_an_error_in_mid_body_is_raised_by_its_read(client: Chimeric) -> None:
    cut = Reply((WORD, ConnectionFailedError("reset")))
    played = play(prepare(client, "compatible:m"), [cut])
    assert type(played.error) is StreamInterruptedError
    assert played.error.partial is not None
    assert played.error.partial.content == "word "
    late = Reply((WORD, RequestTimeoutError("late", phase="read")))
    played = play(prepare(client, "compatible:m"), [late])
    assert isinstance(played.error, RequestTimeoutError)


def test_tools_run(client: Chimeric) -> None:
    def now() -> str:
        """Tell the time."""
        return "12:00"

    played = play(
        prepare(client, "compatible:m", tools=[now]), [Reply((CALL,)), Reply((WORD, END))]
    )
    assert played.response is not None
    assert played.response.tool_results[0].output == "12:00"
    assert b"12:00" in played.requests[1].body


def test_more_requests_than_replies_are_a_mistake_of_the_test(client: Chimeric) -> None:
    with pytest.raises(AssertionError, match="no reply is left"):
        play(prepare(client, "compatible:m"), [Reply(status=503)])
    played = play(prepare(client, "compatible:m"), [Reply(status=503)] * 3)
    assert type(played.error) is ServerError


def middleware(number: int) -> Any:
    """A stateless hook that looks at the chunk and lets it pass."""

    @hookimpl
    def chimeric_process_chunk(chunk: StreamChunk) -> StreamChunk:
        return chunk

    name = f"looks-{number}"
    return type(name, (), {"chimeric_process_chunk": staticmethod(chimeric_process_chunk)})()


def test_a_stateless_hook_costs_at_most_half_a_microsecond_per_chunk() -> None:
    count, hooks = 10_000, 4
    body = (*([WORD * 50] * (count // 50)), END)
    clients = {
        number: Chimeric(
            base_url="http://127.0.0.1:9/v1", plugins=[middleware(n) for n in range(number)]
        )
        for number in (0, hooks)
    }
    best = dict.fromkeys(clients, 99.0)
    for _ in range(9):
        for number, client in clients.items():
            call = prepare(client, "compatible:m")
            began = time.process_time()
            played = play(call, [Reply(body)])
            best[number] = min(best[number], time.process_time() - began)
            assert len(played.chunks) == count + 1
    assert (best[hooks] - best[0]) / count / hooks < 0.5e-6
