"""Hundreds of tools behind one that finds them: the model is told of those that it looked for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, cast

import msgspec

from chimeric import Context, Message, Request, Tool, ToolName, hookimpl

__all__ = ["ToolSearch"]

WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")
"""Words of ``readFile`` and ``read_file`` alike."""

K1, B = 1.2, 0.75
"""The usual constants of BM25: what a repeated word adds, and how much long texts count less."""

IN_NAME = 3
"""How often a word of the name counts."""

SHOWN = 300
"""Characters of a description in what the search finds."""


class ToolSearch:
    """A plugin that offers a search instead of many tools, in each call that has too many.

    The model calls ``search_tools`` with a few words and is told the names and descriptions of what
    fits; from the next turn on these tools are offered. Tools that the conversation has called or
    found before stay offered, so a stored conversation goes on where it was.

    Args:
        above: how many tools may be offered as they are; with more, the search stands for them.
        keep: names, or patterns, of tools that are always offered.
        most: tools that one search finds at most.
        name: what the search is called.

    Raises:
        ValueError: for numbers below 0, or a search that finds nothing.

    Example:
        >>> plugin = ToolSearch(above=40, keep=["read_*"])
    """

    def __init__(
        self,
        *,
        above: int = 40,
        keep: Iterable[str] = (),
        most: int = 8,
        name: str = "search_tools",
    ) -> None:
        if above < 0 or most < 1:
            raise ValueError("above is a number from 0, and most one from 1")
        self._above = above
        self._keep = tuple(keep)
        self._most = most
        self._name = name

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Offer the search, and what was found by it, where there are too many tools."""
        tools = request.tools
        if len(tools) <= self._above or any(tool.name == self._name for tool in tools):
            return None
        known = self._known(request.messages)
        if isinstance(request.tool_choice, ToolName):
            known.add(request.tool_choice.name)
        shown = [tool for tool in tools if self._stays(tool) or tool.name in known]
        hidden = [tool for tool in tools if tool not in shown]
        if not hidden:
            return None
        index = _Index(hidden)
        return request.replace(tools=(self._tool(index, len(hidden)), *shown))

    def _stays(self, tool: Tool) -> bool:
        """Whether a tool is always offered; what the provider runs, and the caller, is."""
        if tool.native is not None or tool.function is None:
            return True
        return any(fnmatchcase(tool.name, pattern) for pattern in self._keep)

    def _known(self, messages: Iterable[Message]) -> set[str]:
        """Names of tools that were called, or found."""
        known: set[str] = set()
        for message in messages:
            known.update(call.name for call in message.tool_calls)
            if message.role == "tool" and message.name == self._name:
                known.update(_names_in(message.text))
        return known

    def _tool(self, index: _Index, count: int) -> Tool:
        def search(query: str) -> str:
            found = index.find(query, self._most)
            if not found:
                return "no tool fits; try other words"
            told = [{"name": t.name, "description": t.description[:SHOWN]} for t in found]
            return msgspec.json.encode(told).decode()

        return Tool(
            name=self._name,
            description=(
                f"Find tools. There are {count} more than those that you see; say in a few words "
                "what a tool should do, and you can call what was found in your next turn."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What the tool should do."}
                },
                "required": ["query"],
                "additionalProperties": False,
            },
            function=search,
        )


class _Index:
    """The words of tools, ranked by BM25."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = tools
        self._counts = [_counted(tool) for tool in tools]
        self._lengths = [counts.total() for counts in self._counts]
        self._average = sum(self._lengths) / len(tools) or 1.0
        self._in = Counter(word for counts in self._counts for word in counts)

    def find(self, query: str, most: int) -> list[Tool]:
        """The tools that fit best, best first."""
        words = set(_words(query))
        scores = [(self._score(words, number), -number) for number in range(len(self._tools))]
        best = sorted((score for score in scores if score[0] > 0), reverse=True)[:most]
        return [self._tools[-number] for _, number in best]

    def _score(self, words: Iterable[str], number: int) -> float:
        counts, total = self._counts[number], 0.0
        longer = 1 - B + B * self._lengths[number] / self._average
        for word in words:
            if count := counts[word]:
                rare = math.log(
                    1 + (len(self._tools) - self._in[word] + 0.5) / (self._in[word] + 0.5)
                )
                total += rare * count * (K1 + 1) / (count + K1 * longer)
        return total


def _counted(tool: Tool) -> Counter[str]:
    counts = Counter(_words(tool.description))
    for word in _words(tool.name):
        counts[word] += IN_NAME
    for name, schema in _mapped(tool.parameters.get("properties")).items():
        counts.update(_words(f"{name} {_mapped(schema).get('description', '')}"))
    return counts


def _mapped(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _words(text: str) -> list[str]:
    """Words without case and plural."""
    words = (word.lower() for word in WORD.findall(text))
    return [w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words]


def _names_in(text: str) -> set[str]:
    """Names in what a search has told."""
    try:
        return {entry.name for entry in msgspec.json.decode(text, type=list[_Found])}
    except msgspec.MsgspecError:
        return set()


class _Found(msgspec.Struct):
    name: str
