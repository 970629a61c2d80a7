"""Every page fits a desktop's window and a phone's, light and dark, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .browser import CHROMIUM, Layout, layouts

PHONE, DESKTOP = 390, 1280

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def found(site: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Layout]:
    return layouts(site, (PHONE, DESKTOP), tmp_path_factory.mktemp("browser") / "profile")


def faults(
    found: list[Layout], fault: Callable[[Layout], object]
) -> dict[tuple[str, int, str], object]:
    """What is wrong with each page, by page, width and colours."""
    return {(at.page, at.asked, at.scheme): told for at in found if (told := fault(at))}


def test_all_pages_were_seen_in_both_widths_and_both_schemes(
    found: list[Layout], site: Path
) -> None:
    pages = len(list(site.rglob("index.html")))
    assert pages > 60
    assert len({(at.page, at.asked, at.scheme) for at in found}) == pages * 4
    assert {at.asked: at.width for at in found} == {PHONE: PHONE, DESKTOP: DESKTOP}


def test_no_page_is_wider_than_its_window(found: list[Layout]) -> None:
    assert faults(found, lambda at: at.overflow > 0 and at.outside) == {}


def test_nothing_reaches_out_of_the_window_but_what_scrolls_in_a_box_of_its_own(
    found: list[Layout],
) -> None:
    assert faults(found, lambda at: at.outside) == {}


def test_no_code_has_to_be_scrolled_sideways_on_a_desktop(found: list[Layout]) -> None:
    assert faults(found, lambda at: at.asked == DESKTOP and at.long) == {}


def test_no_cell_of_a_table_is_too_narrow_to_be_read(found: list[Layout]) -> None:
    assert faults(found, lambda at: at.squeezed) == {}


def test_the_copy_button_takes_commands_without_prompts_and_answers(found: list[Layout]) -> None:
    assert faults(found, lambda at: at.copied) == {}
