"""A reader who searches the site in the field's words finds a heading with them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

WORDS = (
    "asyncio",
    "audio",
    "Azure",
    "Bedrock",
    "cache",
    "capabilities",
    "citations",
    "cost",
    "fallback",
    "FastAPI",
    "gateway",
    "image",
    "Jupyter",
    "LangChain",
    "logging",
    "MCP",
    "Ollama",
    "OpenTelemetry",
    "PDF",
    "proxy",
    "rate limit",
    "reasoning",
    "retry",
    "server-sent events",
    "structured output",
    "timeout",
    "TLS",
    "tokens",
    "troubleshooting",
    "usage",
    "vision",
    "vLLM",
    "web search",
    "WebSocket",
)


@pytest.fixture(scope="module")
def entries(site: Path) -> list[dict[str, Any]]:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    docs: list[dict[str, Any]] = index["docs"]
    return docs


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_field_is_in_a_heading(entries: list[dict[str, Any]], word: str) -> None:
    wanted = re.compile(rf"\b{re.escape(word)}", re.IGNORECASE)
    found = [entry["location"] for entry in entries if wanted.search(entry["title"])]
    guides = [place for place in found if not place.startswith(("changelog", "benchmarks"))]
    assert guides, f"no heading has {word!r}"


def test_the_index_has_every_page_and_its_text(entries: list[dict[str, Any]], site: Path) -> None:
    pages = {entry["location"].partition("#")[0] for entry in entries if entry["text"]}
    built = {
        place.replace("./", "")
        for page in site.rglob("index.html")
        if (place := f"{page.parent.relative_to(site).as_posix()}/")
    }
    assert {page for page in built if page != "/"} - pages <= {""}
