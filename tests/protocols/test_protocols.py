"""Every case, streamed or whole, sync and async, over real sockets."""

from __future__ import annotations

import pytest

from .case import Case
from .cases import CASES
from .kinds import KINDS
from .play import MODES, check, play


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_server_s_answer_is_told_as_it_is(case: Case, mode: str) -> None:
    check(case, play(case, mode))


def test_each_case_has_a_name_of_its_own_and_a_kind_that_is_in_the_table() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.kind for case in CASES} <= KINDS.keys()
