"""Pictures and sounds that the model made."""

from __future__ import annotations

import base64
from typing import Any, cast

from chimeric import AudioPart, FilePart, GeneratedFile, ImagePart

from .values import text

__all__ = ["Files"]

SAMPLES = ("audio/l16", "audio/pcm", "audio/raw")
"""Media types of sound without a header, which comes in pieces that are put together."""


class Files:
    """The files of one answer.

    A picture among the thoughts is a draft of the next one that is none. Bare samples of sound
    are pieces of one file: each is told as it comes, and all of them together when it ends.

    Attributes:
        whole: whether all is there at once, so that no piece is told on its own.
    """

    __slots__ = ("_counts", "_pieces", "_sound", "whole")

    def __init__(self) -> None:
        self._counts = {"image": 0, "audio": 0, "file": 0}
        self._pieces: list[str] = []
        self._sound = ""
        self.whole = False

    def read(self, part: dict[str, Any]) -> list[GeneratedFile]:
        """The file of a part; and before it the sound that ends with it."""
        found: list[GeneratedFile] = []
        for member in ("inlineData", "fileData"):
            if isinstance(part.get(member), dict):
                draft = part.get("thought") is True or part.get("thought") == "true"
                found += self._read(cast("dict[str, Any]", part[member]), draft)
        return found

    def end(self) -> list[GeneratedFile]:
        """The sound that has come in pieces, whole."""
        if not self._pieces:
            return []
        pieces, self._pieces = self._pieces, []
        data = pieces[0]
        if len(pieces) > 1:
            data = base64.b64encode(b"".join(map(_decoded, pieces))).decode()
        return [self._made("audio", AudioPart(data=data, media_type=self._sound))]

    def _read(self, blob: dict[str, Any], draft: bool) -> list[GeneratedFile]:
        media_type = text(blob.get("mimeType"))
        data, url = text(blob.get("data")), text(blob.get("fileUri"))
        if data is None and url is None:
            return []
        kind = (media_type or "").lower()
        if data is not None and kind.startswith(SAMPLES) and not draft:
            ended = self.end() if media_type != self._sound else []
            self._sound = media_type or ""
            self._pieces.append(data)
            if self.whole:
                return ended
            return [*ended, self._made("audio", AudioPart(data=data, media_type=media_type), True)]
        ended = self.end()
        told: dict[str, Any] = {"data": data, "url": url, "media_type": media_type}
        if kind.startswith("image/"):
            made = self._made("image", ImagePart(**told), draft)
        elif kind.startswith("audio/"):
            made = self._made("audio", AudioPart(**told), draft)
        else:
            named = text(blob.get("displayName"))
            made = self._made("file", FilePart(**told, filename=named), draft)
        return [*ended, made]

    def _made(self, kind: str, part: Any, partial: bool = False) -> GeneratedFile:
        number = self._counts[kind]
        self._counts[kind] += not partial
        return GeneratedFile(f"{kind}_{number}", part, partial)


def _decoded(piece: str) -> bytes:
    """The bytes of a piece, in either alphabet; none of one that is not base64."""
    piece = piece.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4))
    except ValueError:
        return b""
