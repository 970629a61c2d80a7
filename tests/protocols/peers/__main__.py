"""The command: ``python -m tests.protocols.peers``; ``--help`` tells its options."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.protocols.cases import CASES

from .clients import CLIENTS, Client
from .environments import ROOT, Environment, build
from .playing import play_cases, play_faults
from .process import Process
from .results import figures, write

AT_ONCE = 4
"""Clients that play at the same time: most of what they do is to wait."""


def play(
    client: Client, environment: Environment, until: float, faults: bool
) -> tuple[Client, Environment, dict[str, Any], dict[str, Any]]:
    """All that applies to a client."""
    process = Process(client.name, environment)
    began = time.monotonic()
    try:
        of_cases = figures(play_cases(client, process, CASES, until))
        of_faults = figures(play_faults(client, process, until)) if faults and client.faults else {}
    except RuntimeError as error:  # its process did not start
        environment.error = str(error)
        return client, environment, {}, {}
    finally:
        process.end()
    sys.stderr.write(f"{client.name}: {time.monotonic() - began:.0f} s\n")
    return client, environment, of_cases, of_faults


def main() -> None:
    """Play everything to every client, keep the figures and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.protocols.peers")
    parser.add_argument("--only", default="", help="clients, comma-separated; nothing is kept")
    parser.add_argument("--keep", action="store_true", help="use the environments as they are")
    parser.add_argument("--no-faults", action="store_true", help="leave the transport faults out")
    parser.add_argument("--minutes", type=float, default=15, help="after which no case is begun")
    given = parser.parse_args()
    only = set(filter(None, given.only.split(",")))
    chosen = [client for client in CLIENTS if not only or client.name in only]
    environments = build({client.library for client in chosen}, as_they_are=given.keep)
    until = time.monotonic() + given.minutes * 60
    with ThreadPoolExecutor(AT_ONCE) as pool:
        playing = {
            client.name: pool.submit(
                play, client, environments[client.library], until, not given.no_faults
            )
            for client in sorted(chosen, key=lambda client: -len(client.protocols))
            if environments[client.library].error is None
        }
        rows = [playing[client.name].result() for client in chosen if client.name in playing]
    if only or given.no_faults:
        show(rows)
        return
    rows = [row for row in rows if row[2]]
    missing = {name: env.error for name, env in environments.items() if env.error is not None}
    write(rows, len(CASES), missing)
    subprocess.run([sys.executable, "scripts/reliability_table.py"], cwd=ROOT, check=True)


def show(rows: list[tuple[Client, Environment, dict[str, Any], dict[str, Any]]]) -> None:
    """Print the figures, and what was not right."""
    for client, environment, *both in rows:
        for what, found in zip(("cases", "faults"), both, strict=True):
            if not found:
                continue
            counts = {k: v for k, v in found.items() if k != "not right"}
            print(f"{client.name} {environment.version}, {what}: {counts}")
            for name, words in found["not right"].items():
                print(f"    {name}: {words}")


if __name__ == "__main__":
    main()
