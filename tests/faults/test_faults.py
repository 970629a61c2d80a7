"""Every fault, in every protocol that it applies to, sync and async, over real sockets.

What must come out stands in the table in ``cases``; this checks what did.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from chimeric import ChimericError

from .cases import APPLICABLE, Case
from .dialects import KEY, Dialect
from .observed import MODES, Observed, run

Played: TypeAlias = tuple[Case, Dialect, str]

EVERY: list[Played] = [(case, dialect, mode) for case, dialect in APPLICABLE for mode in MODES]


def name_of(played: Played) -> str:
    case, dialect, mode = played
    return f"{case.name}-{dialect.name}-{mode}"


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> Iterator[Callable[[Played], Observed]]:
    """Plays all cases that were selected, several at a time: most of them only wait."""
    selected: list[Any] = [item for item in request.session.items if item.path == request.path]
    wanted = [i.callspec.params["played"] for i in selected if "played" in i.fixturenames]
    with ThreadPoolExecutor(12) as pool:
        futures: dict[str, Future[Observed]] = {
            name_of(played): pool.submit(run, *played) for played in wanted
        }
        yield lambda played: futures[name_of(played)].result(120)


@pytest.mark.parametrize("played", EVERY, ids=name_of)
def test_a_fault_ends_as_it_must(played: Played, results: Callable[[Played], Observed]) -> None:
    case, dialect, _ = played
    fault, seen = case.fault, results(played)
    outcome, text = case.expected(dialect)
    assert seen.outcome == outcome, seen.error
    assert seen.text == text
    assert len(seen.requests) == fault.requests
    assert seen.closed
    if text:
        assert seen.response is not None
        assert seen.response.content == text
    if case.check is not None:
        assert seen.response is not None
        case.check(seen.response)
    if seen.error is not None:
        check_error(seen.error, dialect)
        assert getattr(seen.error, "limit", None) == fault.limit
    if fault.least_wait:
        assert seen.waits[0] >= fault.least_wait


def check_error(error: BaseException, dialect: Dialect) -> None:
    """What holds for every error."""
    assert isinstance(error, ChimericError)
    assert error.provider == dialect.provider
    assert error.model == "m-1"
    shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    assert not any(KEY in text for text in shown)
