"""A plugin that asks, in one of its hooks, for what comes late or never."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from chimeric import Context, HTTPRequest, fetch, hookimpl, run, wait

from .places import plugin_in

EFFECTS = ("wait", "fetch", "run")


class Stuck:
    """One hook, which asks.

    Attributes:
        asked: set when it asks.
        left: what ended it there, by name.
    """

    def __init__(self, place: str, effect: str, url: str) -> None:
        self._effect, self._url = effect, url
        self._released = threading.Event()
        self.asked = threading.Event()
        self.left: list[str] = []
        self.plugin = plugin_in(place, self.asks)

    def asks(self) -> Iterator[Any]:
        """Ask, for a hook to ``yield from``."""
        self.asked.set()
        try:
            match self._effect:
                case "wait":
                    yield from wait(600)
                case "fetch":
                    yield from fetch(HTTPRequest(url=f"{self._url}/hang"))
                case "run":
                    yield from run(self._released.wait)
                case "short wait":
                    yield from wait(0.2)
                case "short run":
                    yield from run(self._released.wait, 0.2)
        except BaseException as fault:
            self.left.append(type(fault).__name__)
            raise
        self.left.append("answered")

    def release(self) -> None:
        """Let the thread of a function that never returned end."""
        self._released.set()


class Told:
    """How calls ended, as observers are told."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    @hookimpl
    def chimeric_stream_finished(self, context: Context) -> None:
        self.ends.append("closed early" if context.closed_early else "finished")

    @hookimpl
    def chimeric_stream_failed(self, error: BaseException) -> None:
        self.ends.append(type(error).__name__)
