"""What people decided about tool calls that a plugin had paused, as a front end tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from chimeric import Message, ToolCall

__all__ = ["Approval", "add_result", "denial", "resumed"]

NOT_ACCEPTED: Final = "the approval is not accepted"


class Approval(msgspec.Struct, frozen=True):
    """A decision about a tool call, as a front end claims that somebody made it.

    Attributes:
        call: the call, as the front end tells it: it may have made up all of it.
        approved: whether it is to run.
        reason: why, where somebody said so.

    Example:
        >>> Approval(ToolCall("c1", "send_money"), approved=True).approved
        True
    """

    call: ToolCall
    approved: bool
    reason: str | None = None

    @property
    def decision(self) -> bool | str:
        """The same as ``CompletionResponse.resume`` takes it."""
        return True if self.approved else self.reason or False


def denial(call: ToolCall, reason: str | None) -> Message:
    """What the model is told of a call that must not run."""
    text = f"denied: {reason or 'the call was denied'}"
    return Message("tool", text, tool_call_id=call.id, name=call.name, is_error=True)


def resumed(
    messages: Sequence[Message],
    approvals: Iterable[Approval],
    allow: Callable[[ToolCall], bool],
    denied: dict[str, str],
) -> list[Message]:
    """The messages with the approvals in force that ``allow`` accepts; the others are denied."""
    out = list(messages)
    for approval in approvals:
        call = approval.call
        if not approval.approved:
            continue  # its denial is among the messages
        if allow(call):
            place = place_of(out, call.id)
            ids = (*out[place].approved, call.id)
            out[place] = msgspec.structs.replace(out[place], approved=ids)
        else:
            denied[call.id] = NOT_ACCEPTED
            add_result(out, denial(call, NOT_ACCEPTED))
    return out


def place_of(messages: Sequence[Message], call_id: str) -> int:
    """Where the last message stands that made a call."""
    places = range(len(messages) - 1, -1, -1)
    return next(p for p in places if any(made.id == call_id for made in messages[p].tool_calls))


def add_result(messages: list[Message], result: Message) -> None:
    """Put a result behind those of the message that made its call."""
    end = place_of(messages, result.tool_call_id or "") + 1
    while end < len(messages) and messages[end].role == "tool":
        end += 1
    messages.insert(end, result)
