"""What is known of one turn: what the provider said of it, besides its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from chimeric.errors import ChimericError, warn_of_plugin
from chimeric.values.chunks import ToolCallChunk
from chimeric.values.deltas import Delta, ErrorInfo, Event, FinishReason
from chimeric.values.messages import ProviderState, ToolCall
from chimeric.values.usage import Usage

if TYPE_CHECKING:
    from chimeric.values.blocks.server_tools import ServerToolChunk

    from .blocks.numbers import Blocks
    from .blocks.server_tools import ServerTools
    from .blocks.tool_calls import ToolStream

__all__ = ["Turn"]


class Turn(msgspec.Struct, eq=False):
    """What the provider said of one response, besides its text.

    ``done`` stops the reading: the terminal signal came, or an ``error``. ``progress`` is raised
    by content that may not show as a chunk (middleware holds it back), for the ``gap`` limit.
    ``ending`` says that a finish reason, an error or the terminal signal was told, ``resumed``
    that the answer went on after a finish reason, which was none, then. ``goes_on`` says that it
    takes up the text of a turn that was cut. ``deltas`` is all that the provider sent, where
    somebody asks for it. ``cut`` is the reason for which middleware ended it. ``counts`` are the
    token counts that were told, ``running`` asks the parser for those that it has not told yet.
    """

    number: int
    provider: str
    asked_model: str
    goes_on: bool = False
    id: str | None = None
    model: str | None = None
    request_id: str | None = None
    finish_reason: FinishReason | None = None
    finish_native: str | None = None
    finish_detail: Any = None
    finish_event: Event | None = None
    counts: Usage | None = None
    running: Callable[[], Usage | None] | None = None
    usage_native: Any = None
    citations: list[Any] = []
    server_tools_told: list[Any] = []
    server_tools: ServerTools | None = None
    first_block: int = 0
    blocks: Blocks | None = None
    extra: dict[str, Any] = {}
    state: list[Any] | ProviderState | None = None
    refused: bool = False
    error: ErrorInfo | None = None
    error_raw: bytes = b""
    progress: bool = False
    held: float = 0.0
    ending: bool = False
    resumed: bool = False
    done: bool = False
    cut: FinishReason | None = None
    deltas: list[Delta | str] | None = None
    tools: ToolStream | None = None

    @property
    def usage(self) -> Usage | None:
        """The latest token counts; where the parser fails to tell them, the latest before."""
        try:
            return (self.running and self.running()) or self.counts
        except ChimericError as fault:  # the end of a whole answer raises it
            warn_of_plugin(fault.message)
            return self.counts

    def tool_stream(self) -> ToolStream:
        """The tool calls of the turn, of which one more event tells."""
        if self.tools is None:
            from .blocks.tool_calls import ToolStream

            self.tools = ToolStream()
        return self.tools

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
        if self.tools is None or self.cut:
            return []
        # What goes on after a reason has no reason yet.
        return self.tools.close(None if self.resumed else self.finish_reason)

    def close_server_tools(self) -> list[ServerToolChunk]:
        """The turn has ended well: end the tools that the provider did not end.

        What it paused goes on in the next turn.
        """
        if self.server_tools is None or self.cut or self.finish_reason == "pause":
            return []
        return self.server_tools.close()

    def calls(self) -> tuple[ToolCall, ...]:
        """The completed calls."""
        return self.tools.calls() if self.tools is not None and not self.cut else ()

    def end(self, reason: FinishReason) -> None:
        """Middleware ends the turn: nothing more of it is read, and none of its calls is made."""
        if (usage := self.usage) is not None and not self.ended:
            self.counts, self.running = replace(usage, source="partial"), None
        self.cut = reason
        self.deltas = None if self.deltas is None else []  # they are no whole answer
        self.done = self.ending = True

    def apply(self, delta: Delta, event: Event | None) -> None:
        """Keep what a delta says besides text and tool calls."""
        if delta.id:
            self.id = delta.id
        if delta.model:
            self.model = delta.model
        if delta.usage is not None:
            self.counts = delta.usage
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
        reason, calls = self.cut or self.finish_reason, self.calls()
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
