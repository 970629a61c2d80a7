"""What the readers share: where they note things, frames, errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

__all__ = ["Hearing", "Notes", "events", "note_error", "openai_refusal"]


class Notes(Protocol):
    """Where a reader writes what it reads: a ``Heard``."""

    text: str
    reasoning: str
    refusal: str
    calls: list[tuple[str, str, str]]
    finish: str | None
    ended: bool
    error: dict[str, Any] | None
    usage: dict[str, Any] | None
    model: str | None
    faults: list[str]


class Hearing(Protocol):
    """Reads answers of one protocol."""

    def stream(self, heard: Notes, raw: bytes) -> None: ...

    def whole(self, heard: Notes, told: Any) -> None: ...

    def refusal(self, heard: Notes, told: Any) -> None: ...


def events(heard: Notes, raw: bytes) -> Iterator[tuple[str, str]]:
    """Names and data of the events; a frame that is not whole is none."""
    for frame in raw.decode().split("\n\n")[:-1]:
        name, data = "", []
        for line in frame.split("\n"):
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line and not line.startswith(":"):
                heard.faults.append(f"a line {line[:40]!r}")
        if data:
            yield name, "\n".join(data)


def note_error(heard: Notes, error: Any) -> None:
    """An error object, with the keys that the SDKs read."""
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        heard.faults.append(f"an error without a message: {error!r}")
        error = {"message": repr(error)}
    elif not isinstance(error.get("type"), str):
        heard.faults.append(f"an error without a type: {error!r}")
    heard.error = error


def openai_refusal(heard: Notes, told: Any) -> None:
    """The body of an error, as both protocols of OpenAI have it."""
    if not isinstance(told, dict) or set(told) != {"error"}:
        heard.faults.append("an error that is not in OpenAI's form")
        return
    note_error(heard, told["error"])
    if not {"message", "type", "param", "code"} <= set(told["error"]):
        heard.faults.append("an error without param or code")
