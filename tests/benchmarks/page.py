"""Parts of the benchmark page that are measured by themselves."""

from __future__ import annotations

import re

from .environments import ROOT

__all__ = ["PAGE", "put"]

PAGE = ROOT / "docs" / "benchmarks.md"

NEXT = re.compile(r"^(?:## |<!-- )", re.MULTILINE)
"""What the part after one begins with: its heading, or the mark of one that other code writes."""


def put(page: str, part: str) -> str:
    """The page with this part in the place of the one with its heading, or at its end."""
    heading, _, _ = part.partition("\n")
    before, found, rest = page.partition(f"{heading}\n")
    if not found:
        return page.rstrip("\n") + "\n\n" + part
    following = NEXT.search(rest)
    return before + part + (rest[following.start() :] if following else "")
