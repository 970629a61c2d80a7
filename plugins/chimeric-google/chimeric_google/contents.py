"""Messages as ``contents``: turns of ``user`` and ``model``, each a list of parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import msgspec
from chimeric_models import echoed_items, left_out, readable, settled

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
    own_keys,
)

from .parser import Answer
from .thinking import Generation

MediaPart = TypeVar("MediaPart", bound="ImagePart | FilePart | AudioPart")

FOREIGN_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""Base64 of ``skip_thought_signature_validator``, which Google documents for calls that another
model made: since Gemini 3 the first call of a step is refused without a signature."""

REFERENCE = "$ref"

RESOLUTIONS = {
    name: {"level": f"MEDIA_RESOLUTION_{name.upper()}"}
    for name in ("low", "medium", "high", "ultra_high")
}
"""``ImagePart.detail`` as a part's own resolution, which it has since Gemini 3
(``PartMediaResolution`` of google-genai)."""

RESULT_KEYS = ("scheduling", "willContinue")

DATA = (
    *("codeExecutionResult", "executableCode", "fileData", "functionCall", "functionResponse"),
    *("inlineData", "toolCall", "toolResponse"),
)
"""Keys of which a part of Gemini's own form has one, besides ``text``."""

PART_KEYS = (
    *("thought", "thoughtSignature", "partMetadata", "videoMetadata", "mediaResolution"),
    *("audioMetadata", "documentMetadata", "mediaProcessing", "speechMetadata"),
    *("spreadsheetMetadata",),
)
"""What a part of Gemini's own form may have besides its data."""


