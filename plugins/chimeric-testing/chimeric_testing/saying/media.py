"""Pictures, sounds and documents that differ from each other, whatever form they are put in."""

from __future__ import annotations

import base64
from urllib.parse import quote

import msgspec

from .said import Leaf
from .speaker import Speaker

__all__ = ["Media", "document", "picture", "sound"]

HEADS = {
    "image/png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
    ),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/gif": b"GIF89a\x01\x00\x01\x00",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "audio/mp3": b"ID3\x03\x00",
    "application/pdf": b"%PDF-1.4\n",
    "text/plain": b"",
    "text/csv": b"a,b\n1,2\n",
}
"""How the bytes of each type begin."""

SPELLINGS = {"image/jpeg": ("image/jpg", "IMAGE/JPEG", "image/pjpeg"), "image/png": ("IMAGE/PNG",)}


class Media(msgspec.Struct, frozen=True):
    """Something that is no text.

    Attributes:
        what: ``image``, ``audio`` or ``file``.
        media_type: its true type.
        named: its type as it is told, or None.
        data: its bytes; empty where it has an address.
        url: its address.
        name: the name of a file.
    """

    what: str
    media_type: str
    named: str | None
    data: bytes = b""
    url: str = ""
    name: str = ""

    @property
    def base64(self) -> str:
        """The bytes in base64."""
        return base64.b64encode(self.data).decode()

    @property
    def address(self) -> str:
        """Its address, or its bytes as one."""
        if self.url:
            return self.url
        return f"data:{self.named or self.media_type};base64,{self.base64}"

    @property
    def unpacked(self) -> str:
        """Its bytes as an address that is not base64."""
        return f"data:{self.named or self.media_type},{quote(self.data)}"


def picture(speaker: Speaker) -> Media:
    """A picture."""
    return _media(speaker, "image", ("image/png", "image/jpeg", "image/gif", "image/webp"))


def sound(speaker: Speaker) -> Media:
    """A sound by value."""
    return _media(speaker, "audio", ("audio/wav", "audio/mp3"), url=False)


def document(speaker: Speaker) -> Media:
    """A document by value."""
    return _media(speaker, "file", ("application/pdf", "text/plain", "text/csv"), url=False)


TOLD = {
    "image": ("image", "picture", "note"),
    "audio": ("audio", "sound", "note"),
    "file": ("file", "document", "note"),
}


def _media(speaker: Speaker, what: str, types: tuple[str, ...], *, url: bool = True) -> Media:
    mark = speaker.mark(what)
    media_type = speaker.one_of(*types)
    if url and speaker.maybe(0.2):
        address = f"https://example.com/{mark}.{media_type.rpartition('/')[2]}"
        speaker.leaf("media", mark, told=TOLD[what])
        return Media(what, media_type, media_type, url=address)
    data = HEADS[media_type] + mark.encode()
    named: str | None = media_type
    if speaker.maybe(0.2):
        odd = SPELLINGS.get(media_type, (media_type.upper(),))
        named = None if speaker.maybe(0.3) and HEADS[media_type] else speaker.one_of(*odd)
    encoded = base64.b64encode(data).decode()
    inner = (encoded, mark) if media_type.startswith("text/") else (encoded,)
    leaf = Leaf(kind="media", mark=encoded, spellings=inner, told=TOLD[what])
    speaker.leaves.append(leaf)
    name = _name(speaker, media_type) if what == "file" and speaker.maybe(0.5) else ""
    return Media(what, media_type, named, data=data, name=name)


def _name(speaker: Speaker, media_type: str) -> str:
    mark = speaker.mark("name")
    speaker.leaf("key", mark, told=("name",))
    return f"{mark}.{media_type.rpartition('/')[2]}"
