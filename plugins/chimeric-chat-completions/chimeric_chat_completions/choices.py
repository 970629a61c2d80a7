"""The choices of an answer.

Where one answer was asked for, all choices are parts of it: GitHub Copilot puts the text into one
and the tool calls into others (HKUDS/nanobot#1555, ericc-ch/copilot-api#81). Texts are an
exception: two of them would be two answers, so the text of one choice counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from chimeric import FinishReason, Request, ToolCallDelta

from .finish import RANK, finish_reason
from .lenient import items, numeral, obj
from .pieces import Pieces

__all__ = ["Choices", "End"]

CUT: tuple[FinishReason, ...] = ("content_filter", "length")

CALLS = 1_000_000
"""Tool calls of each further choice are numbered from the next multiple of this."""


class End(NamedTuple):
    """How a choice ended.

    ``firm`` says that a better reason after it changes nothing, where nothing else comes between:
    gateways send a ``stop`` of their own after a bad end. An unknown word is firm only where it
    comes alone: a server may send one with every piece of text.
    """

    reason: FinishReason
    native: str
    detail: Any
    firm: bool


class Choices:
    """The choices of one answer: which of them say what, and whether they have ended.

    Args:
        request: what was asked; with ``n`` above 1 only the first choice counts.
    """

    __slots__ = ("_active", "_alone", "_calls", "_ends", "_ids", "_others", "_owners", "_parts")

    def __init__(self, request: Request | None) -> None:
        asked = {} if request is None else {**request.extra, **request.extra_body}
        self._alone = (numeral(asked.get("n")) or 1) > 1
        self._owners: dict[str, int] = {}
        self._parts: set[int] = set()
        self._active: set[int] = set()
        self._calls: set[int] = set()
        self._ids: dict[int, str] = {}
        self._ends: dict[int, End] = {}
        self._others: dict[int, Pieces] = {}

    def read(self, raw: Mapping[str, Any], *, whole: bool) -> list[tuple[int, dict[str, Any]]]:
        """The choices of an event or a body with their indexes, the first choice before others.

        Raises:
            msgspec.ValidationError: for choices that are no list.
        """
        listed: Any = raw.get("choices")
        if listed is not None and not isinstance(listed, list):
            raise msgspec.ValidationError("choices is not a list")
        self.begin()
        found = [(numeral(c.get("index")) or 0, c) for c in map(obj, items(listed)) if c]
        if self._alone:
            first = [entry for entry in found if not entry[0]]
            return (first or found)[:1] if whole else first[:1]
        return found if len(found) < 2 else sorted(found, key=lambda entry: entry[0] != 0)

    def begin(self) -> None:
        """Another event comes."""
        self._active.clear()

    @property
    def plain(self) -> bool:
        """Whether what comes in the first choice counts: no other one speaks or thinks."""
        return not any(self._owners.values())

    def claim(self, index: int, field: Literal["text", "reasoning"], said: str) -> bool:
        """Whether a choice is part of the answer: text counts of the first that says some.

        Text and reasoning are claimed apart, since one choice may think and another speak.
        """
        if not said:
            return index not in self._others
        if self._owners.setdefault(field, index) == index:
            self._goes_on(index)
            return True
        if field == "text":
            self._others.setdefault(index, Pieces()).add(said)
        return False

    def call(self, index: int, delta: ToolCallDelta) -> ToolCallDelta:
        """A tool call of a choice, numbered apart from those of other choices."""
        self._goes_on(index)
        self._calls.add(index)
        if delta.index is not None:
            place = (index if index >= 0 else CALLS + index) * CALLS + delta.index
            return msgspec.structs.replace(delta, index=place) if index else delta
        if delta.id:
            self._ids[index] = delta.id
        elif not delta.name and len(self._calls) > 1:
            # Without an index a fragment belongs to the call before, of this choice.
            return msgspec.structs.replace(delta, id=self._ids.get(index))
        return delta

    def end(self, index: int, choice: Mapping[str, Any]) -> None:
        """Take the finish reason of a choice, if it tells one; a later one replaces it."""
        native: Any = choice.get("finish_reason")
        reason = finish_reason(native)
        if reason is None:
            return
        details = [choice.get(name) for name in ("stop_reason", "native_finish_reason")]
        detail = next((value for value in details if value is not None), None)
        firm = reason in CUT or (reason == "other" and index not in self._active)
        end, known = End(reason, str(native), detail, firm), self._ends.get(index)
        if known is None or not known.firm or _rank(end) <= _rank(known):
            self._ends[index] = end

    def ended(self, *, done: bool = False) -> End | None:
        """How the answer ended: by the worst of its choices, once all that say anything have.

        Args:
            done: whether nothing more comes. Then only tool calls need an end of their own.
        """
        needed = self._calls if done else self._parts
        if not self._ends or not needed <= self._ends.keys():
            return None
        ends = [end for index, end in self._ends.items() if index in self._parts]
        return min(ends or self._ends.values(), key=_rank)

    def others(self, *, last: bool) -> list[str] | None:
        """Texts of choices that do not count; None where they are nothing new."""
        texts = self._others.values()
        if not texts or not any(other.due(last=last) for other in texts):
            return None
        return [other.text() for other in texts]

    def _goes_on(self, index: int) -> None:
        self._parts.add(index)
        self._active.add(index)
        self._ends.pop(index, None)


def _rank(end: End) -> int:
    return RANK.index(end.reason)
