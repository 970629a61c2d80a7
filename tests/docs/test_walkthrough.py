"""The walkthrough shows what the pages say, and counts what is typed there."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .fresh import shell
from .pages import DOCS, Sample
from .walkthrough import (
    FILMS,
    PAGE,
    STEPS,
    Film,
    Step,
    blocks,
    commands,
    filled,
    is_shell,
    lines,
    track,
)

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = 56
AGAIN = "run scripts/walkthrough_films.py"


def picture(film: Film) -> ET.Element:
    return ET.parse(DOCS / "assets" / f"{film.name}.svg").getroot()


def shown(film: Film) -> str:
    """All rows that stand in the terminal at some time."""
    rows = picture(film).findall(f"{SVG}defs/{SVG}g")
    texts = (" ".join(t.text or "" for t in row.findall(f"{SVG}text")) for row in rows)
    return "\n".join(" ".join(text.split()) for text in texts)


def test_the_counts_are_those_of_the_blocks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page), AGAIN
    rows = re.findall(r"^\| \[(.+?)\]\(\S+\) \| (\d+) \| (\d*) \| (\d+) \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == [step.gets for step in STEPS]
    assert all(int(row[1]) for row in rows), "a step without a command"


def test_a_command_on_two_lines_is_one_and_an_empty_line_is_none() -> None:
    block = Sample("page.md", 1, "filmed", "", "# why\npip install \\\n    one two\n\ncd three\n")
    assert commands(block) == ["pip install one two", "cd three"]
    code = block._replace(kind="run", code="import one\n\n\none.two()\n")
    assert lines(code) == 2
    assert [is_shell(one) for one in (block, code)] == [True, False]


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.name)
def test_a_film_types_what_the_pages_say(film: Film) -> None:
    description = picture(film).find(f"{SVG}desc")
    assert description is not None
    assert description.text == track(film), AGAIN
    seen = shown(film)
    for step in film.steps:
        for block in blocks(step):
            for line in commands(block) if is_shell(block) else block.code.splitlines():
                # A line that is wrapped is looked for by its beginning.
                begins = " ".join(line[: COLUMNS - len("(.venv) $ ")].split())
                assert begins in seen, f"{line!r} is not in {film.name}: {AGAIN}"


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.name)
def test_a_film_is_on_the_page_under_its_title(film: Film) -> None:
    title = picture(film).find(f"{SVG}title")
    assert title is not None
    assert title.text == film.title
    assert f"![{film.title}](../assets/{film.name}.svg)" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.name)
def test_a_film_is_small_stands_still_where_asked_and_names_no_machine(film: Film) -> None:
    path = DOCS / "assets" / f"{film.name}.svg"
    source = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 400_000
    assert "@media (prefers-reduced-motion:reduce){.film{animation:none" in source
    assert not re.search(r"/(work|root|home|tmp)/\w|https?://(?!127\.|www\.w3\.org/)", source)


def test_all_films_together_take_a_minute_at_most() -> None:
    seconds = 0.0
    for film in FILMS:
        style = picture(film).findtext(f"{SVG}style") or ""
        (found,) = re.findall(r"animation:film ([\d.]+)s", style)
        seconds += float(found)
    assert 20 < seconds <= 60


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_chat_page_and_plugin_need_what_is_typed_and_no_more(wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").symlink_to(wheels)
    shutil.copytree(DOCS / "examples" / "chat", tmp_path / "docs" / "examples" / "chat")
    installation, _, _, chat, plugin = map(typed, STEPS)
    assert installation[0] == "python3 run.py wheels", "the fixture has done it"
    assert chat[-1] == "uvicorn app:app"
    told = shell(
        [
            *installation[1:],
            *chat[:-1],
            "python -c 'import app, uvicorn'",
            "cd",
            *plugin,
        ],
        tmp_path,
    )
    assert told.endswith('She said "no"\n'), told


def typed(step: Step) -> list[str]:
    """What is typed in a step; a file comes from here."""
    found: list[str] = []
    for block in blocks(step):
        if block.kind == "file":
            found.append(f"cat > {block.text} <<'END'\n{block.code}END")
        elif is_shell(block):
            found.extend(commands(block))
    return found
