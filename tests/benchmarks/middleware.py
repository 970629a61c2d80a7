"""What each middleware costs a plain text event: absent, installed and not used, and in use.

``python -m tests.benchmarks.middleware`` measures here and puts the table into the page; ``--json``
prints the figures. ``python -m tests.benchmarks`` does so in an environment of its own.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from chimeric import Chimeric

from .instructions import NOISE, Asks, difference, reader
from .page import PAGE, put

__all__ = ["MIDDLEWARE", "Figures", "Use", "costs", "section", "settings"]

HEADING = "## Cost of each middleware"

NOTE = """What a plain text event (OpenAI chat) costs more with one middleware than without any,
answers out of memory. Bytecode instructions are counted in the thread that reads; microseconds are
CPU of the whole process, with what a middleware does in threads and at the end of an answer, spread
over its events. *Installed* is a distribution that is there and not used: neither given to the
client nor switched on by its variable. *Burst*: all events in one read; *alone*: each in a read of
its own. A test holds what is installed at zero instructions.

"""

COUNTS = (1000, 11000)
"""Events of the two streams whose difference is timed."""

ROUNDS = 7


class Use(NamedTuple):
    """One middleware in use.

    Attributes:
        plugin: what a client is given; None for one that makes the calls of a client in its place.
        asks: what makes the calls.
        installed: the name of its entry point; "" where it has none.
    """

    plugin: object = None
    asks: Callable[[Chimeric], Asks] = lambda client: client
    installed: str = ""


def _cache(folder: Path) -> object:
    from chimeric_cache import Cache

    calls = itertools.count()
    # Each call for itself: a hit would be no answer of a provider.
    return Cache(folder / "answers.db", scope=lambda context: str(next(calls)))


def _cost(folder: Path) -> object:
    from chimeric_cost import Cost

    return Cost()


def _fallback(folder: Path) -> object:
    from chimeric_fallback import Fallback

    return Fallback({"*": ["anthropic:m"]})


def _prefill(folder: Path) -> object:
    from chimeric_fallback import Fallback

    return Fallback({"*": ["anthropic:m"]}, prefill=1)


def _guard(folder: Path) -> object:
    from chimeric_guard import Guard, words

    return Guard(words(["swordfish", "red herring"]))


def _stop_sequences(folder: Path) -> object:
    from chimeric_guard import StopSequences

    return StopSequences(["\n\nUser:"])


def _think_tags(folder: Path) -> object:
    from chimeric_guard import ThinkTags

    return ThinkTags()


def _limit(folder: Path) -> object:
    from chimeric_limit import Limit

    return Limit(requests=10**6, tokens=10**9)


def _otel(folder: Path) -> object:
    from chimeric_otel import Telemetry
    from opentelemetry.sdk.trace import TracerProvider

    return Telemetry(tracer_provider=TracerProvider())


def _record(folder: Path) -> object:
    from chimeric_record import Record

    return Record(folder / "recordings", mode="record")


def _redact(folder: Path) -> object:
    from chimeric_redact import Redact

    return Redact()


MIDDLEWARE: Mapping[str, Callable[[Path], Use]] = {
    "cache": lambda folder: Use(_cache(folder), installed="cache"),
    "cost": lambda folder: Use(_cost(folder), installed="cost"),
    "fallback": lambda folder: Use(_fallback(folder), installed="fallback"),
    "fallback, prefill": lambda folder: Use(_prefill(folder), installed="fallback"),
    "guard, words": lambda folder: Use(_guard(folder), installed="guard"),
    "guard, StopSequences": lambda folder: Use(_stop_sequences(folder), installed="guard"),
    "guard, ThinkTags": lambda folder: Use(_think_tags(folder), installed="guard"),
    "limit": lambda folder: Use(_limit(folder), installed="limit"),
    "otel": lambda folder: Use(_otel(folder), installed="otel"),
    "record": lambda folder: Use(_record(folder), installed="record"),
    "redact": lambda folder: Use(_redact(folder), installed="redact"),
}
"""A row of the table for each."""

Figures = dict[str, dict[str, float]]


def costs() -> Figures:
    """The figures of each middleware; those of none are the costs of the event itself."""
    with tempfile.TemporaryDirectory() as folder:
        uses = {"none": Use()} | {name: use(Path(folder)) for name, use in MIDDLEWARE.items()}
        figures: Figures = {name: {} for name in uses}
        for name, use in uses.items():
            for way in ("burst", "alone"):
                figures[name][f"used {way}"] = _counted(use, way)
                if use.installed:
                    figures[name][f"installed {way}"] = _counted(Use(installed=use.installed), way)
        for way in ("burst", "alone"):
            for name, seconds in _timed(uses, way).items():
                figures[name][f"microseconds {way}"] = seconds * 1e6
        return figures


def _counted(use: Use, way: str) -> float:
    return difference("chat", burst=way == "burst", **settings(use))


def settings(use: Use) -> dict[str, Any]:
    """Those of ``reader``: one that is installed and has no plugin is not used."""
    installed = (use.installed,) if use.installed and use.plugin is None else ()
    plugins = () if use.plugin is None else (use.plugin,)
    return {"plugins": plugins, "installed": installed, "asks": use.asks}


def _timed(uses: Mapping[str, Use], way: str) -> dict[str, float]:
    """Seconds of CPU for an event, each in turn, the least of several rounds."""
    with ExitStack() as clients:
        readers = {
            name: [
                clients.enter_context(reader("chat", count, burst=way == "burst", **settings(use)))
                for count in COUNTS
            ]
            for name, use in uses.items()
        }
        least = {name: [float("inf")] * 2 for name in uses}
        for _ in range(ROUNDS):
            for name, pair in readers.items():
                for place, read in enumerate(pair):
                    gc.collect()
                    began = time.process_time()
                    read()
                    least[name][place] = min(least[name][place], time.process_time() - began)
    return {name: (many - few) / (COUNTS[1] - COUNTS[0]) for name, (few, many) in least.items()}


def section(figures: Figures) -> str:
    """The part of the page."""
    heads = ["middleware", "instructions, burst", "instructions, alone", "us, burst", "us, alone"]
    heads[1:1] = ["installed, burst", "installed, alone"]
    lines = [heads, ["---"] * len(heads)]
    none = figures["none"]
    for name, own in figures.items():
        less = none if name != "none" else dict.fromkeys(none, 0.0)
        cells = ["(the event itself)" if name == "none" else f"chimeric-{name}"]
        for way in ("burst", "alone"):
            told = own.get(f"installed {way}")
            cells.append("" if told is None else _more(told, none[f"used {way}"]))
        cells += [_more(own[f"used {w}"], less[f"used {w}"]) for w in ("burst", "alone")]
        spent = [own[f"microseconds {w}"] - less[f"microseconds {w}"] for w in ("burst", "alone")]
        lines.append([*cells, *(f"{max(0.0, us):.2f}" for us in spent)])
    table = "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
    return f"{HEADING}\n\n{NOTE}{table}\n"


def _more(instructions: float, less: float) -> str:
    more = instructions - less
    return f"{more if abs(more) >= NOISE else 0.0:.1f}"


def main() -> None:
    """Measure, and show or keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.middleware")
    parser.add_argument("--json", action="store_true", help="print the figures")
    figures = costs() if parser.parse_args().json else None
    if figures is not None:
        print(json.dumps(figures))
        return
    PAGE.write_text(put(PAGE.read_text(), section(costs())))


if __name__ == "__main__":
    main()
