"""Messages as ``contents``: turns of ``user`` and ``model``, each a list of parts."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    TextPart,
    ToolCall,
)

from .parser import Answer
from .thinking import Generation

FOREIGN_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""Base64 of ``skip_thought_signature_validator``, which Google documents for calls that another
model made: since Gemini 3 the first call of a step is refused without a signature."""

# The first base64 characters of each format's magic number.
MAGIC = {
    "iVBORw": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}


class Contents:
    """Collects the turns of a conversation. Neighbours of one role become one turn."""

    def __init__(self, generation: Generation, dropped: list[str]) -> None:
        self._generation = generation
        self._dropped = dropped
        self._contents: list[dict[str, Any]] = []
        # Id of a call -> its place in the conversation, its name, and its id on the wire.
        self._calls: dict[str, tuple[int, str, str | None]] = {}
        self._results: list[Message] = []

    def add(self, message: Message) -> None:
        """Add a message that is no system message."""
        if message.role == "tool":
            self._results.append(message)
            return
        self._flush_results()
        if message.role == "assistant":
            self._turn("model", self._model_parts(message))
        else:
            self._turn("user", [self._part(part) for part in message.parts] or [{"text": ""}])

    def finish(self) -> list[dict[str, Any]]:
        """All turns."""
        self._flush_results()
        return self._contents

    def _turn(self, role: str, parts: list[dict[str, Any]]) -> None:
        if not parts:
            return
        if self._contents and self._contents[-1]["role"] == role:
            self._contents[-1]["parts"] += parts
        else:
            self._contents.append({"role": role, "parts": parts})

    def _model_parts(self, message: Message) -> list[dict[str, Any]]:
        items = message.items_for(Answer.api)
        if items is not None:
            calls = [item["functionCall"] for item in items if item.get("functionCall")]
            for call, sent in zip(message.tool_calls, calls, strict=False):
                self._remember(call, sent.get("id"))
            return list(items)
        if message.state is not None:
            self._dropped.append(
                f"state of {message.state.api} in an assistant message: Gemini cannot read it"
            )
        parts = [self._part(part) for part in message.parts]
        if not parts and message.refusal:
            parts = [{"text": message.refusal}]
        for position, call in enumerate(message.tool_calls):
            self._remember(call, None)
            part: dict[str, Any] = {"functionCall": {"name": call.name, "args": _object(call)}}
            if position == 0 and self._generation.at_least(3):
                part["thoughtSignature"] = FOREIGN_SIGNATURE
            parts.append(part)
        return parts

    def _remember(self, call: ToolCall, wire_id: str | None) -> None:
        self._calls[call.id] = (len(self._calls), call.name, wire_id)

    def _flush_results(self) -> None:
        """Results go in the order of the calls: without ids that is how they are matched."""
        results, self._results = self._results, []
        unknown = (len(self._calls), "", None)
        keyed = [(self._calls.get(m.tool_call_id or "", unknown), m) for m in results]
        keyed.sort(key=lambda pair: pair[0][0])
        answers: list[dict[str, Any]] = []
        beside: list[dict[str, Any]] = []
        for (_, name, wire_id), message in keyed:
            answer, media = self._result(message, name, wire_id)
            answers.append(answer)
            beside += media
        self._turn("user", answers + beside)

    def _result(
        self, message: Message, name: str, wire_id: str | None
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The response part of a result, and the media that it cannot hold."""
        name = message.name or name or message.tool_call_id or ""
        texts = [message.text] if message.text else []
        media: list[dict[str, Any]] = []
        for part in message.parts:
            if isinstance(part, NativePart):
                media.append(part.value)
            elif not isinstance(part, TextPart):
                self._add_media(part, media, texts)
        key = "error" if message.is_error else "output"
        response: dict[str, Any] = {"name": name, "response": {key: _value("\n".join(texts))}}
        if wire_id:
            response["id"] = wire_id
        if media and self._generation.at_least(3):
            response["parts"] = media
            media = []
        return {"functionResponse": response}, media

    def _add_media(
        self, part: ImagePart | FilePart | AudioPart, media: list[dict[str, Any]], texts: list[str]
    ) -> None:
        """Add a part of a result, or a note for one that cannot be sent."""
        try:
            media.append(_media(part))
        except ModelNotSupportedError as error:
            self._dropped.append(f"a tool's result has a note for {part.label}: {error.message}")
            texts.append(part.stand_in)

    def _part(self, part: Part) -> dict[str, Any]:
        match part:
            case TextPart(text=text):
                return {"text": text}
            case NativePart(value=value):
                return value
            case ImagePart() | FilePart() | AudioPart():
                return _media(part)


def _media(part: ImagePart | FilePart | AudioPart) -> dict[str, Any]:
    if part.data is not None:
        return {"inlineData": {"mimeType": _media_type(part, part.data), "data": part.data}}
    uri = part.file_id or part.url
    if uri is None:
        raise ModelNotSupportedError("a part has neither data, url nor file_id")
    reference = {"fileUri": uri}
    if part.media_type:
        reference["mimeType"] = part.media_type
    return {"fileData": reference}


def _media_type(part: ImagePart | FilePart | AudioPart, data: str) -> str:
    if part.media_type:
        return part.media_type
    for magic, media_type in MAGIC.items():
        if data.startswith(magic):
            return media_type
    raise ModelNotSupportedError(
        f"Gemini needs the media_type of a {type(part).__name__}, and its bytes do not tell it"
    )


def _value(text: str) -> Any:
    """JSON objects and lists as such, so that the model does not read them as quoted text."""
    if text[:1] in ("{", "["):
        try:
            return msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return text
    return text


def _object(call: ToolCall) -> dict[str, Any]:
    """Arguments as the object that the API demands; anything else goes under ``input``."""
    try:
        value = call.parsed()
    except (ValueError, RecursionError):
        value = call.arguments
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {} if value is None else {"input": value}
