"""The dict forms of messages that the OpenAI and Anthropic APIs made common, and files as parts."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast, get_args
from urllib.parse import unquote_to_bytes

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.extras.keys import Keys, check_slips
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

SAYING = {
    *("content", "tool_calls", "function_call", "refusal", "audio", "state"),
    *("reasoning", "reasoning_content", "reasoning_details"),
}
"""Keys one of which a message has; without any it would be an empty question."""

OWN = ("content", "tool_calls", "tool_call_id", "name", "refusal", "reasoning")

Foreign: TypeAlias = Callable[[str, Mapping[str, Any]], Any]

__all__ = ["file_part", "read_message", "unknown_role"]


def read_message(
    raw: Mapping[str, Any], where: str, foreign: Foreign | None = None
) -> Sequence[Message]:
    """The messages of one dict. What no field of ``Message`` is for is in ``extra``.

    ``foreign`` is asked for a message, or a part without a type, of a form not known here.

    Raises:
        ConfigurationError: for an unknown role, a message that says nothing, a part or tool call
            that is none, and a value of a type that its key cannot have.
    """
    try:
        made = _message_of(raw, where, foreign)
        plain = msgspec.to_builtins(made, builtin_types=(bytes, bytearray), str_keys=True)
        msgspec.convert(plain, tuple[Message, ...])
    except (TypeError, UnicodeEncodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{where} has a value of the wrong kind: {error}") from error
    return made


def _message_of(raw: Mapping[str, Any], where: str, foreign: Foreign | None) -> Sequence[Message]:
    keys = Keys(raw)
    role, _ = _word(raw, "role", where), _word(raw, "type", where)
    if foreign and (role not in ROLES or not raw.keys() & SAYING):
        found: Sequence[Message] | None = foreign("message", raw)
        if found is not None:
            return found
    if role not in ROLES:
        raise unknown_role(role, where)
    if keys.take("approved"):
        raise ConfigurationError(
            f"{where} approves tool calls, and is a dict: an approval counts only in a Message, "
            "since a dict may come from anywhere; keep the messages that resume() made as "
            "Message objects, or decode them with msgspec.json.decode(text, type=list[Message])"
        )
    silent = role in ("system", "developer", "user") and raw.get("content") in (None, [], ())
    if silent or not raw.keys() & SAYING:
        raise _says_nothing(raw, where)
    said = keys.take("content")
    parts, calls, found = _split_content(said, where, foreign)
    answers = role == "assistant"
    results = [message for message in found if message.role == "tool" or not answers]
    calls += [_tool_call(c, where) for c in keys.take("tool_calls") or ()]
    if legacy := keys.take("function_call"):
        calls.append(_tool_call(legacy, where))
    state, thoughts = keys.take("state"), None
    if isinstance(state, Mapping):
        state = msgspec.convert(state, ProviderState)
    elif state is None and answers and not isinstance(said, str):
        from .interleaved import in_place  # most answers of the history are text

        thought = [message for message in found if message.role != "tool"]
        parts, thoughts, state = in_place(said, parts, thought)
    call_id, is_error = keys.take("tool_call_id"), bool(keys.take("is_error"))
    name = keys.take("name", "tool_name") if role == "tool" else None
    told = keys.take("reasoning", "reasoning_content", "thinking")
    reasoning = f"{told}\n\n{thoughts}" if told and thoughts else told or thoughts
    refusal = keys.take("refusal")
    extra = keys.rest("role", "type", "id", "status")
    if extra:
        check_slips(extra, [key for key in OWN if key not in raw], where, ConfigurationError)
    if parts or calls or not results or role == "tool":
        first = parts[0] if len(parts) == 1 else None
        content = first.text if isinstance(first, TextPart) and not first.extra else parts
        asked = tuple(calls), call_id, name, is_error
        results.append(Message(role, content or "", *asked, reasoning, refusal, state, extra=extra))
    elif extra:
        results[-1] = msgspec.structs.replace(results[-1], extra=extra)
    return results


def _word(raw: Mapping[str, Any], key: str, where: str) -> str | None:
    """What tells the form of a dict."""
    word = raw.get(key)
    if word is None or isinstance(word, str):
        return word
    raise ConfigurationError(f"{where} has a {key} that is not text: {word!r:.80}")


def _says_nothing(raw: Mapping[str, Any], where: str, key: str = "content") -> ConfigurationError:
    given = [name for name in raw if name not in ("role", "type")]
    if not given:
        return ConfigurationError(f"{where} has no {key}; add {key!r}: a text, or a list of parts")
    likely = "" if len(given) > 1 else f"; did you mean {key!r} in place of {given[0]!r}?"
    return ConfigurationError(
        f"{where} has no {key!r} but {', '.join(map(repr, given))}, which is no form of a message "
        f"or a part that is known here{likely}"
    )


def unknown_role(role: object, where: str) -> ConfigurationError:
    """The error for a role that is none."""
    return ConfigurationError(f"{where} has the role {role!r}; use one of {', '.join(ROLES)}")


def _split_content(
    content: object, where: str, foreign: Foreign | None
) -> tuple[tuple[Part, ...], list[ToolCall], list[Message]]:
    """Parts, and the calls and results that Anthropic-shaped content keeps among its parts."""
    if content is None or isinstance(content, str):
        return ((TextPart(content),) if content else ()), [], []
    if is_mapping(content):
        content = [content]
    if not is_iterable(content):
        raise ConfigurationError(f"{where}.content must be text or a list of parts")
    parts: list[Part] = []
    calls: list[ToolCall] = []
    results: list[Message] = []
    for index, value in enumerate(content):
        place = f"{where}.content[{index}]"
        kind = _word(value, "type", place) if is_mapping(value) else None
        if kind == "tool_use":
            calls.append(_tool_call(value, place))
        elif kind == "tool_result":
            results.append(_result(value, place, foreign))
        elif foreign and is_mapping(value) and str(kind) not in _PART_READERS:
            for found in foreign("part", value) or (_part(value, place),):
                if isinstance(found, ToolCall):
                    calls.append(found)
                elif isinstance(found, Message):
                    results.append(found)
                else:
                    parts.append(found)
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
    reader = _PART_READERS.get("text" if kind is None and "text" in raw else str(kind))
    part = reader(raw) if reader else None
    if part is None and (kind is None or reader is _text_part):
        raise _says_nothing(raw, where, "text")
    if reader is None:
        check_slips({str(kind): 1}, _PART_READERS, where, ConfigurationError)
    return NativePart(raw) if part is None else part


def _text_part(raw: dict[str, Any]) -> Part | None:
    if not isinstance(raw.get("text"), str):
        return None
    keys = Keys(raw)
    return TextPart(keys.take("text"), extra=keys.rest("type"))


def _image_part(raw: dict[str, Any]) -> Part | None:
    if "source" in raw:
        return _sourced(ImagePart, raw)
    inner = raw.get("image_url")
    keys = Keys({**raw, **inner, "image_url": None} if is_mapping(inner) else raw)
    image, detail = keys.take("image_url", "url"), keys.take("detail")
    return ImagePart(detail=detail, **_media(keys, image))


def _file_part(raw: dict[str, Any]) -> Part | None:
    if is_mapping(raw.get("document")):
        return None  # Cohere's: text for the model to cite, and no file
    if "source" in raw:
        return _sourced(FilePart, raw)
    inner = raw.get("file")
    keys = Keys({**raw, **inner, "file": None} if is_mapping(inner) else raw)
    url, name = keys.take("file_data", "file_url", "url"), keys.take("filename")
    return FilePart(filename=name, **_media(keys, url))


def _audio_part(raw: dict[str, Any]) -> Part | None:
    inner = raw.get("input_audio")
    keys = Keys({**raw, **(inner if is_mapping(inner) else {}), "input_audio": None})
    if is_mapping(inner):
        kind = f"audio/{keys.take('format') or 'wav'}"
        return AudioPart(data=keys.take("data"), media_type=kind, extra=keys.rest("type"))
    if isinstance(inner, str):
        return AudioPart(data=inner, extra=keys.rest("type"))
    return AudioPart(**_media(keys, keys.take("url")))


def _sourced(kind: type[ImagePart | FilePart], raw: dict[str, Any]) -> Part | None:
    """A part with Anthropic's ``source`` object, where it has a plain counterpart."""
    source: Any = raw["source"]
    if not is_mapping(source) or source.get("type") not in ("base64", "text", "url", "file"):
        return None
    if source["type"] == "text":  # in plain words where the others have base64
        source = {**source, "data": base64.b64encode(str(source.get("data")).encode()).decode()}
    keys, inner = Keys(raw), Keys(source)
    keys.take("source")
    inner.take("type")
    title = {"filename": keys.take("title")} if kind is FilePart else {}
    media = {name: inner.take(name) for name in ("data", "media_type", "url", "file_id")}
    rest = {**(keys.rest("type") or {}), **(inner.rest() or {})}
    return kind(**title, **media, extra=rest or None)


