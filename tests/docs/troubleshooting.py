"""The page about errors by their texts: its advice is written, its lists are collected.

``python scripts/troubleshooting_page.py`` fills the lists in; a test holds them against the source.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from .error_texts import GAP, ErrorText, error_texts
from .pages import DOCS

__all__ = ["PAGE", "filled", "groups", "is_told"]

PAGE = DOCS / "guide" / "troubleshooting.md"

_GROUP = re.compile(r"<!-- texts: (?P<selectors>[^>]+) -->\n(?P<list>.*?)<!-- end -->", re.DOTALL)


def is_told(error: ErrorText) -> bool:
    """Whether a text has words of its own: some only put together what others say."""
    return sum(map(str.isalpha, error.text.replace(GAP, ""))) >= 6


def groups(page: str) -> list[tuple[str, list[ErrorText]]]:
    """The selectors of each list, and the errors that belong to it: the first that fits wins."""
    lists: list[tuple[str, list[ErrorText]]] = [
        (found["selectors"], []) for found in _GROUP.finditer(page)
    ]
    for error in error_texts():
        place = next((told for selectors, told in lists if _fits(error, selectors)), None)
        assert place is not None, f"no section of {PAGE.name} takes {error}"
        place.append(error)
    return lists


def _fits(error: ErrorText, selectors: str) -> bool:
    for selector in selectors.split(","):
        module, _, name = selector.strip().partition(":")
        if fnmatch.fnmatchcase(error.module, module) and name in ("", error.name):
            return True
    return False


def filled(page: str) -> str:
    """The page with its lists."""
    lists = iter(groups(page))

    def fill(found: re.Match[str]) -> str:
        selectors, told = next(lists)
        lines = "".join(f"{line}\n" for line in _lines(told))
        return f"<!-- texts: {selectors} -->\n{lines}<!-- end -->"

    return _GROUP.sub(fill, page)


def _lines(told: list[ErrorText]) -> Iterator[str]:
    seen: dict[str, list[str]] = {}
    for error in filter(is_told, told):
        names = seen.setdefault(error.text, [])
        if error.name not in names:
            names.append(error.name)
    if seen:
        yield ""
        for text, names in sorted(seen.items(), key=lambda item: item[0].lstrip(f"{GAP} '\"")):
            tick = "``" if "`" in text else "`"
            pad = " " if "`" in text else ""
            yield f"- {tick}{pad}{text}{pad}{tick} ({', '.join(sorted(names))})"
        yield ""
