"""A spoken answer: its transcript is the text, its sound is a file."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from .lenient import text
from .pieces import Pieces

if TYPE_CHECKING:
    from chimeric import GeneratedFile

__all__ = ["Audio"]

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "pcm": "audio/pcm;rate=24000",
    "pcm16": "audio/pcm;rate=24000",
}
"""Media types of OpenAI's formats that are not named like them: PCM is of 16 bits, little-endian,
mono."""

UNITS = re.compile("[^=]+=*")
"""Base64 texts that were joined: padding ends each."""


class Audio:
    """Collects ``audio`` of the deltas of one answer, or of its message.

    OpenAI sends ``{"id"}``, then ``{"transcript"}`` and ``{"data"}`` in pieces, then
    ``{"expires_at"}``; the data is base64 in the format that was asked for.

    Args:
        format: that format, where the request tells it.
    """

    __slots__ = (
        "_about",
        "_data",
        "_format",
        "_fresh",
        "_heard",
        "_name",
        "_repeated",
        "_shown",
        "_transcript",
        "silent",
        "speaks",
    )

    def __init__(self, format: Any = None) -> None:
        self.speaks: bool | None = None
        """Whether the transcript is the text of the answer; None as long as it has no text."""
        self.silent = True
        """Whether nothing of any sound has come."""
        self._about: dict[str, Any] = {}
        self._fresh = False
        self._data = Pieces()
        self._transcript = Pieces()
        self._repeated = ""
        self._format = text(format)
        self._name: str | None = None
        self._heard = ""
        self._shown = 0

    def hear(self, sounds: list[dict[str, Any]], content: str) -> str:
        """Take the sounds of an event; return what is new text in it, ``content`` included.

        Where content and transcript come both, the one that came first is the text, and what
        the other repeats of it is none.
        """
        spoken = "".join(map(self._take, sounds))
        if self.speaks is None and (content or spoken):
            self.speaks = not content
        return spoken + self._unheard(content) if self.speaks else content

    def told(self, *, last: bool) -> dict[str, Any] | None:
        """What is known of the sound, for the metadata; None where that is nothing new."""
        data, transcript = self._data, self._transcript
        if not (self._fresh or data.due(last=last) or transcript.due(last=last)):
            return None
        self._fresh = False
        pieces = {"transcript": transcript.text(), "data": _joined(data.text())}
        return {**self._about, **{name: value for name, value in pieces.items() if value}}

    def files(self, *, ended: bool) -> list[GeneratedFile]:
        """What is new of the sound: its next piece, and when it has ended all of it."""
        if not self._data.size or self._data.size == self._shown:
            return []
        if self._name is None:
            self._name = text(self._about.get("id")) or "audio"
        if ended:
            self._shown = self._data.size
            self._heard = ""
            return [self._file(_joined(self._data.text()), partial=False)]
        # Base64 can be decoded in groups of four characters, or where it was padded.
        whole = len(self._heard) if self._heard.endswith("=") else len(self._heard) // 4 * 4
        piece, self._heard = self._heard[:whole], self._heard[whole:]
        return [self._file(piece, partial=True)] if piece else []

    def _file(self, data: str, *, partial: bool) -> GeneratedFile:
        from chimeric import AudioPart, GeneratedFile  # most answers are not spoken

        name = self._format or text(self._about.get("format"))
        media_type = MEDIA_TYPES.get(name, f"audio/{name}") if name else None
        part = AudioPart(data=data, media_type=media_type)
        return GeneratedFile(self._name or "audio", part, partial)

    def _take(self, sound: dict[str, Any]) -> str:
        self.silent = False
        about = {n: v for n, v in sound.items() if n not in ("data", "transcript", "type") and v}
        known = self._about
        self._fresh = self._fresh or any(known.get(name) != about[name] for name in about)
        known.update(about)
        data = text(sound.get("data")) or ""
        self._data.add(data)
        self._heard += data
        transcript = text(sound.get("transcript")) or ""
        self._transcript.add(transcript)
        return transcript

    def _unheard(self, content: str) -> str:
        """Content after a transcript, unless it says the same again."""
        if not content:
            return ""
        self._repeated += content
        return "" if self._transcript.text().startswith(self._repeated) else content


def _joined(data: str) -> str:
    """Base64 in one piece, also where each of the pieces was padded."""
    if "=" not in data.rstrip("="):
        return data
    try:
        return base64.b64encode(b"".join(map(base64.b64decode, UNITS.findall(data)))).decode()
    except ValueError:
        return data
