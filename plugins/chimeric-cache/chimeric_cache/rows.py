"""What a store keeps for a key: one turn, as bytes of JSON with a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from chimeric import Delta, FinishedTurn, ProviderState, ToolCall, ToolCallDelta, Usage

__all__ = ["VERSION", "Row"]

VERSION: Final = 1


class _Versioned(msgspec.Struct):
    v: int = 0


class Row(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A turn that ended well.

    Attributes:
        v: the version of this form.
        at: when it was kept, in seconds of the epoch.
        deltas: what the provider sent, without its token counts and what it wants echoed.
        usage: the token counts.
        native: the same, as the provider sent them.
        state: what the provider wants echoed in the next turn.
        provider: who answered.
        model: the model that was asked, in the provider's own words.
        pace: for each of some moments, in order, the seconds since the request and the characters
            that had come by then.
    """

    v: int
    at: float
    deltas: list[Delta]
    usage: Usage | None = None
    native: Mapping[str, Any] | None = None
    state: ProviderState | None = None
    provider: str = ""
    model: str = ""
    pace: list[tuple[float, int]] = []

    @classmethod
    def of(
        cls,
        turn: FinishedTurn,
        *,
        at: float,
        provider: str = "",
        model: str = "",
        pace: Sequence[tuple[float, int]] = (),
    ) -> Row:
        """A row of a turn. Calls to which the provider gave no id keep the one that they got."""
        kept = [_without_what_is_kept_once(delta) for delta in turn.deltas]
        if turn.tool_calls and not any(call.id for delta in kept for call in delta.tool_calls):
            kept = _identified(kept, turn.tool_calls)
        native = [delta.usage_native for delta in turn.deltas if delta.usage_native is not None]
        return cls(
            v=VERSION,
            at=at,
            deltas=kept,
            usage=turn.usage,
            native=native[-1] if native else None,
            state=turn.state,
            provider=provider,
            model=model,
            pace=list(pace),
        )

    def encoded(self) -> bytes:
        """The bytes to keep.

        Raises:
            TypeError: where a plugin's delta holds what has no JSON form.
        """
        return msgspec.json.encode(self)

    @classmethod
    def decoded(cls, data: bytes) -> Row | None:
        """The row that some bytes are; None for one of another version.

        Raises:
            msgspec.DecodeError: for bytes that are no row, or one without an answer.
        """
        if msgspec.json.decode(data, type=_Versioned).v != VERSION:
            return None
        row = msgspec.json.decode(data, type=cls)
        if not row.deltas:
            raise msgspec.DecodeError("the row has no answer")
        row.deltas = [_keyed(delta) for delta in row.deltas]
        return row


def _without_what_is_kept_once(delta: Delta) -> Delta:
    if delta.usage is None and delta.usage_native is None and delta.state is None:
        return delta
    return msgspec.structs.replace(delta, usage=None, usage_native=None, state=None)


def _identified(deltas: list[Delta], calls: Sequence[ToolCall]) -> list[Delta]:
    """The deltas with the calls' ids: the next turn, which names them, is known by them again."""
    indices: set[int] = set()
    ids = iter(call.id for call in calls)
    told: list[Delta] = []
    for delta in deltas:
        pieces: list[ToolCallDelta] = []
        for piece in delta.tool_calls:
            begins = bool(piece.name) if piece.index is None else piece.index not in indices
            if piece.index is not None:
                indices.add(piece.index)
            named = next(ids, None) if begins else None
            pieces.append(msgspec.structs.replace(piece, id=named) if named else piece)
        told.append(msgspec.structs.replace(delta, tool_calls=tuple(pieces)) if pieces else delta)
    return told


def _keyed(delta: Delta) -> Delta:
    """The delta with a block that can be a key: JSON has no tuples."""
    block: object = delta.block
    if not isinstance(block, list):
        return delta
    return msgspec.structs.replace(delta, block=_tuple(cast("list[object]", block)))


def _tuple(value: object) -> object:
    return tuple(map(_tuple, cast("list[object]", value))) if isinstance(value, list) else value
