"""Pictures and other files that a message brings."""

from __future__ import annotations

from typing import Any

from chimeric import FilePart, GeneratedFile, ImagePart
from chimeric_chat_completions.lenient import obj, text

__all__ = ["Files"]

ADDRESS = ("image_url", "video_url", "document_url", "file_url", "url")
"""Members with an address, or an object that has it as its ``url``."""


class Files:
    """The files of one answer, each told once: servers repeat pictures with the last chunk."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def new(self, found: list[Any]) -> list[GeneratedFile]:
        """Those that were not told yet; what is no file is passed over."""
        read = (self._read(item) for item in found)
        return [file for file in read if file is not None]

    def _read(self, item: Any) -> GeneratedFile | None:
        fields = {"image_url": item} if isinstance(item, str) else obj(item)
        address = next((said for name in ADDRESS if (said := _address(fields.get(name)))), None)
        stored = text(fields.get("file_id"))
        data = text(fields.get("b64_json"))
        known = address or data or stored
        if known is None or known in self._told:
            return None
        name = self._told[known] = f"file_{len(self._told)}"
        place: dict[str, Any] = {"file_id": stored}
        if address or data:
            place = {**_place(address, data)}
        if _is_picture(fields, place):
            return GeneratedFile(name, ImagePart(**place))
        title = text(fields.get("file_name")) or text(fields.get("document_name"))
        return GeneratedFile(name, FilePart(**place, filename=title))


def _address(value: Any) -> str | None:
    return text(value) or text(obj(value).get("url"))


def _place(address: str | None, data: str | None) -> dict[str, str | None]:
    """Where the bytes of a file are: a ``data:`` URL holds them itself.

    Example:
        >>> _place("data:image/png;base64,aGk=", None)
        {'data': 'aGk=', 'media_type': 'image/png'}
    """
    if address is None:
        return {"data": data, "media_type": "image/png"}
    head, comma, content = address.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return {"url": address}
    media_type = head.removeprefix("data:").split(";")[0]
    return {"data": content, "media_type": media_type or None}


def _is_picture(fields: dict[str, Any], place: dict[str, str | None]) -> bool:
    if media_type := place.get("media_type"):
        return media_type.startswith("image/")
    return "image_url" in fields or "image" in str(fields.get("type"))
