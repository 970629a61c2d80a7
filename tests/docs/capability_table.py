"""What each provider supports, out of what plugins declare and what requests show, as a page.

``python scripts/capabilities_page.py`` writes it; a test holds it against the code.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from chimeric_catalog import entry_of, names

from chimeric import Capabilities, Chimeric
from tests.requests.said.kinds import KINDS
from tests.requests.said.outcome import COLUMNS, Column, Outcome, outcomes

from .pages import DOCS, sections

__all__ = ["page"]

YES, SOME, READ = "●", "◐", "○"

HEAD: Final = """\
# Capabilities: what each provider supports

Text, vision, audio, documents, tools, structured output, reasoning, web search, citations,
log-probabilities, prompt caching and token counting, provider by provider.

| mark | meaning |
|---|---|
| ● | supported: the plugin declares it, and a test finds it in a request or an answer |
| ◐ | supported over some of the provider's APIs or models: the notes below the table name them |
| ○ | declared or documented by the provider, and not shown by a test with the model asked |
| | not supported: the call raises an error before anything is sent, or warns that it was left out |

This page is written by `scripts/capabilities_page.py`: it reads what the plugins declare
(`client.get_capabilities(provider)`), sends a request with each feature to each provider through
the [simulator](sim.md), and reads the tables of
[what a chunk can show](../guide/what-a-chunk-can-show.md). A test fails when the page is out of
date. A single model may support less than its provider; what happens to each parameter is in
[How requests are translated](../guide/what-happens-to-what-you-say.md).

The providers of the first table all stream, call tools and list their models. Embeddings, speech
synthesis, image generation endpoints and fine-tuning are outside of what Chimeric does: it sends
conversations and streams answers.
"""

DECLARED: Final[Mapping[str, tuple[str, str]]] = {
    "images (vision)": ("images", "picture"),
    "audio input": ("audio", "sound"),
    "PDF documents": ("files", "pdf"),
    "structured output": ("structured_output", "schema"),
    "reasoning effort": ("reasoning", "effort"),
}
"""A capability that is declared, and what has to be sent for it to count as tested."""

SENT: Final = {
    "images by URL": "picture by url",
    "one tool at a time": "one at a time",
    "log-probabilities": "logprobs",
    "prompt cache points": "prompt_cache",
    "seed": "seed",
}
"""Features that no plugin declares: what becomes of the request tells."""

SHOWN: Final = {
    "Tools by provider": {
        "web search": "web_search",
        "code execution": "code_execution",
        "file search": "file_search",
        "provider's MCP": "mcp",
    },
    "Everything else by provider": {"citations": "citations"},
}
"""Server tools and citations, as the page about chunks has them."""

COUNTED: Final = "token counting"

READERS: Final = {"vertex": ("google", "anthropic")}
"""Providers whose answers are read by other plugins' code."""

MODULES: Final = {"compatible": "chimeric_chat_completions.compatible"}


class Row(msgspec.Struct, frozen=True):
    """One provider: its page, the names that stand for it, and the APIs that are asked."""

    title: str
    page: str
    provider: str
    columns: tuple[Column, ...]


def rows() -> list[Row]:
    """The providers with pages of their own."""
    by_provider: dict[str, list[Column]] = {}
    for column in COLUMNS:
        by_provider.setdefault(column.provider, []).append(column)
    return [
        Row(columns[0].head, columns[0].page, provider, tuple(columns))
        for provider, columns in by_provider.items()
    ]


def page() -> str:
    """The whole page."""
    wanted = {kind for _, kind in DECLARED.values()} | set(SENT.values())
    found = outcomes({name: KINDS[name] for name in KINDS if name in wanted})
    shown = _shown()
    with Chimeric() as client:
        table = {
            row.provider: _marks(row, client.get_capabilities(row.provider), found, shown)
            for row in rows()
        }
        catalogue = [_of_catalogue(client, name) for name in names()]
    return "\n".join([HEAD, *_table(table), *_notes(found), *_catalogue(catalogue)])


