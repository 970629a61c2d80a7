"""Messages, parts and tools in Gemini's own form, read for calls of any provider."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any, Final, Literal, cast

import msgspec

from chimeric import (
    AudioPart,
    ConfigurationError,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    ProviderState,
    TextPart,
    Tool,
    ToolCall,
)

from .contents import PART_KEYS
from .parser import Answer

ROLES: Final = {
    None: "user",
    "user": "user",
    "function": "user",
    "model": "assistant",
    "assistant": "assistant",
    "system": "system",
}
TOOLS: Final = (
    *("codeExecution", "computerUse", "enterpriseWebSearch", "exaAiSearch", "fileSearch"),
    *("functionDeclarations", "googleMaps", "googleSearch", "googleSearchRetrieval"),
    *("mcpServers", "parallelAiSearch", "retrieval", "urlContext"),
)
"""What a ``Tool`` of ``generateContent`` holds, as google-genai 3.6 has it."""


NAMES: Final = frozenset(
    (
        *TOOLS,
        *PART_KEYS,
        *("inlineData", "fileData", "functionCall", "functionResponse", "executableCode"),
        *("codeExecutionResult", "toolCall", "toolResponse", "audioTranscription", "mimeType"),
        *("displayName", "fileUri", "partialArgs", "willContinue"),
    )
)
"""Names of a part's members and of theirs, which the Python SDK writes with underscores."""


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """A dict of Gemini's form in unified form; None for one of another."""
    if kind == "part" and "type" in value:
        return None  # no part of Gemini's has one
    raw = _camel(value)
    if kind == "message":
        return _messages(raw, before)
    if kind == "part":
        found = _part(raw, before, 0)
        return NativePart(dict(value)) if found is None and raw.keys() & NAMES else found
    return tuple(_tools(raw, value)) or None


def _messages(raw: dict[str, Any], before: Sequence[Message]) -> list[Message] | None:
    given, role = raw.pop("parts", None), raw.pop("role", None)
    listed: Any = [given] if isinstance(given, (str, Mapping)) else given
    if not isinstance(listed, (list, tuple)) or role not in ROLES:
        return None
    if odd := [item for item in cast("list[Any]", listed) if not isinstance(item, (str, Mapping))]:
        raise ConfigurationError(f"parts hold {odd[0]!r:.80}; a part is a dict or a text")
    items = [
        {"text": item} if isinstance(item, str) else _camel(cast("Mapping[str, Any]", item))
        for item in cast("Sequence[Any]", listed)
    ]
    if ROLES[role] == "assistant":
        return [_answer(items, before, raw)]
    results: list[Message] = []
    parts: list[Part] = []
    for item in items:
        found = _part(item, [*before, *results], 0)
        if isinstance(found, Message):
            results.append(found)
        elif found is None or isinstance(found, ToolCall):
            parts.append(NativePart(item))  # no user calls a tool
        else:
            parts.append(found)
    if parts or not results:
        said: Literal["system", "user"] = "system" if role == "system" else "user"
        results.append(Message(said, _content(parts), extra=raw or None))
    return results


def _answer(
    items: list[dict[str, Any]], before: Sequence[Message], rest: dict[str, Any]
) -> Message:
    """A turn of the model. What only Gemini can read goes back to it as it came."""
    parts: list[Part] = []
    calls: list[ToolCall] = []
    thoughts: list[str] = []
    opaque = any(_is_opaque(item) for item in items)
    for item in items:
        if item.get("thought") and isinstance(item.get("text"), str):
            thoughts.append(item["text"])
            continue
        found = _part(item, before, len(calls))
        if isinstance(found, ToolCall):
            calls.append(found)
        elif found is not None and not isinstance(found, Message):
            parts.append(found)
        elif not opaque:
            parts.append(NativePart(item))
    return Message(
        "assistant",
        _content(parts),
        tuple(calls),
        reasoning="".join(thoughts) or None,
        state=ProviderState(Answer.api, list(items)) if opaque else None,
        extra=rest or None,
    )


def _content(parts: list[Part]) -> str | tuple[Part, ...]:
    """Parts as a message holds them: a text alone as it is."""
    only = parts[0] if len(parts) == 1 else None
    return only.text if isinstance(only, TextPart) and not only.extra else tuple(parts)


def _is_opaque(item: dict[str, Any]) -> bool:
    if item.keys() & {"thought", "thoughtSignature"}:
        return True
    call = item.get("functionCall")
    if isinstance(call, Mapping):
        return "id" in call
    return not item.keys() & {"text", "inlineData", "fileData"}


