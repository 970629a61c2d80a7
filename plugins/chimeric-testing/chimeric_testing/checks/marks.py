"""Marks of what comes of a stream or an answer: one is kept in place of all that it says."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

import msgspec

from chimeric import ChimericError, Event, ProtocolError
from chimeric_testing.harness import Harness, told
from chimeric_testing.play import Played
from chimeric_testing.recorded import Recorded

__all__ = ["LONG", "ODD", "Marked", "digest", "error_mark", "mark"]

ODD: Final = Recorded(body=b"")
"""No headers, nothing expected."""

LONG: Final = 1000
"""Four characters so many times are more than a message tells."""


MEMBER: Final = re.compile(r"\b[a-z]+(?:_[a-z]+|[A-Z][a-z]+)+\b")
"""A name that is no word of prose."""


class Marked(Harness):
    """Streams of given events, and a mark of each."""

    def _stream_mark(
        self, events: list[Event], recorded: Recorded, marked: dict[bytes, str]
    ) -> str | None:
        """What comes of a stream of these events; the same bytes are played once."""
        body = self._framed(events)
        if body is not None and body not in marked:
            marked[body] = mark(self._stream(body, recorded), recorded.body)
        return None if body is None else marked[body]


def mark(played: Played, body: bytes) -> str:
    """What came of it, and what would be sent back; ids that are made up anew are left out."""
    chunks = [told(chunk) for chunk in played.chunks]
    response = played.response
    ended: Any = None
    if response is not None and played.error is None:
        calls = [(call.name, call.arguments) for call in response.tool_calls]
        ended = (response.content, response.reasoning, response.finish_reason, calls)
        kept = [(message.state, message.refusal) for message in response.messages]
        ended = (*ended, response.usage, response.metadata, response.parts, kept)
    text = msgspec.json.encode([chunks, ended], enc_hook=str).decode()
    for number, call in enumerate(response.tool_calls if response is not None else ()):
        if call.id and call.id.encode() not in body:
            text = text.replace(call.id, f"<made {number}>")
    return f"{text} {error_mark(played.error)} {_blamed(played.error, body)}"


def _blamed(error: ChimericError | None, body: bytes) -> list[str]:
    """The members of a recording that an error about its form names."""
    if not isinstance(error, ProtocolError):
        return []
    return sorted({n for n in MEMBER.findall(str(error)) if f'"{n}"'.encode() in body})


def error_mark(error: ChimericError | None) -> str:
    """Its class and what the provider told in it; its wording may change."""
    names = ("code", "type", "status_code", "retry_after", "retryable")
    fields = [getattr(error, name, None) for name in names]
    text = str(error)
    said = "zfault" in text, "zin" in text, "zodd" in text, len(text) > 3 * LONG
    return f"{type(error).__name__} {fields} {said}"


def digest(marks: Any) -> str:
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]
