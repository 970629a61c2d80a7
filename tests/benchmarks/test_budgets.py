"""The budgets that hold in every run, beside floors measured in the same run.

Each is tried several times before it fails, and its margin is generous: a busy machine is not a
slower library. ``python -m tests.benchmarks`` measures the real figures.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from .environments import ROOT
from .floors import HttpxFloor, decode_floor
from .ours import Decoder, Ours
from .session import start_server
from .subject import Subject
from .wire import answer, pieces

pytestmark = pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" in os.environ,
    reason="python3 run.py budgets runs these, while nothing else runs",
)

TRIES = 20
COUNT = 5000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    process, base = start_server()
    yield base
    process.kill()
    process.communicate()


def _cpu(run: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    run()
    return time.process_time() - began


def _ratio(ours: Callable[[], float], floor: Callable[[], float], budget: float) -> float:
    """The ratio of the best figures seen; stops as soon as it is within the budget.

    A machine whose pace changes for seconds at a time gives one of the two a better moment. Then
    the median of interleaved pairs tells: both of a pair meet the same pace.
    """
    pairs: list[tuple[float, float]] = []
    for _ in range(TRIES):
        pairs.append((ours(), floor()))
        best = min(mine for mine, _ in pairs) / min(floor for _, floor in pairs)
        if best <= budget:
            return best
    return statistics.median(mine / floor for mine, floor in pairs)


def decoding(protocol: str, budget: float) -> float:
    """What decoding an event costs, in floors."""
    reads = pieces(protocol, COUNT)
    decoder = Decoder(protocol)  # a client is no part of an event, and costs more with each plugin
    assert decode_floor(protocol, reads) == decoder.run(reads) == COUNT
    return _ratio(
        lambda: _cpu(lambda: decoder.run(reads)),
        lambda: _cpu(lambda: decode_floor(protocol, reads)),
        budget,
    )


@pytest.mark.parametrize(
    ("protocol", "budget"), [("chat", 2.5), ("anthropic", 3.2), ("gemini", 2.5), ("responses", 2.5)]
)
def test_decoding_costs_at_most_a_few_times_the_floor(protocol: str, budget: float) -> None:
    # Anthropic's events are short, its floor is half a microsecond. In a process of its own:
    # what other tests have left in this one's memory is no cost of an event.
    program = f"from {__name__} import decoding; print(decoding({protocol!r}, {budget}))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(told.stdout) <= budget


async def _astream(subject: Subject, base: str, model: str) -> float:
    await subject.aopen(base)
    await subject.arun("bench-burst-20", lambda: None)
    gc.collect()
    began = time.process_time()
    got = await subject.arun(model, lambda: None)
    spent = time.process_time() - began
    await subject.aclose()
    assert got == COUNT
    return spent


def _stream(subject: Subject, model: str) -> float:
    got: list[int] = []
    spent = _cpu(lambda: got.append(subject.run(model, lambda: None)))
    assert got == [COUNT]
    return spent


@pytest.mark.parametrize("mode", ["burst", "one"])
def test_http_costs_at_most_twice_the_floor(server: str, mode: str) -> None:
    ours, floor, model = Ours(), HttpxFloor(), f"bench-{mode}-{COUNT}"
    for subject in (ours, floor):
        subject.open(server)
        subject.run("bench-burst-20", lambda: None)
    ratio = _ratio(lambda: _stream(ours, model), lambda: _stream(floor, model), 2.0)
    ours._client.close()
    floor._client.close()
    assert ratio <= 2.0


@pytest.mark.parametrize("mode", ["burst", "one"])
def test_async_http_costs_at_most_twice_the_floor(server: str, mode: str) -> None:
    model = f"bench-{mode}-{COUNT}"
    ratio = _ratio(
        lambda: asyncio.run(_astream(Ours(), server, model)),
        lambda: asyncio.run(_astream(HttpxFloor(), server, model)),
        2.0,
    )
    assert ratio <= 2.0


def test_middleware_costs_at_most_a_microsecond_and_a_half_each() -> None:
    reads = pieces("chat", COUNT)
    floor = Decoder("chat", middleware=1)
    five = Decoder("chat", middleware=5)
    each = float("inf")
    for _ in range(TRIES):
        more = _cpu(lambda: five.run(reads)) - _cpu(lambda: floor.run(reads))
        each = min(each, more / 4 / COUNT)
    assert each <= 1.5e-6


@pytest.mark.parametrize("protocol", ["chat", "tools"])
def test_the_cost_of_a_stream_grows_with_its_length_and_no_faster(protocol: str) -> None:
    small, large = pieces(protocol, 2000), pieces(protocol, 50000)
    ratio = _ratio(
        lambda: _cpu(lambda: Decoder(protocol).run(large)) / 25,
        lambda: _cpu(lambda: Decoder(protocol).run(small)),
        1.2,
    )
    assert ratio <= 1.5


def test_one_event_a_read_costs_the_same_however_long_the_stream_is() -> None:
    small, large = answer("chat", 2000), answer("chat", 50000)
    ratio = _ratio(
        lambda: _cpu(lambda: Decoder().run(large)) / 25,
        lambda: _cpu(lambda: Decoder().run(small)),
        1.2,
    )
    assert ratio <= 1.5


def test_twenty_thousand_kept_chunks_take_at_most_sixteen_megabytes() -> None:
    program = (
        "from tests.benchmarks.ours import Decoder\n"
        "from tests.benchmarks.wire import pieces\n"
        "from tests.benchmarks.worker import _resident\n"
        "reads, kept = pieces('chat', 20000), []\n"
        "Decoder().run(pieces('chat', 100))\n"
        "before = _resident()\n"
        "Decoder().run(reads, kept)\n"
        "assert len(kept) >= 20000\n"
        "print(_resident() - before)\n"
    )
    assert int(_python(program)) <= 16_000_000


def test_importing_and_making_a_client_costs_at_most_half_more_than_the_dependencies() -> None:
    time_it = "import time; t = time.process_time(); {}; print(time.process_time() - t)"
    floor = time_it.format("import httpx, msgspec, pluggy")
    ours = time_it.format("from chimeric import Chimeric; Chimeric(openai_api_key='x')")
    ratio = _ratio(lambda: float(_python(ours)), lambda: float(_python(floor)), 1.5)
    assert ratio <= 1.5


def _python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        cwd=ROOT,
    )
    return done.stdout


CALLS = 100
SHORT = [("burst", 20, 1.6), ("whole", 1000, 1.7)]
"""Kind, texts or characters, budget. Measured: 1.4 and 1.5 with every plugin installed from this
tree, 1.2 and 1.3 with core and openai from wheels."""


@pytest.mark.parametrize(("kind", "count", "budget"), SHORT)
def test_a_short_call_costs_little_more_than_the_floor(
    server: str, kind: str, count: int, budget: float
) -> None:
    ours, floor, model = Ours(), HttpxFloor(), f"bench-{kind}-{count}"
    asks = []
    for subject in (ours, floor):
        subject.open(server)
        asks.append(subject.asks(kind))
        asks[-1](model)
    ask, ask_floor = asks
    ratio = _ratio(
        lambda: _cpu(lambda: [ask(model) for _ in range(CALLS)]),
        lambda: _cpu(lambda: [ask_floor(model) for _ in range(CALLS)]),
        budget,
    )
    ours._client.close()
    floor._client.close()
    assert ratio <= budget


async def _acalls(subject: Subject, base: str, kind: str, model: str) -> float:
    await subject.aopen(base)
    ask = subject.aasks(kind)
    await ask(model)
    gc.collect()
    began = time.process_time()
    for _ in range(CALLS):
        await ask(model)
    spent = time.process_time() - began
    await subject.aclose()
    return spent


@pytest.mark.parametrize(("kind", "count", "budget"), SHORT)
def test_a_short_async_call_costs_little_more_than_the_floor(
    server: str, kind: str, count: int, budget: float
) -> None:
    model = f"bench-{kind}-{count}"
    ratio = _ratio(
        lambda: asyncio.run(_acalls(Ours(), server, kind, model)),
        lambda: asyncio.run(_acalls(HttpxFloor(), server, kind, model)),
        budget,
    )
    assert ratio <= budget
