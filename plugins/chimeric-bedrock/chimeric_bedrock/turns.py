"""Conversations as ``system`` and ``messages`` of the Converse API."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    TextPart,
)

from .content import API, input_object

IMAGES: Final = ("png", "jpeg", "gif", "webp")
DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
SUBTYPES: Final = {
    "jpg": "jpeg",
    "quicktime": "mov",
    "x-matroska": "mkv",
    "x-flv": "flv",
    "x-ms-wmv": "wmv",
    "3gpp": "three_gp",
    "x-wav": "wav",
    "mpeg": "mpeg",
}
_BAD_ID = re.compile(r"[^a-zA-Z0-9_.:-]")
_BAD_NAME = re.compile(r"[^a-zA-Z0-9 ()\[\]-]+")


class Turns:
    """Translates the messages of one request."""

    def __init__(self, model: str) -> None:
        # Mistral's models take call ids of nine letters and digits only.
        self._short_ids = "mistral." in model
        # The families that take a result's status; others refuse the field.
        self._status = "anthropic." in model or "amazon." in model
        self._documents = 0
        self.dropped: list[str] = []
        self.tools: set[str] = set()

    def system(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The system prompt's blocks."""
        parts = [p for m in messages if m.role in ("system", "developer") for p in m.parts]
        return self._blocks(parts)

    def messages(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """All other messages, neighbours of one role as one: the API wants them to alternate.

        The results of a turn's tools stand together, before any other content of the user.
        """
        turns: list[dict[str, Any]] = []
        spoken = [m for m in messages if m.role not in ("system", "developer")]
        for is_answer, group in groupby(spoken, key=lambda m: m.role == "assistant"):
            members = list(group)
            content: list[dict[str, Any]] = []
            if is_answer:
                for message in members:
                    content += self._answer(message)
            else:
                content += [self._result(m) for m in members if m.role == "tool"]
                for message in members:
                    content += self._blocks(message.parts) if message.role == "user" else []
            if content:
                turns.append({"role": "assistant" if is_answer else "user", "content": content})
        return turns

    def _answer(self, message: Message) -> list[dict[str, Any]]:
        items = message.items_for(API)
        if items is not None:
            self.tools.update(i["toolUse"].get("name", "") for i in items if "toolUse" in i)
            return items
        if message.state is not None:
            self.dropped.append(
                f"the opaque state of {message.state.api} in an earlier assistant message"
            )
        blocks = self._blocks(message.parts)
        if message.refusal and not blocks:
            blocks.append({"text": message.refusal})
        for call in message.tool_calls:
            self.tools.add(call.name)
            use = {"toolUseId": self._id(call.id), "name": call.name}
            blocks.append({"toolUse": {**use, "input": input_object(call.arguments)}})
        return blocks

    def _result(self, message: Message) -> dict[str, Any]:
        # The list must not be empty, nor may a text be.
        inner = [self._inside_result(part) for part in message.parts]
        content = [block for block in inner if block is not None] or [{"json": {"output": ""}}]
        result: dict[str, Any] = {
            "toolUseId": self._id(message.tool_call_id or ""),
            "content": content,
        }
        if message.is_error and self._status:
            result["status"] = "error"
        return {"toolResult": result}

    def _inside_result(self, part: Part) -> dict[str, Any] | None:
        """A part of a result, where a note stands for what the API does not take there."""
        if isinstance(part, (TextPart, NativePart)):
            return self._block(part)
        try:
            block = self._block(part)
            if block is not None and "audio" not in block:
                return block
            reason = "bedrock takes no sound in it"
        except ModelNotSupportedError as error:
            reason = error.message
        self.dropped.append(f"a tool's result has a note for {part.label}: {reason}")
        return {"text": part.stand_in}

    def _id(self, value: str) -> str:
        if self._short_ids:
            if len(value) == 9 and value.isalnum():
                return value
            return hashlib.sha256(value.encode()).hexdigest()[:9]
        return _BAD_ID.sub("_", value)[:64]

    def _blocks(self, parts: Sequence[Part]) -> list[dict[str, Any]]:
        return [block for part in parts if (block := self._block(part)) is not None]

    def _block(self, part: Part) -> dict[str, Any] | None:
        match part:
            case TextPart():
                return {"text": part.text} if part.text.strip() else None
            case NativePart():
                return part.value
            case ImagePart():
                return {"image": _media(part, IMAGES)}
            case AudioPart():
                return {"audio": _media(part)}
            case FilePart():
                return self._file(part)

    def _file(self, part: FilePart) -> dict[str, Any]:
        main = (part.media_type or "").partition("/")[0]
        if main == "image":
            return {"image": _media(part, IMAGES)}
        if main in ("video", "audio"):
            return {main: _media(part)}
        form = DOCUMENTS.get(part.media_type or "")
        # "JVBERi" is "%PDF-" in base64: files often come without a media type.
        if form is None and (part.data or "").startswith("JVBERi"):
            form = "pdf"
        if form is None and main == "text":
            form = "txt"
        if form is None:
            raise ModelNotSupportedError(
                "bedrock takes PDF, text, Word, Excel, CSV, HTML and Markdown files, not "
                f"{part.media_type or 'a file of unknown type'}"
            )
        self._documents += 1
        stem = _BAD_NAME.sub(" ", (part.filename or "").rpartition(".")[0]).strip()
        name = f"{stem[:180]} {self._documents}" if stem else f"Document {self._documents}"
        return {"document": {"format": form, "name": name, "source": _source(part)}}


def _media(
    part: ImagePart | AudioPart | FilePart, formats: tuple[str, ...] | None = None
) -> dict[str, Any]:
    kind, _, subtype = (part.media_type or "").partition("/")
    form = SUBTYPES.get(subtype, subtype)
    if not form or (formats is not None and form not in formats):
        raise ModelNotSupportedError(f"bedrock takes no {kind or 'media'} of type {subtype!r}")
    return {"format": form, "source": _source(part)}


def _source(part: ImagePart | AudioPart | FilePart) -> dict[str, Any]:
    if part.url is not None and part.url.startswith("s3://"):
        return {"s3Location": {"uri": part.url}}
    if part.data is None:
        raise ModelNotSupportedError(
            "bedrock fetches nothing from the web: send the bytes (data), or an s3:// URL"
        )
    # The service takes standard base64 only; this also finds out what is none.
    try:
        base64.b64decode(part.data, validate=True)
    except ValueError:
        raise ModelNotSupportedError("the data of a part is not base64") from None
    return {"bytes": part.data}
