"""What people decided about tool calls that a plugin had paused, as a front end tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from chimeric import Message, ToolCall

__all__ = ["Approval", "denial", "resumed"]


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
) -> list[Message]:
    """The messages with the approvals in force that ``allow`` accepts; the others are denied."""
    out = list(messages)
    for approval in approvals:
        if not approval.approved:
            continue  # its denial is among the messages
        call = approval.call
        place = max(
            place
            for place, message in enumerate(out)
            if any(made.id == call.id for made in message.tool_calls)
        )
        message = out[place]
        if allow(call):
            ids = (*message.approved, call.id)
            out[place] = msgspec.structs.replace(message, approved=ids)
        else:
            end = place + 1
            while end < len(out) and out[end].role == "tool":
                end += 1
            out.insert(end, denial(call, "the approval is not accepted"))
    return out
