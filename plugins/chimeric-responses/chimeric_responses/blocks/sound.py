"""Sound of a spoken answer: pieces as they come, and all of it at the end."""

from __future__ import annotations

import base64
import binascii

from chimeric import AudioPart, Delta, GeneratedFile

__all__ = ["Sound"]


class Sound:
    """The pieces of one sound; each is Base64 for itself."""

    def __init__(self, id: str = "audio") -> None:
        self._id = id
        self._pieces: list[str] = []

    def piece(self, data: str) -> Delta:
        """A piece, as a preview of the whole."""
        self._pieces.append(data)
        return Delta(
            files=(GeneratedFile(self._id, AudioPart(data=data), partial=True),),
            metadata={"audio": {"data": "".join(self._pieces)}},
        )

    def whole(self) -> Delta | None:
        """All of it, once; None where there is none."""
        if not self._pieces:
            return None
        pieces, self._pieces = self._pieces, []
        return Delta(files=(GeneratedFile(self._id, AudioPart(data=_joined(pieces))),))


def _joined(pieces: list[str]) -> str:
    """The pieces as one; as they are where one is no Base64."""
    try:
        whole = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except (binascii.Error, ValueError):
        return "".join(pieces)
    return base64.b64encode(whole).decode()
