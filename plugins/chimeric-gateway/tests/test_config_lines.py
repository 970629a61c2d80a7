"""Each key of a TOML text is found on its line, however it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_gateway.config.lines import Path, lines_of
from hypothesis import given, settings
from hypothesis import strategies as st


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """All paths in what tomllib read."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from paths_of(inner, (*path, key))


TEXT = '''\
# a comment = "with signs"
title = "a = b # no comment"
[a]
x.y = 1
"quoted key" = 2            # [not.a.table]
'literal\\key' = 3
list = [
  1,
  # 2,
  [3, 4],
  { five = 5 },
]
long = """
[no.table]
key = "no key" \\"""
"""
raw = \'\'\'
also = 'none'\'\'\'
after = true
[a."b.c"]
d = { e = 1, f = { g = [ "]", "}" ] } }
[[steps]]
n = 1
[steps.inner]
m = 2
[[steps]]
n = 3
[steps.inner]
m = 4
date = 1979-05-27T07:32:00Z
'''

LINES = {
    ("title",): 2,
    ("a",): 3,
    ("a", "x"): 4,
    ("a", "x", "y"): 4,
    ("a", "quoted key"): 5,
    ("a", "literal\\key"): 6,
    ("a", "list"): 7,
    ("a", "list", 0): 8,
    ("a", "list", 1): 10,
    ("a", "list", 1, 1): 10,
    ("a", "list", 2, "five"): 11,
    ("a", "long"): 13,
    ("a", "raw"): 17,
    ("a", "after"): 19,
    ("a", "b.c"): 20,
    ("a", "b.c", "d", "f", "g", 1): 21,
    ("steps", 0): 22,
    ("steps", 0, "n"): 23,
    ("steps", 0, "inner", "m"): 25,
    ("steps", 1, "n"): 27,
    ("steps", 1, "inner", "m"): 29,
    ("steps", 1, "inner", "date"): 30,
}


@pytest.mark.parametrize("path", LINES, ids=str)
def test_a_key_is_found_on_its_line(path: Path) -> None:
    assert lines_of(TEXT)[path] == LINES[path]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_key_that_tomllib_reads_has_a_line(ending: str) -> None:
    text = TEXT.replace("\n", ending)
    lines = lines_of(text)
    missing = [path for path in paths_of(tomllib.loads(text)) if path not in lines]
    assert missing == []


def test_nothing_that_is_no_key_has_a_line() -> None:
    known = {*paths_of(tomllib.loads(TEXT)), ("steps",)}
    assert {path for path in lines_of(TEXT) if path not in known} == set()


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6)
strings = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8)
scalars = strings | st.integers(-99, 99) | st.booleans()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(value: Any) -> str:
    """A value as TOML, inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(f"\n {written(item)}" for item in value) + " ]"
    return "{ " + ", ".join(f"{quoted(k)} = {written(v)}" for k, v in value.items()) + " }"


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, st.dictionaries(names, values, max_size=4), max_size=4))
def test_whatever_is_written_each_key_has_the_line_where_it_stands(data: dict[str, Any]) -> None:
    text, wanted = "", dict[Path, int]()
    for table, pairs in data.items():
        wanted[table,] = text.count("\n") + 1
        text += f"[{quoted(table)}]\n"
        for key, value in pairs.items():
            wanted[table, key] = text.count("\n") + 1
            text += f"{quoted(key)} = {written(value)}\n"
    read = tomllib.loads(text)
    lines = lines_of(text)
    assert {path: lines[path] for path in wanted} == wanted
    assert [path for path in paths_of(read) if path not in lines] == []
