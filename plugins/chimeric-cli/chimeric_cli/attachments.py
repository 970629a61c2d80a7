"""Files, addresses and the standard input as parts of a message."""

from __future__ import annotations

import base64
import mimetypes
import sys
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import click

from chimeric import AudioPart, FilePart, ImagePart

__all__ = ["Attachment", "attached", "read_attachment"]

Attachment: TypeAlias = AudioPart | FilePart | ImagePart

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)
"""How files begin that have no name: https://mimesniff.spec.whatwg.org."""


def read_attachment(place: str) -> Attachment:
    """The part for a path, an ``http(s)`` or ``data`` address, or ``-`` for the standard input.

    Raises:
        click.UsageError: when it cannot be read, or there is nothing in it.
    """
    if place == "-":
        return attached(_standard_input(), "stdin")
    if urlsplit(place).scheme in ("http", "https", "data"):
        return _at(place)
    try:
        data = Path(place).expanduser().read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {place}: {error.strerror}") from None
    return attached(data, Path(place).name)


def attached(data: bytes, name: str) -> Attachment:
    """The part for the bytes of a file; its name tells the kind, else its first bytes.

    Raises:
        click.UsageError: when there are none.

    Example:
        >>> attached(b"%PDF-1.7 ...", "stdin").media_type
        'application/pdf'
    """
    if not data:
        raise click.UsageError(f"the attachment {name} is empty")
    media_type = mimetypes.guess_type(name)[0] or _sniffed(data)
    encoded = base64.b64encode(data).decode()
    match media_type.partition("/")[0]:
        case "image":
            return ImagePart(data=encoded, media_type=media_type)
        case "audio":
            return AudioPart(data=encoded, media_type=media_type)
        case _:
            return FilePart(data=encoded, media_type=media_type, filename=name)


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("-a - reads the standard input, and nothing is piped in")
    return sys.stdin.buffer.read()


def _at(address: str) -> FilePart | ImagePart:
    """The end of the path tells a document; what tells nothing is taken for a picture."""
    parts = urlsplit(address)
    if parts.scheme == "data":
        media_type = parts.path.partition(";")[0].partition(",")[0]
    else:
        media_type = mimetypes.guess_type(parts.path)[0] or "image/"
    if media_type.startswith("image/"):
        return ImagePart(url=address)
    return FilePart(url=address, filename=Path(parts.path).name or None)


def _sniffed(data: bytes) -> str:
    for beginning, media_type in SIGNATURES:
        if data.startswith(beginning):
            return media_type
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(
            data[8:12], "application/octet-stream"
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"
