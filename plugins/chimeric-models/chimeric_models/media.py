"""Pictures, sounds and files with their types as registered, and their bytes at hand."""

from __future__ import annotations

import base64
import binascii
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from chimeric import AudioPart, FilePart, ImagePart

__all__ = ["recognised", "settled"]

MediaPart = TypeVar("MediaPart", ImagePart, FilePart, AudioPart)

SPELLINGS: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
}
"""Types that people write, and the registered ones (IANA's list of media types)."""

UNKNOWN: Final = ("", "application/octet-stream", "binary/octet-stream", "image/*", "audio/*")

SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)
"""First bytes of files (WHATWG's MIME Sniffing Standard, section 6)."""

RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}


def settled(part: MediaPart) -> MediaPart:
    """The part with its bytes at hand and its type as it is registered; else the part itself.

    ``data:`` URLs are opened, whether or not they are base64; a type that is missing is recognised
    by the first bytes; other spellings and upper case become the registered type.

    Example:
        >>> part = settled(ImagePart(url="data:image/JPG;base64,/9j/4AAQSkZJRg=="))
        >>> part.data, part.media_type
        ('/9j/4AAQSkZJRg==', 'image/jpeg')
    """
    url, data, kind = part.url, part.data, part.media_type
    if url is not None and url[:5].lower() == "data:":
        said, data = _opened(url)
        kind, url = said or kind, None
    kind = (kind or "").partition(";")[0].strip().lower()
    kind = SPELLINGS.get(kind, kind)
    if kind in UNKNOWN and data:
        kind = recognised(data) or kind
    if (url, data, kind) == (part.url, part.data, part.media_type or ""):
        return part
    return msgspec.structs.replace(part, url=url, data=data, media_type=kind or None)


def recognised(data: str) -> str | None:
    """The media type of base64 data by its first bytes; None for what is not known.

    Example:
        >>> recognised("JVBERi0xLjc=")
        'application/pdf'
    """
    try:
        head = base64.b64decode(data[:32])
    except (binascii.Error, ValueError):
        return None
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    return next((kind for start, kind in SIGNATURES if head.startswith(start)), None)


def _opened(url: str) -> tuple[str, str]:
    """The media type and the base64 data of a ``data:`` URL (RFC 2397)."""
    head, _, data = url[5:].partition(",")
    kind, *options = head.split(";")
    if any(option.strip().lower() == "base64" for option in options):
        return kind, unquote_to_bytes(data).decode("ascii", "replace")
    return kind or "text/plain", base64.b64encode(unquote_to_bytes(data)).decode()
