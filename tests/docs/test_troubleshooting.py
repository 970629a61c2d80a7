"""Every error text of the source has an entry, under advice that somebody wrote."""

from __future__ import annotations

import re
import warnings

import pytest

from chimeric import Chimeric, ChimericError

from .error_texts import GAP, error_texts
from .troubleshooting import PAGE, filled, groups, is_told


def test_the_lists_are_those_of_the_source() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page), "run scripts/troubleshooting_page.py"


def test_most_texts_are_found_in_the_source() -> None:
    told = list(filter(is_told, error_texts()))
    assert len(told) > 350
    assert len(told) > 0.9 * len(error_texts()), "too many texts are put together at run time"


def test_every_text_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [error for error in error_texts() if is_told(error) and error.text not in page] == []


def test_every_list_stands_under_advice() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(groups(page)) > 20
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        advice = re.sub(r"<!-- texts.*?<!-- end -->", "", section, flags=re.DOTALL)
        assert len(advice.split()) > 8, section[:80]


@pytest.mark.parametrize(
    "mistake",
    [
        {"model": "gtp-4o", "messages": "Hi"},
        {"model": "sim:echo", "messages": []},
        {"model": "sim:echo", "messages": [{"role": "boss", "content": "Hi"}]},
        {"model": "sim:echo", "messages": "Hi", "temprature": 1},
        {"model": "sim:echo", "messages": "Hi", "timeout": -1},
        {"model": "sim:echo", "messages": "Hi", "tool_choice": 7},
        {"model": "sim:echo", "messages": "Hi", "stop": 7},
    ],
    ids=lambda mistake: str(list(mistake)[-1] + "=" + str(list(mistake.values())[-1])),
)
def test_the_message_that_a_user_meets_is_found_on_the_page(mistake: dict[str, object]) -> None:
    with (
        Chimeric() as client,
        warnings.catch_warnings(),
        pytest.raises(ChimericError) as raised,
    ):
        warnings.simplefilter("ignore")
        client.generate(**mistake)  # type: ignore[arg-type]
    page = PAGE.read_text(encoding="utf-8")
    texts = re.findall(r"^- `+ ?(.*?) ?`+ \(", page, re.MULTILINE)
    telling = [text for text in texts if sum(map(str.isalpha, text)) >= 9]
    met = str(raised.value)
    assert any(re.search(_pattern(text), met, re.DOTALL) for text in telling), met


def _pattern(text: str) -> str:
    return ".*".join(re.escape(piece) for piece in text.split(GAP))
