"""The tools that every case is offered, in the forms that the libraries want."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["TOOLS", "function", "functions_noting"]

TOOLS: dict[str, tuple[str, str, str]] = {
    "wipe": ("Wipe it.", "what", "string"),
    "look": ("Look it up.", "q", "integer"),
    "pay": ("Pay.", "amount", "integer"),
}
"""What it does, and its one parameter."""


def schema(parameter: str, kind: str) -> dict[str, Any]:
    """The parameters' schema."""
    return {
        "type": "object",
        "properties": {parameter: {"type": kind}},
        "required": [parameter],
        "additionalProperties": False,
    }


def function(name: str) -> dict[str, Any]:
    """Name, description and parameters."""
    what, parameter, kind = TOOLS[name]
    return {"name": name, "description": what, "parameters": schema(parameter, kind)}


def functions_noting(runs: list[str]) -> list[Callable[..., str]]:
    """The tools as functions that note when they run."""

    def wipe(what: str = "everything") -> str:
        """Wipe it.

        Args:
            what: what to wipe
        """
        runs.append("wipe")
        return "wiped"

    def look(q: int = 0) -> str:
        """Look it up.

        Args:
            q: what to look up
        """
        runs.append("look")
        return "seen"

    def pay(amount: int = 0) -> str:
        """Pay.

        Args:
            amount: how much
        """
        runs.append("pay")
        return "paid"

    return [wipe, look, pay]
