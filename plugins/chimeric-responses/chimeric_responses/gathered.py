"""What is gathered from items before it becomes one ``Delta``."""

from __future__ import annotations

from typing import Any

from chimeric import ToolCallDelta

__all__ = ["Gathered"]


class Gathered:
    """Texts, calls and the rest, each in the order of the items."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.calls: list[ToolCallDelta] = []
        self.citations: list[Any] = []
        self.server_tools: list[Any] = []

    def fields(self) -> dict[str, Any]:
        """The same as fields of a ``Delta``; empty when nothing was gathered."""
        told: dict[str, Any] = {
            "text": "".join(self.text),
            "reasoning": "\n\n".join(self.reasoning),
            "refusal": "".join(self.refusal),
            "tool_calls": tuple(self.calls),
            "citations": tuple(self.citations),
            "server_tools": tuple(self.server_tools),
        }
        return {name: value for name, value in told.items() if value}