class Contents:
    """Collects the turns of a conversation. Neighbours of one role become one turn."""

    def __init__(self, generation: Generation, dropped: list[str], api: str = Answer.api) -> None:
        self._generation = generation
        self._api = api
        self._dropped = dropped
        self._contents: list[dict[str, Any]] = []
        # Id of a call -> its place in the conversation, its name, and its id on the wire.
        self._calls: dict[str, tuple[int, str, str | None]] = {}
        self._results: list[Message] = []

    def add(self, message: Message) -> None:
        """Add a message that is no system message."""
        message = readable(message, DATA, self._dropped, untyped=True)
        if message.role == "tool":
            self._results.append(message)
            return
        self._flush_results()
        if message.role == "assistant":
            self._turn("model", self._model_parts(message))
        else:
            self._turn("user", self._parts(message) or [{"text": ""}])

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
        items = message.items_for(self._api)
        if items is not None:
            items = echoed_items(message, items, PART_KEYS)
            calls = [item["functionCall"] for item in items if item.get("functionCall")]
            for call, sent in zip(message.tool_calls, calls, strict=False):
                self._remember(call, sent.get("id"))
            return self._signed(list(items))
        if message.state is not None:
            self._dropped.append(
                f"state of {message.state.api} in an assistant message: Gemini cannot read it"
            )
        elif message.reasoning:
            self._dropped.append(
                "reasoning of another model in an assistant message: it was left out"
            )
        parts = self._parts(message)
        if message.refusal:
            parts.append({"text": message.refusal})
        for position, call in enumerate(message.tool_calls):
            self._remember(call, None)
            part: dict[str, Any] = {"functionCall": {"name": call.name, "args": object_of(call)}}
            if position == 0 and self._generation.at_least(3):
                part["thoughtSignature"] = FOREIGN_SIGNATURE
            part |= own_keys(call.extra, PART_KEYS)
            parts.append(part)
        return parts

    def _signed(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A turn whose first call has a signature, if only the one for calls of other models."""
        place = next((n for n, item in enumerate(items) if item.get("functionCall")), None)
        signed = any("thoughtSignature" in item for item in items)
        if place is not None and not signed and self._generation.at_least(3):
            items[place] = {"thoughtSignature": FOREIGN_SIGNATURE, **items[place]}
        return items

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
        response |= own_keys(message.extra, RESULT_KEYS)
        if media and self._generation.at_least(3):
            response["parts"] = media
            media = []
        return {"functionResponse": response}, media

    def _add_media(
        self, part: ImagePart | FilePart | AudioPart, media: list[dict[str, Any]], texts: list[str]
    ) -> None:
        """Add a part of a result, or a note for one that cannot be sent."""
        if isinstance(part, ImagePart) and part.detail:  # ``FunctionResponsePart`` has none
            self._dropped.append(f"detail={part.detail!r} of a picture in a tool's result")
            part = msgspec.structs.replace(part, detail=None)
        try:
            media.append(_media(part))
        except ModelNotSupportedError as error:
            self._dropped.append(f"a tool's result has a note for {part.label}: {error.message}")
            texts.append(part.stand_in)

    def _parts(self, message: Message) -> list[dict[str, Any]]:
        return [told for part in message.parts if (told := self._part(part)) is not None]

    def _native(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """A part in Gemini's own form; one with a type is of another's."""
        if "type" not in value:
            return value
        self._dropped.append(left_out(value, "Gemini"))
        return None

    def _part(self, part: Part) -> dict[str, Any] | None:
        match part:
            case TextPart(text=text):
                return {"text": text} if part.extra is None else _text(part)
            case NativePart(value=value):
                return self._native(value)
            case ImagePart() | FilePart() | AudioPart():
                if isinstance(part, FilePart) and part.filename:
                    self._dropped.append(f"Gemini takes no filename: {part.filename!r} is not sent")
                return _media(part)


def system_parts(messages: Sequence[Message], dropped: list[str]) -> list[dict[str, Any]]:
    """The parts of ``systemInstruction``, the one place that Gemini has for them.

    Raises:
        ModelNotSupportedError: for a picture, a file or a sound, which it does not take there.
    """
    parts: list[dict[str, Any]] = []
    begun = moved = False
    for message in messages:
        if message.role not in ("system", "developer"):
            begun = True
            continue
        moved = moved or begun
        for part in readable(message, DATA, dropped, untyped=True).parts:
            if isinstance(part, (ImagePart, FilePart, AudioPart)):
                raise ModelNotSupportedError(
                    f"Gemini takes no {type(part).__name__} in a {message.role} message; "
                    "put it into a user message"
                )
            if not isinstance(part, TextPart) or part.text:
                parts.append(_text(part) if isinstance(part, TextPart) else part.value)
    if moved:
        dropped.append(
            "a system message after other messages: Gemini has one place for them, before the first"
        )
    return parts


def _text(part: TextPart) -> dict[str, Any]:
    return {"text": part.text, **own_keys(part.extra, PART_KEYS)}


def placed(part: MediaPart) -> tuple[MediaPart, str | None]:
    """A part as it can be sent, and its address; None where it has bytes, which have a type then.

    Raises:
        ModelNotSupportedError: for bytes of an unknown type, and for a part that has nothing.
        ConfigurationError: as ``settled`` says.
    """
    part = settled(part)
    if part.data is None:
        uri = part.file_id or part.url
        if uri is None:
            raise ModelNotSupportedError("a part has neither data, url nor file_id")
        return part, uri
    if part.media_type is None:
        raise ModelNotSupportedError(
            f"Gemini needs the media_type of a {type(part).__name__}, and it cannot be told from "
            "the bytes"
        )
    return part, None


def _media(part: ImagePart | FilePart | AudioPart) -> dict[str, Any]:
    part, uri = placed(part)
    named = own_keys(part.extra, ("displayName",))
    own = own_keys(part.extra, PART_KEYS)
    if isinstance(part, ImagePart) and part.detail in RESOLUTIONS:
        own = {"mediaResolution": RESOLUTIONS[part.detail], **own}
    if uri is None:
        data = {"mimeType": part.media_type, "data": part.data}
        return {"inlineData": {**data, **named}, **own}
    reference = {"fileUri": uri, **named}
    if part.media_type:
        reference["mimeType"] = part.media_type
    return {"fileData": reference, **own}


def _value(text: str) -> Any:
    """JSON objects and lists as such, so that the model does not read them as quoted text."""
    if text[:1] in ("{", "["):
        try:
            value = msgspec.json.decode(text)
        except (ValueError, RecursionError):
            return text
        # There it is a reference to the display name of a part of this result, or the request is
        # refused with 400: "The referenced name in function_response.response does not match".
        return text if REFERENCE in text and _has_key(value, REFERENCE) else value
    return text


def _has_key(value: Any, key: str) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            found = cast("dict[str, Any]", item)
            if key in found:
                return True
            stack.extend(found.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(cast("list[Any]", item))
    return False


def object_of(call: ToolCall) -> dict[str, Any]:
    """Arguments as the object that the API demands; anything else goes under ``input``."""
    try:
        value = call.parsed()
    except (ValueError, RecursionError):
        value = call.arguments
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {} if value is None else {"input": value}
