"""The figures of the table, and the file in which they are kept."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .clients import Client
from .environments import ROOT, Environment
from .playing import Judged
from .verdict import Verdict

__all__ = ["FILE", "figures", "read", "write"]

FILE = ROOT / "docs" / "reliability" / "peers.json"


def figures(judged: Iterable[Judged]) -> dict[str, Any]:
    """Counts, and of each case that was not right what was wrong."""
    every = list(judged)
    if not every:
        return {}
    rows = [(where, kind, name, v) for where, kind, name, v in every if v is not None]
    protocols: dict[str, list[int]] = {}
    for protocol, _, _, verdict in rows:
        counts = protocols.setdefault(protocol, [0, 0])
        counts[0] += verdict.right
        counts[1] += 1
    verdicts = [verdict for *_, verdict in rows]
    kinds = {kind for _, kind, _, _ in rows}
    spoilt = {kind for _, kind, _, verdict in rows if not verdict.right}
    return {
        "right": sum(verdict.right for verdict in verdicts),
        "cases": len(rows),
        "not played": len(every) - len(rows),
        "kinds right": len(kinds - spoilt),
        "kinds": len(kinds),
        "silent": sum(bool(verdict.silent) for verdict in verdicts),
        "foreign": sum(bool(verdict.foreign) for verdict in verdicts),
        "hung": sum(verdict.hung for verdict in verdicts),
        "protocols": protocols,
        "not right": {
            f"{protocol}: {name}": _words(verdict)
            for protocol, _, name, verdict in rows
            if not verdict.right
        },
    }


def _words(verdict: Verdict) -> str:
    words = [*(f"silent: {word}" for word in verdict.silent), *verdict.wrong]
    if verdict.foreign:
        words.append(f"foreign: {verdict.foreign}")
    return "; ".join([*words, "no end"] if verdict.hung else words)


def write(
    rows: Iterable[tuple[Client, Environment, dict[str, Any], dict[str, Any]]],
    cases: int,
    missing: dict[str, str],
    path: Path = FILE,
) -> None:
    """Keep all figures, with the day and the number of cases that there were."""
    clients = [
        {
            "name": client.name,
            "library": client.library,
            "how": client.how,
            "version": environment.version,
            "cases": of_cases,
            "faults": of_faults,
        }
        for client, environment, of_cases, of_faults in rows
    ]
    data = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cases": cases,
        "not installed": missing,
        "clients": clients,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Any]:
    """The figures of the last run."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
