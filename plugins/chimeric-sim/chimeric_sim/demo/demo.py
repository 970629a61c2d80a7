"""The demo from its beginning to its end."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from chimeric import Chimeric
from chimeric_sim.simulator import Simulator

from .crowd import crowd
from .display import Display
from .scenes import cut_stream, fallback, tool_in_mid_stream
from .tour import TOUR, Run, Stop, stream_all_stops, summary

__all__ = ["main"]

RATE = 80.0
"""Tokens per second of each answer that is shown."""


def main() -> int:
    """Run the demo; the exit code tells whether everything went as it should."""
    # The simulator is on this machine: a proxy of the environment is none of its business.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    display = Display()
    try:
        return _demo(display)
    except KeyboardInterrupt:
        display.line()
        return 130
    except BrokenPipeError:
        # The reader has gone; give the interpreter a standard output that it can flush.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _demo(display: Display) -> int:
    with Chimeric() as client:
        installed = set(client.available_providers)
    stops = [stop for stop in TOUR if stop.provider in installed]
    if not stops:
        display.line("No provider is installed that the demo knows. Install chimeric-openai or")
        display.line("chimeric-anthropic beside chimeric-sim, and run it again.")
        return 1
    with Simulator(rate=RATE, keep=0) as simulator, client_of(stops, simulator) as client:
        runs = stream_all_stops(client, stops, simulator.url, display)
        went_well = [
            tool_in_mid_stream(client, stops, display),
            cut_stream(client, stops, display),
            fallback(simulator, stops, display),
        ]
    with Simulator(keep=0) as fast, client_of(stops, fast) as client:
        went_well.append(crowd(client, runs, display))
    summary(runs, display)
    _next_steps(runs, installed, display)
    return 0 if all(went_well) and not any(run.error for run in runs) else 1


def client_of(stops: list[Stop], simulator: Simulator) -> Chimeric:
    """A client whose providers all are the simulator."""
    names = {stop.provider for stop in stops}
    return Chimeric(
        base_urls={name: simulator.base_url(name) for name in names},
        api_keys=dict.fromkeys(names, "demo"),
        timeout=30,
        max_retries=0,
    )


NARROW = 60
"""Columns of a narrow terminal: a command in a long path has its words below it."""


def _next_steps(runs: list[Run], installed: set[str], display: Display) -> None:
    missing = sorted({stop.provider for stop in TOUR} - installed)
    if missing:
        display.text("Not installed: " + ", ".join(f"chimeric-{name}" for name in missing))
        display.line()
    display.title("What to try next")
    command = _command()
    steps = {"docs/guide/getting-started.md": "the first lines of Python"}
    if command:
        steps = {
            f'{command} "Tell me a joke"': "ask the simulator",
            f"{command} chat": "talk with it",
            f"{command} sim": "serve it to your program",
            "export OPENAI_API_KEY=...": "then: -m gpt-4o",
            **steps,
        }
    else:
        steps = {"python -m chimeric_sim": "serve the simulator", **steps}
    wide = max(map(len, steps))
    beside = wide + max(map(len, steps.values())) <= NARROW - 4
    for step, what in steps.items():
        display.line(f"  {step:{wide}}  {what}" if beside else f"  {step}\n      {what}")


def _command() -> str | None:
    """How the command line can be called from here, where it is installed."""
    if shutil.which("chimeric"):
        return "chimeric"
    beside = Path(sys.executable).parent / "chimeric"
    if not beside.exists():
        return None
    with suppress(ValueError):
        return str(beside.relative_to(Path.cwd()))
    return str(beside)
