"""The candidates of an answer.

Where one answer was asked for, all candidates are parts of it: proxies put text into one and
calls into others, and number them otherwise than from 0. Texts are an exception: two of them
would be two answers, so the text of one candidate counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast

from chimeric import FinishReason, Request

from .finish import RANK, finish_reason

__all__ = ["Candidates", "End"]


class End(NamedTuple):
    """How a candidate ended, in our word and in the provider's."""

    reason: FinishReason
    native: str
    detail: Any


class Candidates:
    """Which candidates say what, and whether they have ended.

    Args:
        request: what was asked; with a ``candidateCount`` above 1 only the first one counts.
    """

    __slots__ = ("_alone", "_ends", "_others", "_owners", "_parts")

    def __init__(self, request: Request | None = None) -> None:
        self._alone = request is not None and _asked(request) > 1
        self._owners: dict[str, int] = {}
        self._parts: set[int] = set()
        self._ends: dict[int, End] = {}
        self._others: dict[int, list[str]] = {}

    @staticmethod
    def read(raw: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """The candidates of a frame with their indexes, the first one before others.

        An index of 0 is left out by proto JSON.
        """
        found: list[tuple[int, dict[str, Any]]] = []
        unnumbered = 0
        listed: list[dict[str, Any]] = raw.get("candidates") or []
        for candidate in listed:
            index = _number(candidate.get("index"))
            if index is None:
                index, unnumbered = unnumbered, unnumbered + 1
            found.append((index, candidate))
        return sorted(found, key=lambda entry: entry[0] != 0)

    @property
    def plain(self) -> bool:
        """Whether text of the first candidate counts whatever comes."""
        return not any(self._owners.values())

    def own(self, field: Literal["text", "reasoning"]) -> None:
        """Note that the first candidate has spoken, which the plainest frames do unasked."""
        self._parts.add(self._owners.setdefault(field, 0))

    def claim(self, index: int, field: Literal["text", "reasoning"], said: str) -> bool:
        """Whether text of a candidate counts: that of the first that says some."""
        if not said:
            return self._owners.get(field, index) == index
        if not (self._alone and index) and self._owners.setdefault(field, index) == index:
            self._goes_on(index)
            return True
        if field == "text":
            self._others.setdefault(index, []).append(said)
        return False

    def calls(self, index: int) -> bool:
        """Whether calls of a candidate count, which has one."""
        if self._alone and index:
            return False
        self._goes_on(index)
        return True

    def end(self, index: int, candidate: Mapping[str, Any]) -> bool:
        """Take the finish reason of a candidate; whether it tells one."""
        native = candidate.get("finishReason")
        reason = finish_reason(native)
        if reason is None or (self._alone and index):
            return False
        self._ends[index] = End(reason, str(native), candidate.get("finishMessage"))
        return True

    def ended(self) -> End | None:
        """How the answer ended: by the worst of its candidates, once the one that speaks has.

        The last frame may number its candidate otherwise: one that says nothing ends all.
        """
        silent = self._ends.keys() - self._parts - self._others.keys()
        speaker = self._owners.get("text")
        if not silent and speaker is not None and speaker not in self._ends:
            return None
        known = self._ends.keys() & self._parts or silent
        return min((self._ends[index] for index in known), key=_rank) if known else None

    def others(self) -> list[str] | None:
        """Texts of candidates that do not count."""
        return ["".join(text) for _, text in sorted(self._others.items())] or None

    def _goes_on(self, index: int) -> None:
        self._parts.add(index)
        self._ends = {n: end for n, end in self._ends.items() if n in self._parts and n != index}


def _rank(end: End) -> int:
    return RANK.index(end.reason)


def _asked(request: Request) -> int:
    """How many candidates were asked for."""
    config = {**request.extra, **_object(request.extra.get("generationConfig"))}
    config |= _object(request.extra_body.get("generationConfig"))
    named = (config.get("candidateCount"), config.get("candidate_count"))
    return next((n for count in named if (n := _number(count)) is not None), 1)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    if isinstance(value, str) and len(value) < 10 and value.removeprefix("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
