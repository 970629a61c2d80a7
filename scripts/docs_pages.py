"""Hooks of the documentation's build: pages that stand elsewhere in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["on_page_markdown"]

ROOT = Path(__file__).parents[1]


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Put the changelog into its page."""
    if page.file.src_uri != "changelog.md":
        return markdown
    text = (ROOT / "CHANGELOG.md").read_text()
    return markdown.replace("CHANGELOG", text.partition("\n")[2])
