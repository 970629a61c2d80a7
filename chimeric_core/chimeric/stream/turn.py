"""What is known of one turn: what the provider said of it, besides its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric.values.chunks import ToolCallChunk
from chimeric.values.deltas import Delta, ErrorInfo, Event, FinishReason, ToolCallDelta
from chimeric.values.messages import ProviderState, ToolCall
from chimeric.values.usage import Usage

if TYPE_CHECKING:
    from chimeric.values.blocks.server_tools import ServerToolChunk

    from .blocks.numbers import Blocks
    from .blocks.server_tools import ServerTools
    from .blocks.tool_calls import ToolStream

__all__ = ["Turn"]


class Turn:
    """What the provider said of one response, besides its text.

    ``done`` stops the reading: the terminal signal came, or an ``error``. ``progress`` is raised
    by content that may not show as a chunk (middleware holds it back), for the ``gap`` limit.
    ``ending`` says that a finish reason, an error or the terminal signal was told, ``resumed``
    that the answer went on after a finish reason, which was none, then. ``deltas`` is all that the
    provider sent, where somebody asks for it.
    """

    __slots__ = (
        "asked_model",
        "blocks",
        "citations",
        "deltas",
        "done",
        "ending",
        "error",
        "error_raw",
        "extra",
        "finish_detail",
        "finish_event",
        "finish_native",
        "finish_reason",
        "first_block",
        "held",
        "id",
        "model",
        "number",
        "progress",
        "provider",
        "refused",
        "request_id",
        "resumed",
        "server_tools",
        "server_tools_told",
        "state",
        "tools",
        "usage",
        "usage_native",
    )

    def __init__(self, number: int, provider: str, model: str) -> None:
        self.number = number
        self.provider = provider
        self.asked_model = model
        self.id: str | None = None
        self.model: str | None = None
        self.request_id: str | None = None
        self.finish_reason: FinishReason | None = None
        self.finish_native: str | None = None
        self.finish_detail: Any = None
        self.finish_event: Event | None = None
        self.usage: Usage | None = None
        self.usage_native: Any = None
        self.citations: list[Any] = []
        self.server_tools_told: list[Any] = []
        self.server_tools: ServerTools | None = None
        self.first_block = 0
        self.blocks: Blocks | None = None
        self.extra: dict[str, Any] = {}
        self.state: list[Any] | ProviderState | None = None
        self.refused = False
        self.error: ErrorInfo | None = None
        self.error_raw = b""
        self.progress = False
        self.held = 0.0
        self.ending = False
        self.resumed = False
        self.done = False
        self.deltas: list[Delta | str] | None = None
        self.tools: ToolStream | None = None

    def add_call(self, delta: ToolCallDelta) -> list[ToolCallChunk]:
        """Take what an event adds to a tool call; return what there is to tell of it."""
        if self.tools is None:
            from .blocks.tool_calls import ToolStream

            self.tools = ToolStream()
        return self.tools.add(delta)

    def add_server_tool(self, tool: ServerToolChunk) -> bool:
        """Take what an event says of a tool that the provider runs; whether it is to be told."""
        if tool.native is not None:
            self.server_tools_told.append(tool.native)
        if self.server_tools is None:
            from .blocks.server_tools import ServerTools

            self.server_tools = ServerTools()
        return self.server_tools.add(tool)

    def call_size(self) -> int:
        """A number that grows with each call and each character of arguments."""
        return self.tools.size() if self.tools is not None else 0

    def close_calls(self) -> list[ToolCallChunk]:
        """The turn has ended: complete its calls, if it ended well."""
        if self.tools is None:
            return []
        # What goes on after a reason has no reason yet.
        return self.tools.close(None if self.resumed else self.finish_reason)

    def close_server_tools(self) -> list[ServerToolChunk]:
        """The turn has ended well: end the tools that the provider did not end.

        What it paused goes on in the next turn.
        """
        if self.server_tools is None or self.finish_reason == "pause":
            return []
        return self.server_tools.close()

    def calls(self) -> tuple[ToolCall, ...]:
        """The completed calls."""
        return self.tools.calls() if self.tools is not None else ()

    def apply(self, delta: Delta, event: Event | None) -> None:
        """Keep what a delta says besides text and tool calls."""
        if delta.id:
            self.id = delta.id
        if delta.model:
            self.model = delta.model
        if delta.usage is not None:
            self.usage = delta.usage
        if delta.usage_native is not None:
            self.usage_native = delta.usage_native
        if delta.finish_reason is not None:
            self.finish_reason = delta.finish_reason
            self.finish_event = event
            self.ending, self.resumed = True, False
        if delta.finish_reason_native is not None:
            self.finish_native = delta.finish_reason_native
        if delta.finish_detail is not None:
            self.finish_detail = delta.finish_detail
        if delta.metadata:
            self.extra.update(delta.metadata)
        if delta.state is not None:
            self.state = delta.state
        if delta.error is not None:
            self._fail(delta.error, event)
        if delta.done and self.error is None:  # nothing that comes after an error undoes it
            self.done = self.ending = True
            self.finish_event = self.finish_event or event

    def _fail(self, error: ErrorInfo, event: Event | None) -> None:
        """Keep an error; the words of one that came without any may follow."""
        if self.error is None or not error.untold:
            self.error = error
            self.error_raw = event.data if event is not None else b""
        self.done = not self.error.untold
        self.ending = True

    def reason(self) -> FinishReason:
        """The unified finish reason of a complete turn."""
        reason, calls = self.finish_reason, self.calls()
        if reason == "stop" and self.refused:
            return "refusal"
        if calls and reason in ("stop", None):
            return "tool_calls"
        if reason == "tool_calls" and self.tools and not calls:
            return "other"  # none of the calls that it speaks of is to be made
        return reason or "other"

    @property
    def ended(self) -> bool:
        """Whether the provider said that the answer is complete."""
        return self.done or (self.finish_reason is not None and not self.resumed)

    def metadata(self) -> dict[str, Any]:
        """What the last chunk of the turn tells; only what the provider sent."""
        known = {
            "provider": self.provider,
            "model": self.model or self.asked_model,
            "id": self.id,
            "request_id": self.request_id,
            "finish_reason_native": self.finish_native,
            "finish_detail": self.finish_detail,
            "usage": self.usage,
            "usage_native": self.usage_native,
            "citations": self.citations or None,
            "server_tool_calls": self.server_tools_told or None,
        }
        told = {name: value for name, value in known.items() if value is not None}
        return {**self.extra, **told}
