"""A whole turn, for the hook that sees it before tools run."""

from __future__ import annotations

import msgspec

from chimeric.values.deltas import Delta, FinishReason
from chimeric.values.messages import ProviderState, ToolCall
from chimeric.values.usage import Usage

__all__ = ["FinishedTurn"]


class FinishedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What ``chimeric_finish_turn`` is given.

    Attributes:
        text: the turn's text as the caller was given it.
        reasoning: its reasoning, or None.
        tool_calls: the completed calls.
        finish_reason: the unified reason.
        usage: token counts, where the provider told them.
        deltas: what the provider sent, in order, before any middleware. ``chimeric_answer`` can
            give them out again. Empty where middleware ended the turn, or the answer was gone
            on with by another request: what came is a part of it.
        state: what the provider wants echoed of this turn, with the name of its protocol, or None.

    Example:
        >>> FinishedTurn(text="Hi", finish_reason="stop").deltas
        ()
    """

    text: str
    finish_reason: FinishReason | None
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    deltas: tuple[Delta, ...] = ()
    state: ProviderState | None = None
