"""Responses as notebooks show them: Markdown, and HTML in which nothing of the answer is markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .short import shortened

if TYPE_CHECKING:
    from chimeric.values.responses import CompletionResponse

__all__ = ["as_html", "as_markdown"]

FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
TEXT = '<pre style="white-space: pre-wrap; word-break: break-word">'
NOTE = '<div style="opacity: 0.7; font-size: 85%">'


def as_markdown(response: CompletionResponse[Any]) -> str:
    """A response as Markdown: the answer's own, without HTML in it, and a line of facts."""
    parts = [_without_html(response.content)] if response.content else []
    if response.refusal:
        parts.append(f"*Refused:* {_without_html(response.refusal)}")
    parts += [f"- {_literal(line)}" for line in _lines(response)]
    parts.append(f"*{_literal(_facts(response))}*")
    return "\n\n".join(parts)


def as_html(response: CompletionResponse[Any]) -> str:
    """A response as HTML."""
    parts: list[str] = []
    if response.reasoning:
        said = f"{TEXT}{html.escape(response.reasoning)}</pre>"
        parts.append(f"<details><summary>reasoning</summary>{said}</details>")
    texts = filter(None, (response.content, response.refusal))
    parts += [f"{TEXT}{html.escape(text)}</pre>" for text in texts]
    parts += [f"{NOTE}{html.escape(line)}</div>" for line in _lines(response)]
    parts.append(f"{NOTE}{html.escape(_facts(response))}</div>")
    return "".join(parts)


def _lines(response: CompletionResponse[Any]) -> Iterator[str]:
    """What there is besides text, a line each."""
    for call in response.tool_calls:
        yield f"{call.name}({shortened(call.arguments, 200)[1:-1]})"
    seen: set[str] = set()
    for part in response.parts:
        for citation in getattr(part, "citations", ()):
            source = citation.url or citation.title or citation.source
            if source and source not in seen:
                seen.add(source)
                yield f"{citation.title}: {source}" if citation.title else source


def _facts(response: CompletionResponse[Any]) -> str:
    told = [response.model or "no model yet", response.finish_reason or "not complete"]
    if response.usage.total_tokens is not None:
        told.append(f"{response.usage.prompt_tokens} + {response.usage.completion_tokens} tokens")
    if response.timing.duration:
        told.append(f"{response.timing.duration:.1f} s")
    return " · ".join(told)


def _literal(text: str) -> str:
    """A text of one line in which Markdown finds no markup."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", html.escape(line, quote=False))


def _without_html(text: str) -> str:
    """Markdown in which no tag is one, but for code in fences, which shows tags as they are.

    A fence is taken for opened only where Markdown certainly opens it (one that is indented may
    end with a list that it stands in), and for closed wherever it may be: what is in doubt is
    escaped.
    """
    fence = ""
    lines: list[str] = []
    for line in re.split(r"(\r\n|\n|\r)", text):
        opened = None if fence else FENCE.match(line)
        if opened is not None:
            fence = opened[1]
        elif fence and _closes(line.strip(), fence):
            fence = ""
        elif not fence:
            line = line.replace("<", "&lt;")
        lines.append(line)
    return "".join(lines)


def _closes(line: str, fence: str) -> bool:
    return len(line) >= len(fence) and set(line) == {fence[0]}
