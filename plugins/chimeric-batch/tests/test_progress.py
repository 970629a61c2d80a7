"""How far a batch is: as a callback, and as a bar."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from chimeric_batch import BatchProgress, ProgressBar, generate_many
from chimeric_sim import Simulator
from rich.console import Console

from chimeric import Chimeric, Context, StreamChunk, hookimpl

FAILING = {"messages": "x", "model": "sim:nope"}


class Price:
    """A plugin that says what each answer cost, as chimeric-cost does; nothing for one prompt."""

    def process(self, chunk: StreamChunk) -> StreamChunk:
        if chunk.finish_reason is None or chunk.content == "free":
            return chunk
        cost = {"currency": "USD", "total": 0.002, "call": 0.002}
        return chunk.replace(metadata={**chunk.metadata, "cost": cost})

    def flush(self) -> None:
        """Nothing is held back."""


class Prices:
    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Price:
        return Price()


@pytest.fixture
def priced(sim: Simulator) -> Iterator[Chimeric]:
    with Chimeric(sim_base_url=sim.base_url("sim"), plugins=[Prices()]) as client:
        yield client


@pytest.fixture
def drawn() -> tuple[ProgressBar, Callable[[], str]]:
    """A bar on a terminal of 80 columns, and what it has drawn."""
    told = io.StringIO()
    console = Console(file=told, force_terminal=True, width=80, color_system=None)
    return ProgressBar(console), told.getvalue


def test_a_callback_hears_of_each_result_and_of_the_end(answer, tmp_path):
    path = tmp_path / "answers.jsonl"
    answer(["a", "b"], results=path)
    told: list[BatchProgress] = []
    answer(["a", "b", "c", FAILING], results=path, progress=told.append)
    assert [progress.done for progress in told[:-1]] in ([3, 4], [1, 2, 3, 4])
    last = told[-1]
    assert (last.done, last.answered, last.failed, last.skipped, last.total) == (4, 1, 1, 2, 4)
    assert last.prompt_tokens > 0
    assert last.completion_tokens > 0
    assert last.cost is None
    assert last.seconds > 0
    assert last.rate == pytest.approx(2 / last.seconds)


def test_the_number_of_requests_of_an_iterator_is_not_known_unless_it_is_said(answer):
    told: list[BatchProgress] = []
    answer(iter(["a"]), progress=told.append)
    answer(iter(["a"]), progress=told.append, total=1)
    assert {progress.total for progress in told} == {None, 1}


def test_costs_add_up_and_what_has_no_price_is_counted(priced):
    told: list[BatchProgress] = []
    requests = ["a", "b", "free"]
    list(generate_many(priced, requests, model="sim:echo", progress=told.append))
    assert told[-1].cost == pytest.approx(0.004)
    assert told[-1].unpriced == 1


def test_what_the_callback_raises_ends_the_batch(answer, sim):
    def progress(told: BatchProgress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        answer(map(str, range(100)), progress=progress, concurrency=4)
    assert len(sim.requests) <= 10


def test_a_bar_shows_failures_tokens_and_cost(priced, drawn):
    bar, text = drawn
    requests = ["a", "free", FAILING]
    list(generate_many(priced, requests, model="sim:echo", progress=bar, concurrency=1))
    assert "1 failed" in text()
    assert "3/3" in text()
    assert "tokens ≥$0.0020" in text()


def test_a_bar_is_gone_when_the_batch_is_left(client, drawn):
    bar, text = drawn
    for _ in generate_many(client, ["a", "b"], model="sim:echo", progress=bar):
        break
    assert text().endswith("\x1b[?25h\r\x1b[1A\x1b[2K"), "the line is cleared, the cursor is back"


def test_no_bar_is_drawn_where_there_is_no_terminal(client):
    told = io.StringIO()
    list(generate_many(client, ["a"], model="sim:echo", progress=ProgressBar(Console(file=told))))
    assert told.getvalue() == ""


def test_without_rich_the_error_names_the_extra():
    program = (
        "import sys; sys.modules['rich'] = None\n"
        "from chimeric import Chimeric\n"
        "from chimeric_batch import generate_many\n"
        "generate_many(Chimeric(), ['a'], model='sim:echo', progress=True)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert 'pip install "chimeric-batch[rich]"' in done.stderr


def test_importing_the_library_loads_no_rich():
    program = "import sys, chimeric_batch; assert 'rich' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
