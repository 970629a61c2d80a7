"""Names that every provider takes, each once, and the same every time."""

from __future__ import annotations

import re

import pytest
from chimeric_mcp.naming import names_of


def named(*tools: tuple[str, str], taken: tuple[str, ...] = ()) -> list[str]:
    return names_of([(label, name, False) for label, name in tools], taken)


def test_a_good_name_stays() -> None:
    assert named(("a", "read_file"), ("b", "write-file")) == ["read_file", "write-file"]


def test_names_that_two_servers_have_get_their_labels() -> None:
    assert named(("a", "read"), ("b", "read")) == ["a__read", "b__read"]


def test_a_function_of_the_caller_keeps_its_name() -> None:
    assert named(("a", "read"), taken=("read",)) == ["a__read"]


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "7up", "ü", "", "x" * 200, "-a", "🙂"])
def test_every_name_becomes_one_that_all_providers_take(name: str) -> None:
    (changed,) = named(("server", name))
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", changed)
    assert named(("server", name)) == [changed]


def test_names_that_would_become_one_stay_apart() -> None:
    names = named(("s", "a b"), ("s", "a.b"), ("s", "a/b"), ("s", "a_b"))
    assert len(set(names)) == 4
    assert names[3] == "a_b"


def test_two_servers_with_one_label_stay_apart() -> None:
    names = named(("s", "a"), ("s", "a"), ("s", "a"))
    assert len(set(names)) == 3


def test_a_prefix_can_be_asked_for() -> None:
    assert names_of([("files", "read", True)]) == ["files__read"]
    (long,) = names_of([("l" * 100, "read", True)])
    assert len(long) == 64
