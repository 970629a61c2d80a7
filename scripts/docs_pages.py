"""Hooks of the documentation's build: what differs between the Markdown and the site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ["on_page_markdown"]

ROOT = Path(__file__).parents[1]

_SIGNATURE = re.compile(
    r"<!-- signature -->\n.*?<!-- end of signature -->\n", re.MULTILINE | re.DOTALL
)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Put the changelog into its page, and leave out signatures that mkdocstrings shows."""
    if page.file.src_uri != "changelog.md":
        return _SIGNATURE.sub("", markdown)
    text = (ROOT / "CHANGELOG.md").read_text()
    return markdown.replace("CHANGELOG", text.partition("\n")[2])
