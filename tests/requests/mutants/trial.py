"""Run the kit's contract of a provider against one mutant, in a process of its own."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pkgutil
import resource
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, Literal, NamedTuple

import chimeric_testing
import httpx
import pytest

import chimeric

from .mutant import Mutant

__all__ = ["PROVIDERS", "Subject", "Verdict", "is_sound", "tried"]

ROOT: Final = Path(__file__).parents[3]
LIMIT: Final = 60
"""Seconds of the processor; a mutant that takes more hangs, and is rejected by that."""
PATIENCE: Final = 900.0
"""Seconds by the clock, for one that waits; on a busy machine, as long as it gets on."""


def _loaded(package: ModuleType) -> tuple[str, ...]:
    """Load all modules of a package that can be: every child finds them."""
    names = [info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    found: list[str] = []
    for name in names:
        if not name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                found.append(importlib.import_module(name).__name__)
    return tuple(found)


LOADED: Final = (*_loaded(chimeric), *_loaded(chimeric_testing), httpx, pytest)
"""Nothing of a plugin: those read the provider that is spoilt."""

ORDER: Final = (
    *("told_as", "answers_are", "declaration", "oddities", "sent_back_as", "requests_are"),
    *("keys_are", "odd_calls", "random_requests", "schemas_are"),
    *("disturbed", "other_orders", "odd_answers"),
    *("", "random", "sync_and_async", "key_and_all_headers"),
    *("split_position", "cut_off_stream"),
)
"""Words in the names of tests: what tells most in the least time judges first; "" for the rest."""
PLACES: Final = tuple((place, word) for place, word in enumerate(ORDER) if word)

Verdict = Literal["rejected", "alive", "hangs", "equivalent"]
"""``equivalent`` are those that live and are in the table of :mod:`.equivalent`."""


class Subject(NamedTuple):
    """A provider whose plugin is spoilt, and the kit's classes in its tests, which judge: one for
    each protocol that it speaks."""

    package: str
    folder: Path
    contracts: tuple[Path, ...]


def _subject(name: str) -> Subject:
    plugin = ROOT / "plugins" / f"chimeric-{name}"
    package = f"chimeric_{name.replace('-', '_')}"
    contracts = tuple(sorted((plugin / "tests").glob("test_*contract.py")))
    return Subject(package, plugin / package, contracts)


PROVIDERS: Final = {name: _subject(name) for name in ("anthropic", "google", "cohere")}


class _CheapFirst:
    """A plugin of pytest's: what rejected most of the module's mutants before judges first."""

    def __init__(self, first: Sequence[str]) -> None:
        self._first = first
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=self._place)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def _place(self, item: pytest.Item) -> int:
        if item.nodeid in self._first:
            return self._first.index(item.nodeid) - len(self._first)
        return next((n for n, word in PLACES if word in item.name), ORDER.index(""))


class _Spoilt(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from the mutant's text."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._mutant.module:
            return None
        origin = self._mutant.path
        folder = [str(Path(origin).parent)] if origin.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            name, origin, loader=self, submodule_search_locations=folder
        )

    def exec_module(self, module: ModuleType) -> None:
        code = compile(self._mutant.source(), self._mutant.path, "exec")
        exec(code, module.__dict__)


def _judge(
    mutant: Mutant | None, subject: Subject, *, bare: bool, first: Sequence[str]
) -> tuple[int, str]:
    """The exit code of pytest, and the test that failed."""
    if mutant is not None:
        sys.meta_path.insert(0, _Spoilt(mutant))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", "--tb=no", "--assert=plain", "--noconftest"]
    if bare:
        options += ["-k", "not approved"]
    judges = _CheapFirst(first)
    code = int(pytest.main([*map(str, subject.contracts), *options], plugins=[judges]))
    return code, judges.failed


def is_sound(subject: Subject, *, bare: bool = False) -> bool:
    """Whether the provider passes as it is: else no verdict on a mutant means anything."""
    child, ended = _start(None, subject, bare)
    _, status = os.waitpid(child, 0)
    os.close(ended)
    return os.waitstatus_to_exitcode(status) == 0


def tried(
    mutants: Sequence[Mutant], subject: Subject, *, bare: bool = False, at_once: int = 2
) -> Iterator[tuple[Mutant, Verdict]]:
    """The verdict on each of them, as it is found.

    Args:
        mutants: what is tried.
        subject: the provider that they are of.
        bare: without the file of what was approved.
        at_once: how many processes run at a time.
    """
    waiting, running = list(reversed(mutants)), dict[int, tuple[Mutant, int, float]]()
    used: dict[int, float] = {}
    judged: dict[str, Counter[str]] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            mutant = waiting.pop()
            known = judged.setdefault(mutant.module, Counter())
            child, ended = _start(mutant, subject, bare, [name for name, _ in known.most_common()])
            running[ended] = (mutant, child, time.monotonic() + PATIENCE)
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for ended, (mutant, child, until) in list(running.items()):
            late = time.monotonic() > until
            if late and (now := _processor_time(child)) > used.get(child, 0.0) + 1:
                used[child], late = now, False
                running[ended] = (mutant, child, time.monotonic() + PATIENCE / 3)
            if ended not in ready and not late:
                continue
            if late:
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if failed := os.read(ended, 4096).decode():
                judged[mutant.module][failed] += 1
            os.close(ended)
            del running[ended]
            code = os.waitstatus_to_exitcode(status)
            late = late or code in (-signal.SIGXCPU, -signal.SIGKILL)
            yield mutant, "hangs" if late else "rejected" if code else "alive"


def _processor_time(child: int) -> float:
    """Seconds that a child has used of the processor; 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _start(
    mutant: Mutant | None, subject: Subject, bare: bool, first: Sequence[str] = ()
) -> tuple[int, int]:
    """A child that judges, and a pipe that tells which test failed when it ends."""
    ended, kept = os.pipe()
    child = os.fork()
    if child:
        os.close(kept)
        return child, ended
    code = 1
    try:
        code, failed = _judge(mutant, subject, bare=bare, first=first)
        os.write(kept, failed.encode()[:4096])
    finally:
        os._exit(code)
