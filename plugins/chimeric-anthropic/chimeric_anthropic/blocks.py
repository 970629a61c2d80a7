"""The content blocks of one answer, and which of them an event means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric_models import thought_by

from .content import Block, echoed, is_plain
from .values import as_text

if TYPE_CHECKING:
    from chimeric import Request

SPOKEN = ("text", "thinking")
"""Blocks that need no announcement."""


class Blocks:
    """Content blocks in their order, found by their index.

    Servers leave out the index, announce a block twice, or send text at the index of a tool call.
    ``by_index`` has the block that an index means now, ``strays`` are deltas of types that are
    not known.
    """

    __slots__ = ("_all", "_repeatable", "by_index", "strays")

    def __init__(self) -> None:
        self._all: list[Block] = []
        self.by_index: dict[int | None, Block] = {}
        self._repeatable = 0
        self.strays: list[dict[str, Any]] = []

    def find(self, index: int | None) -> Block | None:
        """The block of an index; the latest one where either side tells no index."""
        block = self.by_index.get(index)
        if block is None and self._all and (index is None or self._all[-1].index is None):
            return self._all[-1]
        return block

    def add(self, index: int | None, value: dict[str, Any]) -> Block:
        """A new block."""
        place = len(self._all)
        again = index is None or index in self.by_index
        block = Block(value, index, place, (index, place) if again else index)
        self._all.append(block)
        self.by_index[index] = block
        return block

    def of_kind(self, index: int | None, kind: str) -> Block:
        """The block that a delta belongs to; text and thinking may come unannounced."""
        known = self.find(index)
        if known is not None and (known.kind == kind or kind not in SPOKEN):
            return known
        block = self.add(index, {"type": kind})
        if known is not None and known.kind.endswith("tool_use"):
            self.by_index[index] = known  # its arguments may go on
        return block

    def announced_before(self, index: int | None, value: dict[str, Any]) -> Block | None:
        """The block that an announcement repeats, ready to be told again; None for a new one."""
        block = self._same(index, value)
        if block is not None:
            block.ahead = "".join(block.parts)
            self.by_index[index] = block
        return block

    def keep(self) -> None:
        """Note that the blocks so far came with the message, and may be streamed once more."""
        self._repeatable = len(self._all)

    def calls(self) -> list[Block]:
        """Calls of the caller's tools."""
        return [block for block in self._all if block.kind == "tool_use"]

    def of_server(self, id_: str) -> Block | None:
        """The call of a tool that Anthropic runs."""
        return next((b for b in self._all if b.of_server and b.told_id == id_), None)

    def unended(self) -> list[Block]:
        """Blocks that nobody closed, in their order."""
        return [block for block in self._all if not block.ended]

    def unknown(self) -> list[dict[str, Any]]:
        """Blocks and deltas of types that are not known."""
        return [block.told() for block in self._all if not block.known] + self.strays

    def only_strays(self) -> str | None:
        """The text of deltas whose type is not known, where it is all that there is, once."""
        texts = [as_text(delta.get("text")) for delta in self.strays]
        if not any(texts) or any(block.parts or block.kind == "tool_use" for block in self._all):
            return None
        self.strays = []
        return "".join(text for text in texts if text)

    def echo(self, request: Request | None) -> list[Any] | None:
        """The blocks as a later turn sends them back; None where the message says all of it."""
        if is_plain(self._all):
            return None
        unsigned = any(b.kind == "thinking" and not b.value.get("signature") for b in self._all)
        noted = [thought_by(request)] if unsigned and request is not None else []
        return [*echoed(self._all), *noted]

    def _same(self, index: int | None, value: dict[str, Any]) -> Block | None:
        kind, place = str(value.get("type")), self.by_index.get(index)
        if kind.endswith("tool_use") and as_text(value.get("id")):
            calls = (block for block in self._all if block.kind == kind)
            return next((block for block in calls if _is_same_call(block, value)), None)
        if place is None or place.kind != kind:
            return None
        if kind.endswith("_tool_result"):
            same = place.value.get("tool_use_id") == value.get("tool_use_id")
            return place if same else None
        if kind == "tool_use":
            same = not place.ended and place.value.get("name") == value.get("name")
            return place if same and not place.value.get("id") else None
        return place if place in self._all[: self._repeatable] else None


def _is_same_call(block: Block, value: dict[str, Any]) -> bool:
    """Whether a call is told again: the same id and name, and no other arguments."""
    known, given = block.value, value.get("input")
    if (known.get("id"), known.get("name")) != (value.get("id"), value.get("name")):
        return False
    return not given or not known.get("input") or given == known["input"]
