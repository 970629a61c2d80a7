"""The page of a simulator: how to reach it, what it has, and what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple

from .server import Reply, Request
from .service.models import catalog_for

__all__ = ["BASES", "Line", "is_page", "page"]

SHOWN = 100
"""Requests that stand on the page."""

BASES = ("openai", "anthropic", "google", "mistral", "groq", "cohere", "ollama", "azure")


class Line(NamedTuple):
    """What the page and the log say of a request: nothing of its content."""

    time: str
    method: str
    path: str
    model: str
    size: int
    status: int

    def __str__(self) -> str:
        model = f" {self.model}" if self.model else ""
        return f"{self.time} {self.method} {self.path}{model} {self.size} bytes -> {self.status}"


def is_page(request: Request) -> bool:
    """Whether a person looks in; programs ask for JSON."""
    accepted = request.headers.get("accept", "")
    return request.method in ("GET", "HEAD") and request.path == "/" and "json" not in accepted


def page(url: str, bases: dict[str, str], lines: Iterable[Line], count: int) -> Reply:
    """The page as it stands now."""
    template = Template((files("chimeric_sim") / "page.html").read_text("utf-8"))
    exports = "\n".join(f"export {name.upper()}_BASE_URL={bases[name]}" for name in BASES)
    latest = list(lines)[-SHOWN:]
    text = template.substitute(
        url=escape(url),
        exports=escape(exports),
        models=escape(" ".join(catalog_for("openai"))),
        count=count,
        rows="".join(_row(line) for line in reversed(latest)),
    )
    headers = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
    return Reply(status=200, headers=headers, body=text.encode("utf-8", "replace"))


def _row(line: Line) -> str:
    status = f'<td class="number{" bad" if line.status >= 400 else ""}">{line.status}</td>'
    return (
        f"<tr><td>{line.time}</td><td><code>{escape(line.method)} {escape(line.path)}</code></td>"
        f'<td>{escape(line.model)}</td><td class="number">{line.size:,}</td>{status}</tr>\n'
    )
