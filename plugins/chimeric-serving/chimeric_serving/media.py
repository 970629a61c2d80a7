"""Files of front ends as parts of messages: data URLs and addresses."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from chimeric import AudioPart, FilePart, ImagePart

from .requests import InvalidRequestError

__all__ = ["MediaPart", "media_part", "media_type_of", "media_url", "part_of_url"]

MediaPart = ImagePart | AudioPart | FilePart

DATA_URL = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)


def media_part(
    media_type: str | None,
    *,
    data: str | None = None,
    url: str | None = None,
    file_id: str | None = None,
    filename: str | None = None,
) -> MediaPart:
    """The part for a media type."""
    family = (media_type or "").partition("/")[0].lower()
    if family == "image":
        return ImagePart(data=data, url=url, file_id=file_id, media_type=media_type)
    if family == "audio":
        return AudioPart(data=data, url=url, file_id=file_id, media_type=media_type)
    return FilePart(
        data=data, url=url, file_id=file_id, media_type=media_type, filename=filename or None
    )


def part_of_url(
    url: str, media_type: str | None, where: str, filename: str | None = None
) -> MediaPart:
    """The part of a ``data:`` or ``http(s):`` URL.

    Raises:
        InvalidRequestError: for a URL of another scheme (``blob:`` and ``file:`` mean nothing to
            anybody but the browser) and for data that is not base64.
    """
    if url[:5].lower() == "data:":
        head = DATA_URL.match(url)
        if head is None:
            raise InvalidRequestError(f"{where} has a data URL without a comma")
        said, flags = head.groups()
        data = url[head.end() :]
        if ";base64" in flags.lower():
            data = _base64(data, where)
        else:
            data = base64.b64encode(unquote_to_bytes(data)).decode()
        return media_part(media_type or said or None, data=data, filename=filename)
    if re.match(r"https?://[^\s]", url, re.IGNORECASE):
        return media_part(media_type, url=url, filename=filename)
    scheme = url.partition(":")[0][:20]
    raise InvalidRequestError(
        f"{where} has a URL of the scheme {scheme!r}; send a data: URL with the bytes, or an "
        "http(s): address"
    )


def _base64(data: str, where: str) -> str:
    text = unquote_to_bytes(data).decode("ascii", "replace") if "%" in data else data
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise InvalidRequestError(f"{where} has a data URL whose data is not base64") from None
    return text


def media_url(part: MediaPart) -> str | None:
    """Where a browser finds a file: its address, or its bytes; None where the provider has it."""
    return part.url or part.data_url


def media_type_of(part: MediaPart) -> str:
    """The media type of a part, also where nobody said it."""
    if part.media_type:
        return part.media_type
    if isinstance(part, ImagePart):
        return "image/png"
    return "audio/wav" if isinstance(part, AudioPart) else "application/octet-stream"
