"""What one client is asked to do, and what its user sees. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

__all__ = ["Adapter", "Call", "Order", "Outcome", "Told", "text", "told"]


@dataclass
class Order:
    """One answer to ask for."""

    case: str
    url: str
    """``http://host:port``; where an SDK wants a path in it, the adapter adds it."""
    protocol: str
    provider: str = ""
    """Chimeric's name of the provider; the others have no use for it."""
    api: str | None = None
    stream: bool = True
    tools: bool = True
    """Whether to offer the tools; a client that runs tools runs them."""
    custom: list[str] = field(default_factory=list)
    """Names of free-text tools to offer too."""
    timeout: float | None = None
    calls: int = 1
    """How often to ask, with one client; what is seen of the last time counts."""


@dataclass
class Call:
    """A tool call as the client's user has it in the end."""

    name: str
    arguments: str
    complete: bool = False
    """Whether the client, or the loop that its documentation shows, takes it for one to run."""
    id: str = ""


@dataclass
class Told:
    """An exception."""

    name: str
    origins: list[str]
    """Top-level packages of the class and its bases."""
    message: str


@dataclass
class Outcome:
    """What the user of a client sees of one answer, filled while it comes."""

    text: str = ""
    """Text of the pieces, as they came."""
    final: str | None = None
    """Text of the object that the client makes of the whole, where it makes one."""
    spoken: str = ""
    """The transcript of sound."""
    reasoning: str | None = None
    """None where the client has no place for it."""
    calls: list[Call] = field(default_factory=list)
    runs: list[str] | None = None
    """Names of the tools that the client ran; None where it runs none."""
    finish: str | None = None
    error: Told | None = None

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, line: str) -> Outcome:
        """The same from a line."""
        data: dict[str, Any] = json.loads(line)
        data["calls"] = [Call(**call) for call in data["calls"]]
        data["error"] = Told(**data["error"]) if data["error"] else None
        return cls(**data)


class Adapter(Protocol):
    """How one client is used, as its own documentation shows."""

    def open(self, order: Order) -> None:
        """Make the client."""

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask once and note what the user sees; the client's exceptions go through."""


def text(value: Any) -> str:
    """Text, as a program takes it that believes the types: nothing else can be added to text."""
    joined: str = "" + (value or "")
    return joined


def told(error: BaseException) -> Told:
    """An exception, in words that travel."""
    classes = [cls for cls in type(error).__mro__ if cls.__module__ != "builtins"]
    origins = dict.fromkeys(cls.__module__.partition(".")[0] for cls in classes)
    # Every word of the reason counts, wherever the library's exception keeps it.
    values = [error, *error.args]
    values += [getattr(error, name, None) for name in ("message", "body", "details", "error")]
    words = dict.fromkeys(_words(value) for value in values)
    return Told(type(error).__name__, list(origins), " | ".join(words)[:4000])


def _words(value: Any) -> str:
    """A value in words; exceptions of libraries are not sure to have any."""
    try:
        return "" if value is None else str(value)
    except Exception:
        return ""
