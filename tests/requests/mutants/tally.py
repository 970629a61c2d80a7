"""What was found: how many mutants of each operator were rejected, and the table that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from .mutant import Mutant
from .mutation import OPERATORS
from .trial import Verdict

__all__ = ["FOUND", "PAGE", "Tally", "read", "table", "written"]

PAGE: Final = Path(__file__).parents[3] / "docs" / "plugins" / "write-a-provider.md"
BEGIN, END = "<!-- mutants: python -m tests.requests.mutants --report -->\n", "<!-- /mutants -->"

FOUND: Final = Path(__file__).with_name("found.json")
"""What the table on the page was made of."""

UNITS: Final = "change a unit"
"""What ``change a number`` is called for numbers above 1."""


class Row(NamedTuple):
    """What was found of one operator."""

    rejected: int
    alive: int
    equivalent: int

    @property
    def made(self) -> int:
        return sum(self)

    @property
    def share(self) -> float:
        """The share that was rejected of those that are other programs, from 0 to 1."""
        told = self.rejected + self.alive
        return self.rejected / told if told else 0.0

    def __str__(self) -> str:
        return f"{self.rejected} / {self.alive} / {self.equivalent}" if self.made else ""


class Tally:
    """The verdicts on the mutants of one provider, by seed.

    Attributes:
        verdicts: for each seed the verdict on each mutant, by operator and name.
    """

    def __init__(self, verdicts: Mapping[str, Mapping[str, Verdict]] | None = None) -> None:
        self.verdicts = {seed: dict(found) for seed, found in (verdicts or {}).items()}

    def add(self, seed: int, mutant: Mutant, verdict: Verdict) -> None:
        """Take a verdict."""
        self.verdicts.setdefault(str(seed), {})[_named(mutant)] = verdict

    def verdict(self, seed: int, mutant: Mutant) -> Verdict | None:
        """What was found of it in a trial of this seed; None where it was not tried."""
        return self.verdicts.get(str(seed), {}).get(_named(mutant))

    def row(self, operator: str = "", seed: int | None = None) -> Row:
        """What was found of an operator, and for a seed; "" and None for all."""
        chosen = [v for s, v in self.verdicts.items() if seed is None or s == str(seed)]
        each = {name: verdict for found in chosen for name, verdict in found.items()}
        told = [v for name, v in each.items() if not operator or name.startswith(f"{operator}: ")]
        live, same = told.count("alive"), told.count("equivalent")
        return Row(len(told) - live - same, live, same)

    def share(self, seed: int | None = None) -> float:
        """The share that was rejected of those that are other programs, from 0 to 1."""
        return self.row(seed=seed).share


def _named(mutant: Mutant) -> str:
    """Its operator, place and words; the number of its node tells it from others on its line."""
    change = mutant.change
    return f"{change.operator}: {mutant.name} [{change.node}.{change.field}.{change.place}]"


def read(path: Path) -> dict[str, Tally]:
    """The tallies of a file, by provider; none where there is no file yet."""
    form = dict[str, dict[str, dict[str, Verdict]]]
    kept = msgspec.json.decode(path.read_bytes(), type=form) if path.exists() else form()
    return {name: Tally(verdicts) for name, verdicts in kept.items()}


def written(tallies: Mapping[str, Tally], path: Path) -> None:
    """Keep tallies in a file."""
    kept = {name: tally.verdicts for name, tally in tallies.items()}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(tallies: Mapping[str, Tally]) -> str:
    """The table in Markdown."""
    names = sorted(tallies)
    lines = [
        "| a fault of this kind, made by the script | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for operator in sorted({*OPERATORS, UNITS}):
        rows = [str(tallies[name].row(operator)) for name in names]
        lines.append(f"| {operator} | " + " | ".join(rows) + " |")
    whole = [f"**{tallies[n].row()}, {tallies[n].share():.0%}**" for n in names]
    return "\n".join([*lines, "| all | " + " | ".join(whole) + " |"])


def put(tallies: Mapping[str, Tally], page: Path = PAGE) -> None:
    """Write the table into the page, between its marks; columns of other providers stay."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    kept, _, after = rest.partition(END)
    columns = {**_columns(kept), **_columns(table(tallies))}
    first, *names = columns
    rows = zip(columns[first], *(columns[name] for name in sorted(names)), strict=True)
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    page.write_text(f"{before}{BEGIN}\n{lines}\n\n{END}{after}", encoding="utf-8")


def _columns(lines: str) -> dict[str, tuple[str, ...]]:
    """The columns of a table in Markdown, by their heads."""
    told = [line.split("|")[1:-1] for line in lines.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in row] for row in told]
    return {column[0]: column for column in zip(*rows, strict=True)}
