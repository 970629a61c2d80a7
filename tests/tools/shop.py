"""A shop whose tools note what ran, and gates that say what its rules say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chimeric import Pause, Tool, ToolCall, hookimpl, run

from .crew import Crew, Heard, calls, listen

NO_RESULT = "not run, or ended before it had a result"


class Gate:
    """Says what its rules say of a tool."""

    def __init__(self, **rules: Any) -> None:
        self._rules = rules
        self.asked: list[str] = []

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Any:
        self.asked.append(call.name)
        verdict = self._rules.get(call.name)
        return verdict(call) if callable(verdict) else verdict


class AskingGate(Gate):
    """The same, as a generator."""

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Iterator[Any]:
        self.asked.append(call.name)
        return (yield from run(self._rules.get, call.name))


class Shop:
    """Tools that note what ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def tools(self) -> list[Tool]:
        return [self._tool(name) for name in ("pay", "ship", "look", "wrap")]

    def _tool(self, name: str) -> Tool:
        def function(amount: int = 1) -> str:
            self.ran.append(name)
            return f"{name} {amount}"

        return Tool(name=name, function=function)


PAUSED: dict[str, Any] = {"pay": Pause("over the limit"), "ship": "not today"}


def paused(crew: Crew, mode: str = "sync", shop: Shop | None = None) -> tuple[Heard, Shop]:
    """Three calls, of which one is paused, one denied, one run."""
    shop = shop or Shop()
    client = crew.client(Gate(**PAUSED))
    heard = listen(mode, client, calls("pay", "ship", "look"), tools=shop.tools())
    return heard, shop
