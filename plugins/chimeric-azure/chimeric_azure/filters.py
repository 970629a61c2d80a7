"""What content filters say of prompts and answers.

Source: Microsoft's page on content filtering of Azure OpenAI, and recorded streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

__all__ = ["MARK", "Verdicts", "blocked_by"]

NOTHING = msgspec.Raw(b"{}")
MARK = b"_filter_"
"""What is in every event that says anything of filters, but in those of 2023."""

RESULTS = b'"content_filter_results":'
BEFORE = RESULTS.index(MARK)
EMPTY = RESULTS + b"{}"
SEVERITIES = ("safe", "low", "medium", "high")


class _Choice(msgspec.Struct, gc=False):
    content_filter_results: msgspec.Raw = NOTHING
    content_filter_result: msgspec.Raw = NOTHING  # as it was called in 2023
    content_filter_offsets: dict[str, Any] | None = None
    content_filter_raw: list[Any] | None = None


class _Frame(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    prompt_filter_results: list[Any] | None = None
    prompt_annotations: list[Any] | None = None  # the older name


_decode = msgspec.json.Decoder(_Frame).decode
_results: Callable[[msgspec.Raw], dict[str, Any] | None] = msgspec.json.Decoder(
    dict[str, Any] | None
).decode


class Verdicts:
    """The verdicts on one answer, which come piece by piece.

    Each says what was found in the text since the one before; the worst of a category is kept, so
    that a piece which is safe hides nothing. Nearly all of a stream are the same to the byte.
    """

    __slots__ = ("_known", "_last", "_raw", "_results")

    def __init__(self) -> None:
        self._results: dict[str, Any] = {}
        self._raw: list[Any] = []
        self._last = NOTHING
        self._known: tuple[bytes, ...] = (EMPTY,)

    def read(self, data: bytes) -> dict[str, Any]:
        """What an event or a whole answer says, as metadata; empty where it says nothing new."""
        at = data.find(MARK)
        again = data.startswith(self._known, at - BEFORE)
        if again and data.find(MARK, at + 1) < 0:
            return {}
        try:
            frame = _decode(data)
        except msgspec.DecodeError:
            return {}  # whoever reads the rest of it tells what is wrong
        told: dict[str, Any] = {}
        if prompts := frame.prompt_filter_results or frame.prompt_annotations:
            told["prompt_filter_results"] = prompts
        for choice in frame.choices or ():
            told |= self._read_choice(choice)
        return told

    def _read_choice(self, choice: _Choice) -> dict[str, Any]:
        told: dict[str, Any] = {}
        said = choice.content_filter_results
        said = choice.content_filter_result if said == NOTHING else said
        if said not in (NOTHING, self._last):
            self._last, self._known = said.copy(), (RESULTS + bytes(said), EMPTY)
            for category, verdict in (_results(said) or {}).items():
                if _weight(verdict) >= _weight(self._results.get(category)):
                    self._results[category] = verdict
            told["content_filter_results"] = dict(self._results)
        if choice.content_filter_offsets:
            told["content_filter_offsets"] = choice.content_filter_offsets
        if choice.content_filter_raw:
            self._raw += choice.content_filter_raw
            told["content_filter_raw"] = list(self._raw)
        return told


def blocked_by(results: object) -> list[str]:
    """The categories that stopped a prompt or an answer, with their severity where it is told.

    Example:
        >>> blocked_by({"hate": {"filtered": True, "severity": "high"}, "sexual": {}})
        ['hate (high)']
    """
    if not isinstance(results, Mapping):
        return []
    found: list[str] = []
    for category, verdict in cast("Mapping[str, object]", results).items():
        if not isinstance(verdict, Mapping):
            continue
        told = cast("Mapping[str, object]", verdict)
        if told.get("filtered") is True:
            severity = told.get("severity")
            found.append(f"{category} ({severity})" if severity else str(category))
    return found


def _weight(verdict: Any) -> tuple[bool, bool, int]:
    if not isinstance(verdict, dict):
        return False, False, -1
    told = cast("dict[str, object]", verdict)
    severity = told.get("severity")
    rank = SEVERITIES.index(severity) if severity in SEVERITIES else 0
    return told.get("filtered") is True, told.get("detected") is True, rank
