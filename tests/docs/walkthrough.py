"""The walkthrough: what a person types who follows the pages, step by step, and how much that is.

``python scripts/walkthrough_films.py`` films the steps and fills the counts in; a test holds page
and films against the blocks of the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .pages import DOCS, Sample, samples

__all__ = ["FILMS", "PAGE", "STEPS", "Film", "Step", "blocks", "commands", "filled", "track"]

PAGE = DOCS / "guide" / "walkthrough.md"

_COUNTS = re.compile(r"(?<=<!-- counts -->\n).*?(?=<!-- end -->)", re.DOTALL)


class Step(NamedTuple):
    """What a person gets, and which blocks of a section lead there."""

    gets: str
    page: str
    section: str
    blocks: slice = slice(None)


class Film(NamedTuple):
    """A film: the name of its file without the ending, what it shows, and the steps in it."""

    name: str
    title: str
    steps: tuple[Step, ...]


_START = "guide/getting-started.md"
FILMS = (
    Film(
        "walkthrough-install",
        "Installing Chimeric in a terminal",
        (Step("an installation", _START, "Install"),),
    ),
    Film(
        "walkthrough-stream",
        "A first stream in a terminal, from the command line and from Python",
        (
            Step("a stream on the command line", _START, "The first stream", slice(0, 1)),
            Step("a stream in Python", _START, "The first stream", slice(1, 3)),
        ),
    ),
    Film(
        "walkthrough-chat",
        "A chat page, started in a terminal and used in a browser",
        (Step("a chat page", "guide/chat-page.md", "Run it", slice(0, 1)),),
    ),
    Film(
        "walkthrough-plugin",
        "A plugin of one's own, written, installed and used in a terminal",
        (Step("a plugin of your own", "plugins/write-middleware.md", "Package it", slice(0, 4)),),
    ),
)
STEPS = tuple(step for film in FILMS for step in film.steps)


def blocks(step: Step) -> list[Sample]:
    """The blocks that are typed or pasted in a step."""
    page = DOCS / step.page
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    place = parts.index(step.section)
    begins = "".join(parts[:place]).count("\n") + place // 2 + 1
    ends = begins + parts[place + 1].count("\n") + 1
    kinds = ("install", "filmed", "file", "run", "pytest")
    found = [s for s in samples(page) if begins < s.line <= ends and s.kind in kinds]
    return found[step.blocks]


def is_shell(block: Sample) -> bool:
    """Whether a block is commands; others are code."""
    return block.kind in ("install", "filmed")


def commands(block: Sample) -> list[str]:
    """The commands of a block, each in one line."""
    lines = re.sub(r"\\\n\s*", "", block.code).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def lines(block: Sample) -> int:
    """How many lines of code a block has; empty ones do not count."""
    return sum(bool(line.strip()) for line in block.code.splitlines())


def track(film: Film) -> str:
    """What is typed in a film, as text."""
    return "\n".join(_told(block) for step in film.steps for block in blocks(step))


def _told(block: Sample) -> str:
    if is_shell(block):
        return "\n".join(f"$ {command}" for command in commands(block))
    name = f"{block.text}:\n" if block.kind in ("file", "pytest") else ""
    return name + block.code.rstrip()


def filled(page: str) -> str:
    """The page with its table of counts."""
    return _COUNTS.sub(lambda _: "\n" + "".join(f"{row}\n" for row in _table()) + "\n", page)


def _table() -> Iterator[str]:
    yield "| you get | commands | lines | all commands |"
    yield "|---|---:|---:|---:|"
    first = 0
    for step in STEPS:
        shell, code = _counted(blocks(step))
        page = f"../{step.page}".replace("../guide/", "")
        link = f"[{step.gets}]({page}#{step.section.lower().replace(' ', '-')})"
        yield f"| {link} | {shell} | {code or ''} | {first + shell} |"
        first = first or shell


def _counted(found: Sequence[Sample]) -> tuple[int, int]:
    shell = sum(len(commands(block)) for block in found if is_shell(block))
    return shell, sum(lines(block) for block in found if not is_shell(block))
