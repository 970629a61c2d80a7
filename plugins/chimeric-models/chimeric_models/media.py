"""Media types: as services spell them, told by the first bytes where nobody says, data URLs."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Collection
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from chimeric import AudioPart, ConfigurationError, FilePart, ImagePart, ModelNotSupportedError

__all__ = ["recognised", "settled"]

MediaPart = TypeVar("MediaPart", bound="ImagePart | FilePart | AudioPart")

SPELLINGS: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "application/x-pdf": "application/pdf",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/mp3": "audio/mpeg",
}
"""Types that people write, and the registered ones (IANA's list of media types)."""

UNKNOWN: Final = ("", "application/octet-stream", "binary/octet-stream", "image/*", "audio/*")
"""Types that tell nothing."""

SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
"""First bytes of files (WHATWG's MIME Sniffing Standard, section 6)."""

RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
"""A RIFF file tells its format in bytes 8 to 12."""

BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
}
"""So does one of the MP4 family, after the word ``ftyp``; the others are films."""

ENOUGH: Final = 32
"""Characters of base64 that hold the first bytes of every format above."""


def settled(part: MediaPart, pictures: Collection[str] = ()) -> MediaPart:
    """The part with bytes where a data URL was, and its media type as services spell it.

    A type that nobody says, or that tells nothing, is told by the first bytes, by the name of a
    file, or by its being text; it stays as it was where these do not tell it either. The type of a
    picture is always what its first bytes say, since some services compare them.

    Args:
        part: the part.
        pictures: media types of the pictures that are taken; none for all.

    Raises:
        ModelNotSupportedError: for a data URL that cannot be read, and for a picture of a type
            that is not taken.
        ConfigurationError: for data that is not base64, an address that is none, a picture of
            another type, or nothing at all.

    Example:
        >>> part = settled(ImagePart(url="data:image/JPG;base64,/9j/4AAQSkZJRg=="))
        >>> part.data, part.media_type
        ('/9j/4AAQSkZJRg==', 'image/jpeg')
    """
    kind: str | None
    data, kind = data_and_type(part)
    url = part.url if data == part.data else None
    if data is not None and (kind in UNKNOWN or kind.startswith("image/")):
        # A picture that is called another one is refused: "does not match the provided media type".
        kind = recognised(data) or kind
    if kind in UNKNOWN and isinstance(part, FilePart):
        kind = mimetypes.guess_type(part.filename or "")[0] or _as_text(data) or kind
    kind = kind or None
    _check(part, data, url, kind)
    if (
        pictures
        and isinstance(part, ImagePart)
        and data is not None
        and kind not in (None, *pictures)
    ):
        names = ", ".join(name.removeprefix("image/") for name in pictures)
        raise ModelNotSupportedError(f"pictures of the type {kind} are not taken; send {names}")
    if (data, url, kind) == (part.data, part.url, part.media_type):
        return part
    return msgspec.structs.replace(part, data=data, url=url, media_type=kind)


def data_and_type(part: ImagePart | FilePart | AudioPart) -> tuple[str | None, str]:
    """The bytes of a part, those of a data URL too, and the type that it is called ("" for none).

    Raises:
        ModelNotSupportedError: for a data URL that cannot be read.
    """
    data, kind = part.data, part.media_type
    given = part.url if data is None else data
    if given is not None and given[:5].lower() == "data:":
        told, data = _read_data_url(given)
        kind = told or kind
    return data, _spelled(kind or "")


NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/=_\s-]")


def _check(
    part: ImagePart | FilePart | AudioPart, data: str | None, url: str | None, kind: str | None
) -> None:
    """See that a part is what it is called, as far as its first characters tell it."""
    what = type(part).__name__
    if data == "" or (data is None and url is None and part.file_id is None):
        raise ConfigurationError(f"{what} has neither data, nor a url, nor a file_id")
    if data is not None and NOT_BASE64.search(data[: 2 * ENOUGH]):
        raise ConfigurationError(f"the data of {what} is not base64: {data[:20]!r}...")
    if url is not None and ":" not in url and "/" not in url:
        raise ConfigurationError(f"the url of {what} is no address: {url[:40]!r}")
    if isinstance(part, ImagePart) and kind and not kind.startswith("image/"):
        raise ConfigurationError(f"ImagePart has the media_type {kind!r}; give it as a FilePart")


def recognised(data: str) -> str | None:
    """The media type of base64 data, by its first bytes; None where they do not tell it.

    Example:
        >>> recognised("UklGRiQAAABXQVZFZm10IA==")
        'audio/wav'
    """
    first = first_bytes(data)
    if first is None:
        return None
    if first.startswith(b"RIFF"):
        return RIFF.get(first[8:12])
    if first[4:8] == b"ftyp":
        return BRANDS.get(first[8:12], "video/mp4")
    if first[:1] == b"\xff" and first[1:2] in (b"\xfb", b"\xf3", b"\xf2"):
        return "audio/mpeg"
    return next((kind for start, kind in SIGNATURES if first.startswith(start)), None)


def first_bytes(data: str) -> bytes | None:
    """The beginning of base64 data; None where it is none."""
    head = "".join(data[: 2 * ENOUGH].split())[:ENOUGH].rstrip("=")
    try:
        return base64.urlsafe_b64decode(
            head.replace("+", "-").replace("/", "_") + "=" * (-len(head) % 4)
        )
    except (binascii.Error, ValueError):
        return None


def _spelled(kind: str) -> str:
    name, mark, parameters = kind.partition(";")
    name = name.strip().lower()
    name = SPELLINGS.get(name, name)
    return f"{name}{mark}{parameters}" if name.startswith("text/") else name


def _read_data_url(url: str) -> tuple[str | None, str]:
    """The media type of a data URL, and its bytes as base64 (RFC 2397)."""
    head, comma, body = url[5:].partition(",")
    if not comma:
        raise ModelNotSupportedError(f"{url[:40]!r} is not a data URL: it has no comma")
    kind, *rest = head.split(";")
    if "base64" in (word.strip().lower() for word in rest):
        return kind or None, "".join(unquote_to_bytes(body).decode("latin-1").split())
    return kind or "text/plain", base64.b64encode(unquote_to_bytes(body)).decode()


def _as_text(data: str | None) -> str | None:
    """``text/plain`` for bytes that are text."""
    if data is None:
        return None
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError:
        return None
    return "text/plain" if text and "\x00" not in text else None
