"""The accumulated state of a call: what was delivered, over all turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from chimeric.errors import PluginError
from chimeric.values.chunks import StreamChunk, ToolExecutionResult
from chimeric.values.deltas import Event, FinishReason
from chimeric.values.messages import Message, ProviderState, ToolCall
from chimeric.values.requests import Request
from chimeric.values.text_log import TextLog
from chimeric.values.usage import MISSING, Usage

from .turn import Turn

if TYPE_CHECKING:
    from chimeric.values.chunks import Source
    from chimeric.values.responses import CompletionResponse

    from .blocks.shown import Place, Shown

__all__ = ["Answer"]


class Answer(msgspec.Struct, eq=False):
    """Everything that was delivered to the caller, over all turns of a call.

    ``withheld_by`` names the plugin whose processor withholds: then nothing else that the provider
    sent is told, and no opaque state is kept.
    """

    request: Request
    log: TextLog = msgspec.field(default_factory=TextLog)
    reasoning: list[str] = []
    refusal: list[str] = []
    tool_calls: list[ToolCall] = []
    tool_results: list[ToolExecutionResult] = []
    pending: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason | None = None
    history: list[Message] = []
    finished_usage: list[Usage] = []
    turn: Turn | None = None
    turn_metadata: list[dict[str, Any]] = []
    last_event: Event | None = None
    native: Callable[[Event], Any] | None = None
    parsed: Any = None
    withheld_by: str | None = None
    order: list[tuple[str, Place, int]] = []
    shown: Shown | None = None
    broken: bool = False
    _thinking: Source | None = None
    _marks: tuple[int, int, int] = (0, 0, 0)
    _calls_before: int = 0
    _has_shown: bool = False
    _echo_told: bool = False
    _told: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.history = list(self.request.messages)

    def begin(self, turn: Turn) -> None:
        """A request of a turn begins (again), or goes on where the one before was cut."""
        before = self.turn
        if turn.goes_on and before is not None:
            turn.first_block, self.turn = before.first_block, turn
            self.finished_usage.append((before.usage or MISSING) + MISSING)
            return
        if before is not None and before.number == turn.number and self.has_content():
            blocks = before.blocks
            turn.first_block = before.first_block + 1 if blocks is None else blocks.count
        self.turn = turn
        self.text_of(turn.number, turn.first_block)
        self._told = None
        self.finish_reason = None
        self._marks = (self.log.size, len(self.reasoning), len(self.refusal))
        self._has_shown = False
        self._calls_before = len(self.tool_calls)

    def text_of(self, turn: int, block: int | None) -> None:
        """The text that is delivered from now on belongs to this block."""
        self.order.append(("text", (turn, block or 0), self.log.size))

    def delivered(self, chunk: StreamChunk) -> None:
        """Keep what a chunk says besides its text."""
        if chunk.reasoning:
            if chunk._source is not self._thinking:
                self._thinking = chunk._source
                place = (chunk.turn, chunk.block or 0)
                self.order.append(("reasoning", place, len(self.reasoning)))
            self.reasoning.append(chunk.reasoning)
        if chunk.refusal:
            self.refusal.append(chunk.refusal)
        if chunk.tool_results:
            self.tool_results += [r for r in chunk.tool_results if r.status == "completed"]
        for call in chunk.tool_calls:
            if call.status == "completed":
                place = (chunk.turn, chunk.block or 0)
                self.order.append(("call", place, len(self.tool_calls)))
                self.tool_calls.append(ToolCall(call.id, call.name, call.arguments, call.kind))
        if chunk._more is not None:
            self._show(chunk)
        if chunk.finish_reason:
            self.finish_reason = chunk.finish_reason
            self._told = chunk.metadata  # middleware may have added to it

    def _show(self, chunk: StreamChunk) -> None:
        """Keep what few chunks have."""
        if chunk.server_tools or chunk.files or chunk.citations:
            if self.shown is None:
                from .blocks.shown import Shown

                self.shown = Shown()
            self.shown.add(chunk)
            self._has_shown = True
        elif chunk.logprobs:
            self._has_shown = True

    def has_content(self) -> bool:
        """Whether content of the current request was delivered, or a tool call was begun."""
        text, reasoning, refusal = self._marks
        return (
            self.log.size > text
            or len(self.reasoning) > reasoning
            or len(self.refusal) > refusal
            or (self.turn is not None and bool(self.turn.tools))
            or self._has_shown
        )

    def has_text(self) -> bool:
        """Whether text of the current request was delivered."""
        return self.log.size > self._marks[0]

    def turn_text(self) -> str:
        """The text of the current or last request."""
        return self.log.between(self._marks[0], self.log.size)

    def turn_reasoning(self) -> str | None:
        """The reasoning of the current or last request."""
        return "".join(self.reasoning[self._marks[1] :]) or None

    def cut(self, reason: FinishReason) -> None:
        """Middleware ends the turn.

        Raises:
            PluginError: when there is none, or for a reason that is none.
        """
        if self.turn is None or reason not in get_args(FinishReason):
            wanted = f"one of {', '.join(get_args(FinishReason))}, while a turn is answered"
            raise PluginError(f"end_turn({reason!r}): {wanted}")
        self.turn.end(reason)

    def end_turn(self, api: str | None) -> tuple[ToolCall, ...]:
        """A turn is complete: its message joins the history. Returns its tool calls."""
        turn = self.turn
        assert turn is not None
        if self.withheld_by is not None:
            from .withheld import tell_of_reasoning

            tell_of_reasoning(self, turn, self.withheld_by)
        message = self._message(turn, api)
        self.history.append(message)
        self.finished_usage.append(turn.usage or MISSING)
        self.turn_metadata.append(self._metadata(turn) if self._told is None else self._told)
        self.turn = None
        return message.tool_calls

    def _metadata(self, turn: Turn) -> dict[str, Any]:
        if self.withheld_by is None:
            return turn.metadata()
        from .withheld import released

        return released(turn.metadata(), turn)

    def _message(self, turn: Turn, api: str | None) -> Message:
        text, reasoning, refusal = self._marks
        if self.withheld_by is not None:
            return Message(
                "assistant",
                self.log.between(text, self.log.size),
                tool_calls=() if turn.cut else tuple(self.tool_calls[self._calls_before :]),
                refusal="".join(self.refusal[refusal:]) or None,
            )
        # Opaque items hold the calls too: those that nobody answers cannot be sent back.
        disowned = turn.tools is not None and turn.tools.disowned()
        state = None if disowned or turn.cut else turn.state
        if isinstance(state, list):
            state = ProviderState(api, state) if api else None
        return Message(
            "assistant",
            self.log.between(text, self.log.size),
            tool_calls=turn.calls(),
            reasoning="".join(self.reasoning[reasoning:]) or None,
            refusal="".join(self.refusal[refusal:]) or None,
            state=state,
        )

    def response(self) -> CompletionResponse:
        """What was delivered so far, as the caller's own copy."""
        from .response import response_of  # whoever only reads the chunks asks for none

        return response_of(self)
