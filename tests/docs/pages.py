"""The pages of the documentation, and the samples on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

Kind = Literal[
    "run", "check", "file", "pytest", "shell", "output", "skip", "install", "filmed", "installed"
]

_FENCE = re.compile(
    r"^(?P<pad> *)```(?P<language>[\w-]*)[^\n]*\n(?P<code>.*?)^(?P=pad)``` *$",
    re.MULTILINE | re.DOTALL,
)
_CHECK = re.compile(r"^ *<!-- check\n(?P<code>.*?)^ *-->", re.MULTILINE | re.DOTALL)
_MARK = re.compile(
    r"<!-- (?P<word>not run|file|pytest|shell|output|install|filmed)"
    r"(?:: (?P<text>[^\n>]*))? -->\s*\Z"
)
_WORDS: dict[str, Kind] = {
    "not run": "skip",
    "file": "file",
    "pytest": "pytest",
    "shell": "shell",
    "output": "output",
    "install": "install",
    "filmed": "filmed",
}


class Sample(NamedTuple):
    """One block of a page.

    A block is run when it is Python and nothing says otherwise. A comment right before it says
    what else it is: ``not run: REASON``, ``file: PATH`` (written into the working directory),
    ``pytest: PATH`` (written and run by pytest), ``shell`` (run by bash, without the prompts of its
    lines), ``output`` (what the block before it prints), ``install`` (run in an environment of
    its own, by the tests of the page that tells how to install), or ``filmed`` (the same by the
    tests of the walkthrough).
    A comment that begins with ``check`` is run too, and is not shown.
    """

    page: str
    line: int
    kind: Kind
    text: str
    code: str


def pages() -> list[Path]:
    """All pages, by path. What a user has installed in the examples is none of ours."""
    return sorted(page for page in DOCS.rglob("*.md") if "examples" not in page.parts)


def readmes() -> list[Path]:
    """The README of each distribution of the plugins."""
    return sorted((ROOT / "plugins").glob("*/README.md"))


def name_of(page: Path) -> str:
    """A page's path below ``docs``, or that of another file below the project."""
    return page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT).as_posix()


def samples(page: Path) -> list[Sample]:
    """The blocks of a page that a test does something with, in their order."""
    found = sorted(_samples(page), key=lambda sample: sample.line)
    for place, sample in enumerate(found):
        if sample.kind == "output" and found[place - 1].kind in ("install", "filmed"):
            found[place] = sample._replace(kind="installed")
    return found


def _samples(page: Path) -> Iterator[Sample]:
    source = page.read_text()
    name = name_of(page)
    for found in _CHECK.finditer(source):
        yield Sample(name, _line(source, found.start("code")), "check", "", found["code"])
    for found in _FENCE.finditer(source):
        mark = _MARK.search(source[: found.start()])
        kind: Kind = _WORDS[mark["word"]] if mark else "run"
        if mark is None and found["language"] != "python":
            continue
        pad = len(found["pad"])
        code = "".join(line[pad:] for line in found["code"].splitlines(keepends=True))
        yield Sample(
            name, _line(source, found.start("code")), kind, (mark and mark["text"]) or "", code
        )


def _line(source: str, place: int) -> int:
    return source.count("\n", 0, place) + 1


def sections(page: Path) -> dict[str, str]:
    """The text under each heading of the levels 2 and 3, by the heading without backticks."""
    parts = re.split(r"^##+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {
        heading.strip().strip("`"): text
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }
