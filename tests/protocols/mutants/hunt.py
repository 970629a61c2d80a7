"""Looks for a fault with the generator, in a process that has it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.protocols.generator import check, generate

from .mutant import ROOT, Mutant, planted

__all__ = ["Found", "hunt"]

LIMIT = 20_000
"""Streams of each protocol after which a fault counts as not found."""

SEARCH = """
import sys
import chimeric
from tests.protocols.generator import check, generate

assert chimeric.__file__.startswith(sys.argv[1]), chimeric.__file__
for protocol in sys.argv[3].split(","):
    for seed in range(int(sys.argv[2])):
        if complaints := check(generate(protocol, seed)):
            print(protocol, seed, repr(complaints[0]), flush=True)
"""


class Found(msgspec.Struct, frozen=True):
    """The first stream that shows a fault."""

    protocol: str
    seed: int
    complaint: str


def hunt(mutant: Mutant, limit: int = LIMIT) -> Found | None:
    """The first stream that only the fault lets be told wrong; None if there is none.

    Raises:
        RuntimeError: when the changed source does not run.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = planted(mutant, Path(name))
        search = subprocess.Popen(
            [sys.executable, "-c", SEARCH, str(folder), str(limit), ",".join(mutant.protocols)],
            env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with search:
            try:
                return _first(search, mutant)
            finally:
                search.kill()


def _first(search: subprocess.Popen[str], mutant: Mutant) -> Found | None:
    assert search.stdout is not None
    assert search.stderr is not None
    for told in search.stdout:
        protocol, seed, complaint = told.strip().split(" ", 2)
        if not check(generate(protocol, int(seed))):
            return Found(protocol, int(seed), complaint)
    if search.wait():
        raise RuntimeError(f"{mutant.name}: {search.stderr.read()[-800:]}")
    return None
