"""Files that a model made, in the form of chimeric-dialects."""

from __future__ import annotations

import base64
import binascii

from chimeric_dialects import File

from chimeric import AudioPart, FilePart, GeneratedFile, ImagePart

__all__ = ["file_of"]

USUAL: dict[type, str] = {ImagePart: "image/png", AudioPart: "audio/wav"}


def file_of(made: GeneratedFile) -> File | None:
    """A file; None where only its provider knows where it is, or its bytes cannot be read."""
    part = made.part
    kind = part.media_type or USUAL.get(type(part), "application/octet-stream")
    name = (part.filename or "") if isinstance(part, FilePart) else ""
    if part.data is None:
        return File(id=made.id, name=name, media_type=kind, url=part.url) if part.url else None
    try:
        data = base64.b64decode(part.data)
    except (binascii.Error, ValueError):
        return None
    return File(id=made.id, name=name, media_type=kind, data=data)