def _media(keys: Keys, url: Any) -> dict[str, Any]:
    data, media_type = keys.take("data"), keys.take("media_type", "mime_type")
    if isinstance(data, (bytes, bytearray)):
        data = base64.b64encode(data).decode()
    if data is None and isinstance(url, str) and url.startswith("data:"):
        head, _, data = url[5:].partition(",")
        if ";base64" not in head.lower():
            data = base64.b64encode(unquote_to_bytes(data)).decode()
            head = head or "text/plain"
        media_type, url = head.split(";")[0] or media_type, None
    if media_type is None and isinstance(url, str):
        media_type = mimetypes.guess_type(url.split("?")[0])[0]
    where = {"url": url, "data": data, "file_id": keys.take("file_id")}
    return {**where, "media_type": media_type, "extra": keys.rest("type")}


_PART_READERS = {
    **dict.fromkeys(("text", "input_text", "output_text"), _text_part),
    **dict.fromkeys(("image_url", "input_image", "image"), _image_part),
    **dict.fromkeys(("file", "input_file", "document"), _file_part),
    **dict.fromkeys(("audio", "input_audio"), _audio_part),
}


def _result(raw: Mapping[str, Any], where: str, foreign: Foreign | None) -> Message:
    keys = Keys(raw)
    inner, _, _ = _split_content(keys.take("content"), where, foreign)
    call_id, failed = keys.take("tool_use_id"), bool(keys.take("is_error"))
    return Message("tool", inner, tool_call_id=call_id, is_error=failed, extra=keys.rest("type"))


