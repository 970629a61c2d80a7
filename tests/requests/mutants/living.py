"""Mutants that live, and why: what would show them, and why the kit has no such input.

``living.toml`` has a table for each of those that live in ``found.json``. A verdict there is told
by a line number, which moves; so the two are matched by module, operator and what is changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from .entry import Entry
from .mutant import Mutant
from .tally import PAGE, Tally

__all__ = [
    "TABLE",
    "Living",
    "Verdicted",
    "as_verdict",
    "listed",
    "living",
    "put_reasons",
    "survivors",
]

TABLE: Final = Path(__file__).with_name("living.toml")
BEGIN, END = "<!-- living mutants: made by the same command -->\n", "<!-- /living mutants -->"

Verdicted = tuple[str, str, str]
"""The operator, the module and what is changed."""


class Living(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry; its reason says what would show the fault, and why the kit does not.

    Attributes:
        place: where it is, in words.
        change: what the mutant does otherwise.
    """

    place: str
    change: str


@cache
def living(path: Path = TABLE) -> tuple[Living, ...]:
    """All that the table has."""
    form = dict[str, list[Living]]
    return tuple(msgspec.toml.decode(path.read_bytes(), type=form).get("mutant", []))


def survivors(tallies: Mapping[str, Tally]) -> list[Verdicted]:
    """What lives by the verdicts, each once."""
    names = {
        name
        for tally in tallies.values()
        for found in tally.verdicts.values()
        for name, verdict in found.items()
        if verdict == "alive"
    }
    return sorted(map(_of_name, names))


def as_verdict(entry: Living, mutants: Iterable[Mutant]) -> Verdicted | None:
    """How a verdict calls the mutant that an entry speaks of; None where the source has it not."""
    for mutant in mutants:
        if entry.matches(mutant):
            return mutant.change.operator, mutant.module, mutant.change.what
    return None


def listed(entries: Iterable[Living]) -> str:
    """The list in Markdown."""
    lines = [
        f"- {_plugin(entry)}, {entry.place} ({entry.operator}): {entry.change}. "
        f"{' '.join(entry.reason.split())}"
        for entry in entries
    ]
    return "\n".join(lines)


def put_reasons(page: Path = PAGE) -> None:
    """Write the list into the page, between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{listed(living())}\n\n{END}{after}", encoding="utf-8")


def _of_name(name: str) -> Verdicted:
    """A verdict's name is ``operator: module:line: what [node]``."""
    operator, place, what = name.split(": ", 2)
    return operator, place.partition(":")[0], what.rpartition(" [")[0]


def _plugin(entry: Living) -> str:
    return entry.module.partition(".")[0].removeprefix("chimeric_").capitalize()
