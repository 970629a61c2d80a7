"""The dict forms of messages that the OpenAI and Anthropic APIs made common, and files as parts."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.messages import (
    ROLES,
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    ProviderState,
    TextPart,
    ToolCall,
    ToolCallKind,
)

__all__ = ["file_part", "message_of", "unknown_role"]


def message_of(raw: Mapping[str, Any], where: str) -> list[Message]:
    """The messages of one dict.

    Raises:
        ConfigurationError: for an unknown role, or a part or tool call that is none.
    """
    role = raw.get("role")
    if role not in ROLES:
        raise unknown_role(role, where)
    if raw.get("approved"):
        raise ConfigurationError(
            f"{where} approves tool calls, and is a dict: an approval counts only in a Message, "
            "since a dict may come from anywhere; keep the messages that resume() made as "
            "Message objects, or decode them with msgspec.json.decode(text, type=list[Message])"
        )
    parts, calls, results = _split_content(raw.get("content"), where)
    calls += [_tool_call(c, where) for c in raw.get("tool_calls") or ()]
    state = raw.get("state")
    if isinstance(state, Mapping):
        state = msgspec.convert(state, ProviderState)
    messages = list(results)
    if parts or calls or not results or role == "tool":
        content = parts[0].text if len(parts) == 1 and isinstance(parts[0], TextPart) else parts
        messages.append(
            Message(
                role,
                content or "",
                tuple(calls),
                raw.get("tool_call_id"),
                raw.get("name") or raw.get("tool_name"),
                bool(raw.get("is_error", False)),
                raw.get("reasoning") or raw.get("reasoning_content"),
                raw.get("refusal"),
                state,
            )
        )
    return messages


def unknown_role(role: object, where: str) -> ConfigurationError:
    """The error for a role that is none."""
    return ConfigurationError(f"{where} has the role {role!r}; use one of {', '.join(ROLES)}")


def _split_content(
    content: object, where: str
) -> tuple[tuple[Part, ...], list[ToolCall], list[Message]]:
    """Parts, and the calls and results that Anthropic-shaped content keeps among its parts."""
    if content is None or content == "":
        return (), [], []
    if isinstance(content, str):
        return (TextPart(content),), [], []
    if is_mapping(content):
        content = [content]
    if not is_iterable(content):
        raise ConfigurationError(f"{where}.content must be text or a list of parts")
    parts: list[Part] = []
    calls: list[ToolCall] = []
    results: list[Message] = []
    for index, value in enumerate(content):
        place = f"{where}.content[{index}]"
        kind = value.get("type") if is_mapping(value) else None
        if kind == "tool_use":
            calls.append(_tool_call(value, place))
        elif kind == "tool_result":
            inner, _, _ = _split_content(value.get("content"), place)
            results.append(
                Message(
                    "tool",
                    inner,
                    tool_call_id=value.get("tool_use_id"),
                    is_error=bool(value.get("is_error")),
                )
            )
        else:
            parts.append(_part(value, place))
    return tuple(parts), calls, results


def _part(value: Any, where: str) -> Part:
    if isinstance(value, (TextPart, ImagePart, FilePart, AudioPart, NativePart)):
        return value
    if isinstance(value, str):
        return TextPart(value)
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{where} must be a part or a dict, not {type(value).__name__}")
    raw = dict(cast("Mapping[str, Any]", value))
    kind = raw.get("type")
    reader = _PART_READERS.get(str(kind))
    part = reader(raw) if reader else None
    return NativePart(raw) if part is None else part


def _text_part(raw: dict[str, Any]) -> Part | None:
    # Extra keys (cache_control, citations) are the provider's own: keep such a part as it is.
    return TextPart(raw["text"]) if set(raw) <= {"type", "text"} and "text" in raw else None


def _image_part(raw: dict[str, Any]) -> Part | None:
    if "source" in raw:
        media = _source(raw)
        return ImagePart(**media) if media else None
    image = raw.get("image_url", raw.get("url"))
    detail = raw.get("detail")
    if is_mapping(image):
        detail = image.get("detail", detail)
        image = image.get("url")
    return ImagePart(detail=detail, **_media(raw, image))


def _file_part(raw: dict[str, Any]) -> Part | None:
    if "source" in raw:
        media = _source(raw)
        if media is None or set(raw) - {"type", "source", "title"}:
            return None
        return FilePart(filename=raw.get("title"), **media)
    inner = raw.get("file")
    body: dict[str, Any] = {**raw, **inner} if is_mapping(inner) else raw
    url = body.get("file_data") or body.get("file_url") or body.get("url")
    return FilePart(filename=body.get("filename"), **_media(body, url))


def _audio_part(raw: dict[str, Any]) -> Part | None:
    inner = raw.get("input_audio")
    if is_mapping(inner):
        return AudioPart(data=inner.get("data"), media_type=f"audio/{inner.get('format', 'wav')}")
    return AudioPart(**_media(raw, raw.get("url")))


def _source(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Anthropic's ``source`` object, where it has a plain counterpart."""
    source: Any = raw["source"]
    if not is_mapping(source) or "cache_control" in raw:
        return None
    match source.get("type"):
        case "base64":
            return {"data": source.get("data"), "media_type": source.get("media_type")}
        case "url":
            return {"url": source.get("url")}
        case "file":
            return {"file_id": source.get("file_id")}
        case _:
            return None


def _media(raw: Mapping[str, Any], url: str | None) -> dict[str, Any]:
    data: Any = raw.get("data")
    media_type: str | None = raw.get("media_type") or raw.get("mime_type")
    if isinstance(data, (bytes, bytearray)):
        data = base64.b64encode(data).decode()
    if data is None and url is not None and url.startswith("data:"):
        head, _, data = url[5:].partition(",")
        media_type, url = head.split(";")[0] or media_type, None
    if media_type is None and url is not None:
        media_type = mimetypes.guess_type(url.split("?")[0])[0]
    return {"url": url, "data": data, "media_type": media_type, "file_id": raw.get("file_id")}


_PART_READERS = {
    "text": _text_part,
    "input_text": _text_part,
    "output_text": _text_part,
    "image_url": _image_part,
    "input_image": _image_part,
    "image": _image_part,
    "file": _file_part,
    "input_file": _file_part,
    "document": _file_part,
    "audio": _audio_part,
    "input_audio": _audio_part,
}


def _tool_call(value: Any, where: str) -> ToolCall:
    if isinstance(value, ToolCall):
        return value
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{where} holds a tool call that is not a dict: {value!r}")
    raw = cast("Mapping[str, Any]", value)
    kind: Any = "custom" if "custom" in raw else raw.get("kind")
    kind = kind if kind in get_args(ToolCallKind) else "function"
    body: Mapping[str, Any] = raw.get("function") or raw.get("custom") or raw
    arguments: Any = body.get("arguments", body.get("input"))
    if arguments is None or arguments == "":
        arguments = "{}"
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    name = body.get("name")
    if not name:
        raise ConfigurationError(f"{where} holds a tool call without a name")
    return ToolCall(str(raw.get("call_id") or raw.get("id") or ""), str(name), arguments, kind)


def file_part(path: str | Path) -> FilePart | ImagePart:
    """Read a file into a part: an ``ImagePart`` for pictures, a ``FilePart`` for the rest."""
    path = Path(path)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    data = base64.b64encode(path.read_bytes()).decode()
    if media_type.startswith("image/"):
        return ImagePart(data=data, media_type=media_type)
    return FilePart(data=data, media_type=media_type, filename=path.name)
