"""What stands beside the choices, and lists in a message that go into the metadata."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .dialect import ChatDialect
from .lenient import items, obj, text
from .usage import read_usage

__all__ = ["Frame"]

KEPT = frozenset(
    {
        "search_results",  # Perplexity (langchain-ai/langchain#38070)
        "images",  # Perplexity beside the choices, OpenRouter in the message
        "related_questions",  # Perplexity
        "videos",
        "reasoning_steps",
        "web_search",  # Z.ai
        "search_info",  # DashScope
    }
)
"""Fields beside the choices, or in a message, that go into the metadata for every dialect."""


@lru_cache(maxsize=64)
def _names(of_dialect: tuple[str, ...]) -> frozenset[str]:
    """What is kept of messages, made once for all answers of a dialect."""
    return KEPT.union(of_dialect)


class Frame:
    """Collects the id, the model, the usage and the metadata of one answer."""

    __slots__ = ("_beside", "_dialect", "_id", "_kept", "_model", "_names")

    def __init__(self, dialect: ChatDialect) -> None:
        self._dialect = dialect
        self._names = _names(dialect.keep)
        self._id: str | None = None
        self._model: str | None = None
        self._beside: dict[str, Any] = {}
        self._kept: dict[str, list[Any]] = {}

    def keep(self, message: dict[str, Any]) -> None:
        """Take the lists of a message or a delta."""
        if not self._names.isdisjoint(message):
            for name in self._names & message.keys():
                self.add(name, items(message[name]))

    def add(self, name: str, found: list[Any]) -> None:
        """Take items of a list for the metadata."""
        if found:
            self._kept.setdefault(name, []).extend(found)

    def read(
        self, raw: dict[str, Any], choices: list[dict[str, Any]], fields: dict[str, Any]
    ) -> None:
        """Read an event or a body into the fields of its ``Delta``."""
        usage = obj(raw.get("usage"))
        for choice in choices:
            usage = usage or obj(choice.get("usage"))
        if usage:
            fields["usage"] = read_usage(usage)
            fields["usage_native"] = usage
        # Each chunk repeats the whole list: the last one counts.
        if not KEPT.isdisjoint(raw):
            kept = {name: raw[name] for name in KEPT & raw.keys()}
            self._beside |= {n: v for n, v in kept.items() if v and isinstance(v, (list, dict))}
        told = {n: v for n in self._dialect.metadata if (v := raw.get(n)) not in (None, "")}
        self.note(text(raw.get("id")), text(raw.get("model")), told, fields)

    def note(
        self,
        identity: str | None,
        model: str | None,
        told: dict[str, Any],
        fields: dict[str, Any],
    ) -> None:
        """Take the id, the model and ``told``, which goes into the metadata."""
        if identity and self._id is None:
            self._id = fields["id"] = identity
        if model and self._model is None:
            self._model = fields["model"] = model
        told |= self._beside
        for name, listed in self._kept.items():
            told[name] = [*listed, *items(told.get(name))]
        if told:
            fields["metadata"] = told
