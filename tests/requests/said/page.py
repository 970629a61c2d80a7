"""The page "What happens to what you say", out of what a run gave and of the tables of rules."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from chimeric_models import Rule

from .kind import Kind
from .kinds import GROUPS, KINDS
from .outcome import COLUMNS, Column, Outcome
from .tables import CATALOGUE, TABLES

__all__ = ["page"]

MARKS = {"sent": "●", "changed": "◐", "told": "▲", "refused": "✕"}

INTRO = """# What happens to what you say

What you say to a model arrives, or you are told. Each service has a form of its own, and takes some
things and not others; these tables show what becomes of what you say, provider by provider.

| mark | word | meaning |
|---|---|---|
| ● | sent | it is in the request, in the provider's form |
| ◐ | changed | {changed} |
| ▲ | told | {told} |
| ✕ | refused | an error, before anything is sent |

There is no mark for what is lost without a word, since nothing in these tables is. Hold the
pointer over a mark to read the warning or the error, or open the words below a table.

The page is written by `scripts/said_page.py`, which says each thing to each provider through the
public interface. The mark is what the request and the warnings show, and the
[simulator](../providers/sim.md), which refuses what the services refuse, must take what comes. A
test holds the page against such a run. Where another model of a provider is known to differ,
[the rules](#the-rules) say so.

What is not known to be refused is sent as it is, for the service to judge: models of tomorrow,
parameters that no rule names, and everything in `extra_body`.

??? note "The models that are asked here"

{models}
"""

CHANGED = (
    "the request says the same in another way: another role, an id in the characters that are "
    "taken, a media type in its registered spelling"
)

TOLD = (
    "something of it is left out or altered, and a `TranslationWarning` says so; with "
    "`strict=True` it is a `TranslationError`, and nothing is sent"
)

RULES = """## The rules

What a provider or a model is known to refuse, alone or together, and what is done about it. The
tables are the code's own, and are read from the top. A request that has nothing of what a table is
about costs one comparison.
"""


def page(found: Mapping[str, Mapping[str, Outcome]]) -> str:
    """The whole page."""
    asked = dict.fromkeys(column.model for column in COLUMNS)
    models = "\n".join(f"    - `{model}`" for model in asked)
    parts = [INTRO.format(models=models, changed=CHANGED, told=TOLD)]
    parts += [_group(name, kinds, found) for name, kinds in GROUPS.items()]
    parts.append(RULES)
    parts += [_rules(table.heading, table.where, table.rows) for table in (*TABLES, *CATALOGUE)]
    return "\n".join(parts)


def _group(name: str, kinds: Mapping[str, Kind], found: Mapping[str, Mapping[str, Outcome]]) -> str:
    heads = [_head(column) for column in COLUMNS]
    lines = [
        f"## {name}",
        "",
        '<div class="said" markdown>',
        "",
        f"| what you say | {' | '.join(heads)} |",
        "|---" + "|:-:" * len(COLUMNS) + "|",
    ]
    for key, kind in kinds.items():
        marks = [_mark(found[column.head][key]) for column in COLUMNS]
        lines.append(f"| {kind.words} | {' | '.join(marks)} |")
    words = [line for key in kinds for line in _words(key, found)]
    lines += ["", "</div>", "", '??? note "In words"', "", *words, ""]
    return "\n".join(lines)


def _head(column: Column) -> str:
    return (
        f"[{column.head}](../providers/{column.page}.md)"
        if column.page
        else (f'<span class="head">{column.head}</span>')
    )


def _mark(outcome: Outcome) -> str:
    mark = MARKS[outcome.word]
    if not outcome.sentences:
        return f'<span class="{outcome.word}" title="{outcome.word}">{mark}</span>'
    told = html.escape("; ".join(outcome.sentences)).replace("|", "&#124;")
    return f'<span class="{outcome.word}" title="{told}">{mark}</span>'


def _words(key: str, found: Mapping[str, Mapping[str, Outcome]]) -> Iterable[str]:
    """What each provider tells of a kind; those that tell the same together."""
    told: dict[str, list[str]] = {}
    for column in COLUMNS:
        for sentence in found[column.head][key].sentences:
            told.setdefault(sentence, []).append(column.head)
    if not told:
        return
    yield f"    - {KINDS[key].words}"
    for sentence, heads in told.items():
        yield f"        - {', '.join(heads)}: {_plain(sentence)}"


def _plain(sentence: str) -> str:
    """A sentence whose own marks are none of Markdown's."""
    for mark in ("\\", "`", "*", "_", "<", "[", "|"):
        sentence = sentence.replace(mark, f"\\{mark}")
    return sentence


def _rules(heading: str, where: str, rows: Iterable[Rule]) -> str:
    lines = [f"### {heading}", ""]
    if where:
        lines += [f"{where[0].upper()}{where[1:]}.", ""]
    lines += ["| what is said | models | what is done | source |", "|---|---|---|---|"]
    for rule in rows:
        done = f"{rule.done}: {rule.how}" if rule.how else rule.done
        if rule.how.endswith("is left out"):
            done = rule.how
        cells = (rule.said, rule.models, done, _source(rule.source))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _source(source: str) -> str:
    return f"<{source}>" if source.startswith("https://") and " " not in source else source
