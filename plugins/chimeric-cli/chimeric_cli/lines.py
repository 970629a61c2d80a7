"""The file of a batch's prompts: what its lines ask, and what is wrong with them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .terminal import report

if TYPE_CHECKING:
    from chimeric_batch import ResultsFile

__all__ = ["Prompts", "parse_line"]

SHOWN = 20
"""Bad lines that are told one by one."""


class Prompts:
    """The lines of a file, as requests with an id; read as there is room for them.

    What can be read twice is read once before, so that what is wrong is told before anything is
    sent.

    Attributes:
        total: how many requests there are; None for what can be read only once.
        bad: how many lines are none.
        changed: ids whose prompt is not the one that was answered, with their lines.
    """

    def __init__(self, path: Path, results: ResultsFile) -> None:
        self._path = path
        self._results = results
        self._twice = path.is_file()
        self._others: list[int] = []
        """Numbers of the lines that ask nothing."""
        self.total: int | None = None
        self.bad = 0
        self.changed: dict[str | int, int] = {}
        if self._twice:
            self.total = sum(1 for _ in self._lines())
            self._tell_rest()

    def requests(self) -> Iterator[dict[str, Any]]:
        """What to ask, line by line."""
        self.bad, self._others = 0, []
        for _, request in self._lines(quiet=self._twice):
            yield request

    def line_of(self, index: int) -> int:
        """The number of the line of the request that came so many after the first."""
        number = 0
        while (found := index + 1 + bisect_right(self._others, number)) != number:
            number = found
        return number

    def _lines(self, *, quiet: bool = False) -> Iterator[tuple[int, dict[str, Any]]]:
        """The lines that ask something, with their numbers; the others are told and counted."""
        seen: set[str | int] = set()
        with self._path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                if not raw.strip():
                    self._others.append(number)
                    continue
                try:
                    request = parse_line(raw, number)
                    self._check(request, number, seen)
                except ValueError as error:
                    self._others.append(number)
                    self.bad += 1
                    if not quiet and not (self._twice and self.bad > SHOWN):
                        report(f"{self._path}, line {number}: {error}", "error")
                    continue
                seen.add(request["id"])
                yield number, request

    def _check(self, request: dict[str, Any], number: int, seen: set[str | int]) -> None:
        name = request["id"]
        if name in seen:
            raise ValueError(f"the id {name!r} stood on an earlier line already")
        if name in self._results and self._results.changed([request]):
            if not self._twice:
                raise ValueError(f"{self._results.path} holds the answer of another prompt")
            self.changed[name] = number

    def _tell_rest(self) -> None:
        if self.bad > SHOWN:
            report(f"{self._path}: {self.bad - SHOWN} more bad lines", "error")


def parse_line(raw: bytes, number: int) -> dict[str, Any]:
    """One line as arguments of ``generate`` with an id.

    Raises:
        ValueError: when it is none; the text says why.
    """
    try:
        value = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(value, (str, dict)):
        raise ValueError("a line must be a string or an object")
    request: dict[str, Any] = {}
    request |= {"messages": value} if isinstance(value, str) else value
    if "prompt" in request:
        request.setdefault("messages", request.pop("prompt"))
    if request.setdefault("id", number) is None:
        request["id"] = number
    if isinstance(request["id"], bool) or not isinstance(request["id"], (str, int)):
        raise ValueError(f"id must be a string or a whole number, not {request['id']!r}")
    if request.get("stream") is not None or request.get("native") is not None:
        raise ValueError("stream and native have no meaning in a batch")
    if "messages" not in request:
        raise ValueError("there is no messages (or prompt)")
    return request
