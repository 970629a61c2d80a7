"""Lines of a program's output: whole, of a bounded length, and never a loss of what follows."""

from __future__ import annotations

import codecs
import itertools
import json

import pytest
from chimeric_mcp.session.lines import encoding_for
from hypothesis import given
from hypothesis import strategies as st


def decoded(data: bytes, cuts: list[int], most: int = 200) -> str:
    decoder = codecs.getincrementaldecoder(encoding_for(most))("replace")
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return "".join(decoder.decode(data[a:b]) for a, b in itertools.pairwise(places))


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=40)), st.data())
def test_short_lines_come_out_as_they_are_however_they_are_cut(
    lines: list[str], data: st.DataObject
) -> None:
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    cuts = data.draw(st.lists(st.integers(0, 2000), max_size=8))
    assert decoded(text, cuts, most=1000) == text.decode()


@given(st.lists(st.integers(0, 20_000), max_size=8))
def test_a_long_answer_becomes_an_error_of_its_request(cuts: list[int]) -> None:
    first = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {"id": 1, "text": "x" * 9000}})
    last = json.dumps({"result": {"id": 1, "text": "x" * 9000}, "jsonrpc": "2.0", "id": "b"})
    text = f"{first}\nshort\n{last}\nshort\n".encode()
    one, two, three, four = decoded(text, cuts).splitlines()
    assert (two, four) == ("short", "short")
    for line, id_, size in ((one, 7, len(first)), (three, "b", len(last))):
        told = json.loads(line)
        assert told["id"] == id_
        assert f"too large: {size} bytes, and at most 200" in told["error"]["message"]


@pytest.mark.parametrize(
    "line", ["x" * 9000, '{"method":"n","params":{"text":"%s"}}' % ("x" * 9000)]
)
def test_a_long_line_of_no_request_is_dropped(line: str) -> None:
    assert decoded(f"{line}\nshort\n".encode(), [100, 5000]) == "short\n"


def test_what_is_sent_is_utf_8() -> None:
    assert "größe".encode(encoding_for(10)) == "größe".encode()
