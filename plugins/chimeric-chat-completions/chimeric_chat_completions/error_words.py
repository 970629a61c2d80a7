"""The layers of an error: objects in objects, lists and JSON in text, each with words or codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from .lenient import items, numeral, obj

__all__ = ["ErrorWords"]

MESSAGES = (
    "message",
    "msg",
    "error_message",
    "error_msg",
    "errorMessage",
    "status_msg",  # MiniMax
    "faultstring",  # the gateway before Fireworks
    "error_description",
    "title",
    "detail",
)
NESTED = ("error", "errors", "base_resp", "innererror", "inner_error", "cause", "fault")

NO_WORD = ("", "none", "null", "error")
"""Codes and types that say nothing: LiteLLM writes Python's None."""

DEPTH = 8
LONGEST = 64 * 1024
"""Characters of a text, at most, that is looked into for JSON."""


class ErrorWords:
    """All that an error says, what stands in ``error`` before what stands beside it."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._layers: list[Mapping[str, Any]] = []
        self._said: list[str] = []
        first = ("error", "errors", "base_resp")
        for name in first:
            self._take(found.get(name), DEPTH)
        self._take({name: found[name] for name in found if name not in first}, DEPTH)

    def message(self) -> str:
        """All sentences, the outer ones first; none twice."""
        told: list[str] = []
        for words in self._said:
            if not any(words in known for known in told):
                told.append(words)
        return ": ".join(told)

    def first(self, names: Iterable[str]) -> str | int | None:
        """The first code or type that says something."""
        for value in self._values(names):
            if isinstance(value, str) and value.strip().lower() not in NO_WORD:
                return value
            if isinstance(value, int) and not isinstance(value, bool):
                return value
        return None

    def numbers(self, names: Iterable[str]) -> Iterator[int]:
        """Fields that hold a whole number, also in text."""
        return (number for number in map(numeral, self._values(names)) if number is not None)

    def _values(self, names: Iterable[str]) -> Iterator[Any]:
        known = tuple(names)
        return (layer[name] for layer in self._layers for name in known if name in layer)

    def _take(self, value: Any, depth: int) -> None:
        if not depth:
            return
        if isinstance(value, str):
            inner = _json_in(value)
            if inner is None:
                self._said += [words] if (words := value.strip()) else []
            else:
                self._take(inner, depth - 1)
        elif isinstance(value, list):
            self._take_list(items(value), depth)
        elif isinstance(value, dict):
            self._take_layer(obj(value), depth)

    def _take_layer(self, layer: dict[str, Any], depth: int) -> None:
        self._layers.append(layer)
        for name in (*MESSAGES, *NESTED):
            self._take(layer.get(name), depth - 1)
        # OpenRouter's upstream providers, in their own words.
        self._take(obj(layer.get("metadata")).get("raw"), depth - 1)

    def _take_list(self, listed: list[Any], depth: int) -> None:
        problems = [obj(item) for item in listed]
        if problems and all("msg" in p and "loc" in p for p in problems):
            # FastAPI: what is wrong, and where.
            self._said.append("; ".join(map(_problem, problems)))
            return
        for item in listed:
            self._take(item, depth - 1)


def _problem(problem: dict[str, Any]) -> str:
    place = ".".join(map(str, items(problem.get("loc"))))
    return f"{place}: {problem['msg']}".lstrip(": ")


def _json_in(value: str) -> Any:
    """The object or list that a text holds as JSON; None if it holds none."""
    if not value.lstrip().startswith(("{", "[")) or len(value) > LONGEST:
        return None
    try:
        found: Any = msgspec.json.decode(value)
    except (ValueError, RecursionError):
        return None
    return obj(found) or items(found) or None