def _part(
    item: dict[str, Any], before: Sequence[Message], ahead: int
) -> Part | ToolCall | Message | None:
    """One part; ``ahead`` counts the calls before it in its own message."""
    left = dict(item)
    text = left.pop("text", None)
    if isinstance(text, str):
        return TextPart(text, extra=left or None)
    for name, read in (("inlineData", _inline), ("fileData", _file)):
        if isinstance(left.get(name), Mapping):
            return read(_camel(left.pop(name)), left)
    if isinstance(left.get("functionCall"), Mapping):
        return _call(_camel(left.pop("functionCall")), left, before, ahead)
    if isinstance(left.get("functionResponse"), Mapping):
        return _result(_camel(left.pop("functionResponse")), before)
    return None


def _inline(blob: dict[str, Any], rest: dict[str, Any]) -> Part | None:
    data = blob.pop("data", None)
    if isinstance(data, (bytes, bytearray)):
        data = base64.b64encode(data).decode()
    if not isinstance(data, str):
        return None
    return _media(blob.pop("mimeType", None), {**blob, **rest}, data=data)


def _file(file: dict[str, Any], rest: dict[str, Any]) -> Part | None:
    uri = file.pop("fileUri", None)
    return _media(file.pop("mimeType", None), {**file, **rest}, url=uri) if uri else None


def _media(kind: Any, rest: dict[str, Any], **where: Any) -> Part:
    place: Any = {"image": ImagePart, "audio": AudioPart}
    made = place.get(str(kind).partition("/")[0].lower(), FilePart)
    part: Part = made(media_type=kind, extra=rest or None, **where)
    return part


def _call(
    call: dict[str, Any], rest: dict[str, Any], before: Sequence[Message], ahead: int
) -> ToolCall | None:
    name, told, arguments = call.pop("name", None), call.pop("id", None), call.pop("args", None)
    if not name:
        return None
    encoded = msgspec.json.encode(arguments or {}).decode()
    identity = str(told or _new_id(before, ahead))
    return ToolCall(identity, name, encoded, extra={**call, **rest} or None)


def _new_id(before: Sequence[Message], ahead: int) -> str:
    """An id that no call before has, however those were written."""
    used = {call.id for message in before for call in message.tool_calls}
    numbers = (f"call_{number}" for number in count(len(used)))
    return next(islice((name for name in numbers if name not in used), ahead, None))


def _result(result: dict[str, Any], before: Sequence[Message]) -> Message | None:
    name, told = result.pop("name", None), result.pop("id", None)
    response = result.pop("response", None)
    if not name:
        return None
    media = [_part(_camel(item), before, 0) for item in result.pop("parts", None) or ()]
    said, is_error = _said(response)
    waiting = None if told else _open_call(name, before)
    parts = (TextPart(said), *(part for part in media if isinstance(part, (ImagePart, FilePart))))
    return Message(
        "tool",
        parts if len(parts) > 1 else said,
        tool_call_id=str(told) if told else name if waiting is None else waiting,
        name=name,
        is_error=is_error,
        extra=result or None,
    )


def _said(response: Any) -> tuple[str, bool]:
    """The text of a result, and whether it tells of a failure."""
    if isinstance(response, Mapping):
        fields = cast("Mapping[str, Any]", response)
        for key in ("output", "error"):
            if set(fields) == {key} and isinstance(fields[key], (str, dict, list)):
                inner: Any = fields[key]
                text = inner if isinstance(inner, str) else msgspec.json.encode(inner).decode()
                return text, key == "error"
    return msgspec.json.encode(response).decode(), False


def _open_call(name: str, before: Sequence[Message]) -> str | None:
    """The id of a call of that name which nobody has answered: the first of the latest turn."""
    turns: list[list[ToolCall]] = []
    for message in before:
        if message.tool_calls:
            turns.append(list(message.tool_calls))
        elif message.role == "tool":
            _answer_to(message, turns)
    open_calls = (call.id for turn in reversed(turns) for call in turn if call.name == name)
    return next(open_calls, None)


def _answer_to(result: Message, turns: list[list[ToolCall]]) -> None:
    """Take the call that a result answers from those that wait."""
    told = result.tool_call_id or ""
    for turn in reversed(turns):
        place = next((n for n, call in enumerate(turn) if call.id == told), None)
        if place is not None:
            del turn[place]
            return


def _tools(raw: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Tool]:
    if not raw or not raw.keys() <= set(TOOLS):
        return
    declared = raw.pop("functionDeclarations", None) or ()
    if not isinstance(declared, (list, tuple)) or not all(
        isinstance(function, Mapping) for function in cast("Sequence[Any]", declared)
    ):
        raise ConfigurationError(f"functionDeclarations must be a list of dicts: {declared!r:.80}")
    for function in cast("Sequence[Mapping[str, Any]]", declared):
        yield Tool.from_dict(function)
    for name, value in given.items():
        if _camel_name(name) in raw:
            yield Tool(name=_camel_name(name), native={name: value})


def _camel(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A dict with Gemini's names as its JSON has them; the Python SDK writes them otherwise."""
    return {_camel_name(str(name)): value for name, value in raw.items() if value is not None}


def _camel_name(name: str) -> str:
    camel = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)
    return camel if camel in NAMES else name
