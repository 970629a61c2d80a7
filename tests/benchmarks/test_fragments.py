"""The cost of arguments that come in many fragments: linear, and a few times bare decoding."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable

import msgspec
import pytest
from chimeric_testing import Reply, play, prepare

from chimeric import Chimeric
from tests.faults.dialects import DIALECTS, Dialect

FRAGMENTS = 20_000
READ = 4096
TRIES = 6
"""Measurements before a test fails: other programs use this machine too."""

MOST = 4.5
"""Times the floor. The budget is 3 us for a fragment, three times the floor of a machine at rest;
the limit is wide, for a machine that is not."""

SPREAD = 1.15
"""What twice the fragments may cost beyond twice the time."""

NAMES = ("chat", "responses", "anthropic")


class Function(msgspec.Struct, gc=False):
    arguments: str = ""


class Called(msgspec.Struct, gc=False):
    function: Function


class Delta(msgspec.Struct, gc=False):
    tool_calls: list[Called] = []


class Choice(msgspec.Struct, gc=False):
    delta: Delta


class Chat(msgspec.Struct, gc=False):
    choices: list[Choice]


decode = msgspec.json.Decoder(Chat).decode


def reads_of(dialect: Dialect, count: int) -> tuple[bytes, ...]:
    """The body of an answer with one call, in reads of one size."""
    text = json.dumps({"text": " ".join(map(str, range(count)))})[: 4 * count]
    fragments = [text[i : i + 4] for i in range(0, len(text), 4)]
    assert len(fragments) == count
    events = dialect.calls([("call_a", "store", fragments)])
    body = dialect.made_of(*events, *dialect.finish("tools"), *dialect.terminal()).body()
    return tuple(body[i : i + READ] for i in range(0, len(body), READ))


def floor(reads: tuple[bytes, ...]) -> float:
    """Seconds of CPU to split and decode the events of a chat completion and nothing else."""
    held, pieces = b"", []
    began = time.process_time()
    for read in reads:
        *events, held = (held + read).split(b"\n\n")
        for event in events:
            data = event[event.index(b"data: ") + 6 :]
            if data != b"[DONE]":
                pieces.append(decode(data))
    return time.process_time() - began


def ours(client: Chimeric, dialect: Dialect, reads: tuple[bytes, ...]) -> float:
    """Seconds of CPU of the whole exchange: framing, parsing, calls, chunks, the response."""
    model = f"{dialect.provider}:m"
    call = prepare(client, model, "x", **dialect.options)
    began = time.process_time()
    played = play(call, [Reply(reads, headers={"content-type": "text/event-stream"})])
    spent = time.process_time() - began
    assert played.error is None
    assert played.response is not None
    assert len(played.response.tool_calls) == 1
    return spent


def least(measure: Callable[[], float]) -> float:
    gc.collect()
    return min(measure() for _ in range(3))


@pytest.fixture(scope="module")
def client() -> Chimeric:
    names = ("openai", "anthropic")
    return Chimeric(api_keys=dict.fromkeys(names, "a-key"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_fragment_costs_a_few_times_its_decoding(client: Chimeric, name: str) -> None:
    dialect = DIALECTS[name]
    reads, plain = reads_of(dialect, FRAGMENTS), reads_of(DIALECTS["chat"], FRAGMENTS)
    ratios: list[float] = []
    for _ in range(TRIES):
        bare = least(lambda: floor(plain))
        whole = least(lambda: ours(client, dialect, reads))
        ratios.append(whole / bare)
        shown = [f"{seconds / FRAGMENTS * 1e6:.2f} us" for seconds in (bare, whole)]
        print(f"{name}: floor {shown[0]}, ours {shown[1]}, {ratios[-1]:.2f} times the floor")
        if ratios[-1] <= MOST:
            return
    pytest.fail(f"a fragment costs {min(ratios):.2f} times its decoding, more than {MOST}")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_twice_the_fragments_take_twice_the_time(client: Chimeric, name: str) -> None:
    dialect = DIALECTS[name]
    half, full = reads_of(dialect, FRAGMENTS), reads_of(dialect, 2 * FRAGMENTS)
    growths: list[float] = []
    for _ in range(TRIES):
        short = least(lambda: ours(client, dialect, half))
        long = least(lambda: ours(client, dialect, full))
        growths.append(long / short / 2)
        if growths[-1] <= SPREAD:
            return
    pytest.fail(f"twice the fragments take {2 * min(growths):.2f} times the time")
