"""JSON that is still arriving."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeric.schema.json_tree import MAX_DEPTH, _reference_counter
from chimeric.schema.partial_json import PartialJSON

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner)
    ),
    max_leaves=12,
)
documents = st.builds(
    lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
    values,
    st.booleans(),
    st.sampled_from([None, 1]),
)
texts = documents | st.text(st.sampled_from('{}[]",:\\u12dDeE+-.tfn ax\n'), max_size=24)


def parsed(text: str) -> PartialJSON:
    parser = PartialJSON()
    parser.feed(text)
    return parser


def expected(text: str) -> Any:
    """The best valid prefix found another way: close the text, and cut until that parses.

    Only what is not certain is cut: half escapes, a number or literal, a key without a value.
    """
    for end in range(len(text), -1, -1):
        for closed in closings(text[:end]):
            try:
                return json.loads(closed)
            except ValueError:
                continue
    return None


def closings(text: str) -> list[str]:
    """The text with what is open closed, with a trailing number or comma taken off."""
    stack: list[str] = []
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]" and stack:
            stack.pop()
    tail = "".join(reversed(stack))
    if in_string:
        if re.search(r"\\u[dD][89abAB][0-9a-fA-F]{2}$", text):
            return []  # half a character
        return [text + '"' + tail]
    bare = re.sub(r"[-+.0-9eE]+\Z", "", text) if not text.endswith(("true", "false")) else text
    return [re.sub(r",\s*$", "", bare) + tail]


@given(documents)
def test_every_prefix_gives_the_value_of_the_closed_prefix(text: str) -> None:
    for end in range(len(text)):
        parser = parsed(text[:end])
        assert not parser.invalid
        # Repr tells 1 from True and 0 from -0.0.
        assert repr(parser.value) == repr(expected(text[:end])), text[:end]


@given(values, st.booleans())
def test_a_whole_document_gives_what_json_loads_gives(value: Any, ascii_only: bool) -> None:
    parser = parsed(json.dumps(value, ensure_ascii=ascii_only) + "\n")
    assert parser.complete
    assert parser.value == value


@given(texts, st.data())
def test_how_the_text_is_cut_makes_no_difference(text: str, data: st.DataObject) -> None:
    parser = PartialJSON()
    fed = ""
    for fragment in cut(text, data):
        parser.feed(fragment)
        fed += fragment
        if data.draw(st.booleans()):
            whole = parsed(fed)
            assert repr(parser.value) == repr(whole.value)
            assert (parser.complete, parser.invalid) == (whole.complete, whole.invalid)
    assert repr(parser.value) == repr(parsed(text).value)


@given(texts, st.data())
def test_a_value_that_was_read_never_changes(text: str, data: st.DataObject) -> None:
    parser = PartialJSON()
    kept: list[tuple[Any, Any]] = []
    for fragment in cut(text, data):
        parser.feed(fragment)
        value = parser.value
        if isinstance(value, dict) and value and data.draw(st.booleans()):
            value = value[next(reversed(value))]  # keep only an inner part, drop the rest
        if data.draw(st.booleans()):
            kept.append((value, copy.deepcopy(value)))
    for value, as_it_was in kept:
        assert repr(value) == repr(as_it_was)


@given(texts)
def test_text_is_complete_exactly_when_msgspec_takes_it(text: str) -> None:
    try:
        value = msgspec.json.decode(text)
    except ValueError:
        assert not parsed(text + " ").complete
    else:
        assert parsed(text + " ").value == value


def cut(text: str, data: st.DataObject) -> list[str]:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("  ", None),
        ("{", {}),
        ('{"ci', {}),
        ('{"city"', {}),
        ('{"city":', {}),
        ('{"city": "', {"city": ""}),
        ('{"city": "Par', {"city": "Par"}),
        ('{"days": 1', {}),
        ('{"days": 1 ', {"days": 1}),
        ('{"ok": tru', {}),
        ('{"ok": true', {"ok": True}),
        ('{"a": [1, 2', {"a": [1]}),
        ('{"a": {"b": nul', {"a": {}}),
        ('{"a": 1, "a": "x', {"a": "x"}),
        ("12", None),
        ('"half', "half"),
    ],
)
def test_what_is_certain_is_shown(text: str, value: Any) -> None:
    assert parsed(text).value == value
    assert not parsed(text).invalid


@pytest.mark.parametrize(
    "end", ["\\", "\\u", "\\u00", "\\u00e", "\\ud83d", "\\ud83d\\", "\\ud83d\\ud", "\\uD83D\\uDE0"]
)
def test_half_an_escape_is_held_back(end: str) -> None:
    assert parsed('{"a": "x' + end).value == {"a": "x"}


def test_an_escape_is_joined_across_fragments() -> None:
    parser = PartialJSON()
    for char in '{"a": "\\ud83d\\ude00\\n\\u00e9"}':
        parser.feed(char)
        json.dumps(parser.value, ensure_ascii=False).encode()
    assert parser.value == {"a": "😀\né"}
    assert parser.complete


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1} x', {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1,]', {"a": [1]}),
        ('{"a": 01 ', {}),
        ('{"a": 1e999 ', {}),
        ('{"a": "\\x', {"a": ""}),
        ('{"a": "b\x01', {"a": "b"}),
        ('{"a": "\\ude00', {"a": ""}),
        ('{"a": "\\ud83d\\u0041', {"a": ""}),
        ('{"a": NaN', {}),
        ('{"a": trux', {}),
        ("{1", {}),
        ('["a"}', ["a"]),
        ("}", None),
        ("Sure! {", None),
    ],
)
def test_text_that_is_not_json_leaves_the_last_valid_value(text: str, value: Any) -> None:
    by_character = PartialJSON()
    for char in text:
        by_character.feed(char)
        assert by_character.value == by_character.value
    for parser in (parsed(text), by_character):
        assert parser.value == value
        assert parser.invalid
        assert not parser.complete
        parser.feed('"more"')
        assert parser.value == value


def test_nesting_without_end_is_invalid_and_not_an_error() -> None:
    parser = PartialJSON()
    for _ in range(MAX_DEPTH + 10):
        parser.feed("[")
        _ = parser.value
    assert parser.invalid
    assert parsed("[" * 100_000).invalid


def test_a_key_named_twice_has_its_last_value() -> None:
    assert parsed('{"a": {"b": 1}, "a": [2').value == {"a": []}


def test_a_held_value_is_not_the_next_one() -> None:
    parser = parsed('{"a": [1,')
    first = parser.value
    parser.feed("2,")
    assert first == {"a": [1]}
    assert parser.value == {"a": [1, 2]}


UNCOUNTED = """
import sys
del sys.getrefcount
from chimeric.schema.partial_json import PartialJSON
parser = PartialJSON()
parser.feed('{"a": [1,')
first = parser.value
parser.feed("2,")
assert (first, parser.value) == ({"a": [1]}, {"a": [1, 2]}), (first, parser.value)
"""


def test_where_references_cannot_be_counted_values_are_kept_apart_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCOUNTED], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr


@pytest.mark.parametrize("gil", [True, False])
def test_references_are_counted_only_where_the_gil_holds_other_threads_off(gil: bool) -> None:
    system = SimpleNamespace(_is_gil_enabled=lambda: gil, getrefcount=len)
    assert _reference_counter(system) is (len if gil else None)


def test_values_that_are_all_kept_share_what_was_finished() -> None:
    parser = parsed('{"done": {"x": 1}, "open": [')
    kept = [parser.value]
    for _ in range(3):
        parser.feed("1,")
        kept.append(parser.value)
    assert all(value["done"] is kept[0]["done"] for value in kept)
    assert [len(value["open"]) for value in kept] == [0, 1, 2, 3]


def seconds(document: str, width: int, habit: str) -> float:
    fragments = [document[i : i + width] for i in range(0, len(document), width)]
    parser = PartialJSON()
    last: Any = None
    begin = time.thread_time()
    for fragment in fragments:
        parser.feed(fragment)
        if habit == "dropped":
            str(type(parser.value))
        elif habit == "held":
            last = parser.value
    assert parser.complete
    took = time.thread_time() - begin
    assert last is None or last == parser.value
    return took


@pytest.mark.parametrize("habit", ["read at the end", "dropped", "held"])
@pytest.mark.parametrize(
    "document",
    [
        lambda n: json.dumps({"text": "hell " * n}),
        lambda n: json.dumps({"list": [1234] * n}),
        lambda n: json.dumps({"code": "a\\b\n\u00e9" * (n // 3)}),
    ],
    ids=["text", "list", "escapes"],
)
def test_four_times_the_fragments_take_four_times_the_time(document: Any, habit: str) -> None:
    def growth() -> float:
        small, large = document(6_000), document(24_000)
        times = [(seconds(small, 5, habit), seconds(large, 5, habit)) for _ in range(3)]
        return min(large for _, large in times) / min(small for small, _ in times)

    # A quadratic parser gives 16; a noisy machine gets more than one chance.
    assert any(growth() < 8 for _ in range(3))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60))
def test_any_width_of_fragments_gives_the_whole_document(width: int) -> None:
    document = json.dumps({"a": "é\\" * 1000, "b": list(range(500))})
    parser = PartialJSON()
    for i in range(0, len(document), width):
        parser.feed(document[i : i + width])
    assert parser.value == json.loads(document)