def _tool_call(value: Any, where: str) -> ToolCall:
    if isinstance(value, ToolCall):
        return value
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{where} holds a tool call that is not a dict: {value!r}")
    keys = Keys(cast("Mapping[str, Any]", value))
    custom, said = keys.take("custom"), keys.take("kind")
    kind: Any = "custom" if custom else said if said in get_args(ToolCallKind) else "function"
    body = keys.take("function") or custom
    inner = Keys(body) if is_mapping(body) else keys
    arguments: Any = inner.take("arguments", "input")
    if arguments is None or arguments == "":
        arguments = "{}"
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    name, identity = inner.take("name"), keys.take("call_id", "id")
    if not name:
        raise ConfigurationError(f"{where} holds a tool call without a name")
    idle = ("type", "index", "status")
    rest = {**(inner.rest(*idle) or {}), **(keys.rest(*idle) or {})}
    return ToolCall(str(identity or ""), str(name), arguments, kind, rest or None)


def file_part(path: str | Path) -> FilePart | ImagePart:
    """Read a file into a part: an ``ImagePart`` for pictures, a ``FilePart`` for the rest."""
    path = Path(path)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    data = base64.b64encode(path.read_bytes()).decode()
    if media_type.startswith("image/"):
        return ImagePart(data=data, media_type=media_type)
    return FilePart(data=data, media_type=media_type, filename=path.name)