def _marks(
    row: Row,
    declared: Capabilities,
    found: Mapping[str, Mapping[str, Outcome]],
    shown: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    marks = {}
    for feature, (field, kind) in DECLARED.items():
        mark = _tested(row, kind, found)
        marks[feature] = (mark or READ) if getattr(declared, field) else ""
    for feature, kind in SENT.items():
        marks[feature] = _tested(row, kind, found)
    for features in SHOWN.values():
        for feature in features:
            marks[feature] = _read(row.provider, feature, shown)
    marks[COUNTED] = YES if hasattr(_module(row.provider), "chimeric_count_tokens") else ""
    return marks


def _tested(row: Row, kind: str, found: Mapping[str, Mapping[str, Outcome]]) -> str:
    takes = [found[column.head][kind].word in ("sent", "changed") for column in row.columns]
    return YES if all(takes) else SOME if any(takes) else ""


def _read(provider: str, feature: str, shown: Mapping[str, Mapping[str, str]]) -> str:
    if provider in READERS:
        read = any(shown.get(reader, {}).get(feature) for reader in READERS[provider])
        return READ if read else ""
    return shown.get(provider, {}).get(feature, "")


def _module(provider: str) -> object:
    return importlib.import_module(MODULES.get(provider, f"chimeric_{provider}"))


def _shown() -> dict[str, dict[str, str]]:
    """The marks of the page about chunks, by provider and feature."""
    told: dict[str, dict[str, str]] = {}
    parts = sections(DOCS / "guide" / "what-a-chunk-can-show.md")
    for heading, features in SHOWN.items():
        lines = [line for line in parts[heading].splitlines() if line.startswith("|")]
        cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
        for name, *marks in cells[2:]:
            provider = name.partition("providers/")[2].partition(".md")[0]
            by_head = dict(zip(cells[0][1:], marks, strict=True))
            own = told.setdefault(provider, {})
            own.update({feature: by_head[head] for feature, head in features.items()})
    return told


def _table(table: Mapping[str, Mapping[str, str]]) -> list[str]:
    heads = list(next(iter(table.values())))
    lines = ["## Providers", "", '<div class="said" markdown>', ""]
    spans = [f'<span class="head">{head}</span>' for head in heads]
    lines += [f"| provider | {' | '.join(spans)} |", "|---" + "|:-:" * len(heads) + "|"]
    for row in rows():
        marks = [table[row.provider][head] for head in heads]
        lines.append(f"| [{row.title}]({row.page}.md) | {' | '.join(map(_spanned, marks))} |")
    return [*lines, "", "</div>", ""]


def _spanned(mark: str) -> str:
    classes = {YES: "sent", SOME: "changed", READ: "changed"}
    return f'<span class="{classes[mark]}">{mark}</span>' if mark else " "


def _notes(found: Mapping[str, Mapping[str, Outcome]]) -> list[str]:
    """Where not all APIs of a provider support something, which do."""
    lines = ["Supported over some of a provider's APIs or models:", ""]
    kinds = {**{feature: kind for feature, (_, kind) in DECLARED.items()}, **SENT}
    for row in rows():
        parts = []
        for feature, kind in kinds.items():
            if _tested(row, kind, found) == SOME:
                takes = [
                    _api(column, row)
                    for column in row.columns
                    if found[column.head][kind].word in ("sent", "changed")
                ]
                parts.append(f"{feature} with {' and '.join(takes)}")
        if parts:
            lines.append(f"- {row.title}: {'; '.join(parts)}.")
    asked = ", ".join(dict.fromkeys(f"`{column.model}`" for column in COLUMNS))
    return [*lines, "", f"The models asked: {asked}.", ""]


def _api(column: Column, row: Row) -> str:
    api = column.params.get("api")
    if api:
        return f'`api="{api}"`'
    return f"`{column.model}`" if len({c.model for c in row.columns}) > 1 else "its default API"


CATALOGUE: Final[Mapping[str, Callable[[Capabilities], bool]]] = {
    "images (vision)": lambda declared: declared.images,
    "audio input": lambda declared: declared.audio,
    "documents": lambda declared: declared.files,
    "structured output": lambda declared: declared.structured_output,
    "reasoning": lambda declared: declared.reasoning,
    "citations": lambda declared: declared.citations,
    "model list": lambda declared: declared.list_models,
}


def _of_catalogue(client: Chimeric, name: str) -> tuple[str, list[str]]:
    declared = client.get_capabilities(name)
    return name, [YES if has(declared) else "" for has in CATALOGUE.values()]


def _catalogue(services: list[tuple[str, list[str]]]) -> list[str]:
    heads = [f'<span class="head">{head}</span>' for head in CATALOGUE]
    lines = [
        "## Services of the catalogue",
        "",
        "What [`chimeric-catalog`](catalog.md) declares for each service. All of them stream and",
        "call tools. Here ● means declared: most of these services share one code path.",
        "",
        '<div class="said" markdown>',
        "",
        f"| service | {' | '.join(heads)} |",
        "|---" + "|:-:" * len(heads) + "|",
    ]
    for name, marks in services:
        cells = " | ".join(map(_spanned, marks))
        lines.append(f"| {entry_of(name).title} (`{name}`) | {cells} |")
    return [*lines, "", "</div>", ""]
