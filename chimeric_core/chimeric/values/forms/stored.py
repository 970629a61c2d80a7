"""Values as JSON to keep or to send, and back: messages, chunks, responses, errors and the rest.

``{"v": 2, "kind": "message", "value": {...}}``, or ``"values": [...]`` for a list. What the
first edition wrote had neither, and is read too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from chimeric.errors import ChimericError, ConfigurationError
from chimeric.schema.json_values import convert_value
from chimeric.schema.type_guards import is_mapping
from chimeric.values.blocks.citations import Citation
from chimeric.values.blocks.files import GeneratedFile
from chimeric.values.blocks.logprobs import TokenLogprob
from chimeric.values.blocks.reasoning import ReasoningPart
from chimeric.values.blocks.server_tools import ServerToolChunk
from chimeric.values.chunks import StreamChunk, ToolCallChunk, ToolExecutionResult
from chimeric.values.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    TextPart,
    ToolCall,
)
from chimeric.values.responses import CompletionResponse, ResponseTiming
from chimeric.values.usage import Usage

from .told_chunks import chunk_data, chunk_of, plain, tool_call_data, tool_call_of, with_usage
from .told_errors import error_data, error_of

__all__ = ["from_json", "to_json"]

FORMAT: Final = 2
"""The number of the form. This and the two before are read."""

KINDS: Final[dict[str, type[Any]]] = {
    "message": Message,
    "chunk": StreamChunk,
    "response": CompletionResponse,
    "error": ChimericError,
    "tool_call": ToolCall,
    "tool_call_chunk": ToolCallChunk,
    "tool_result": ToolExecutionResult,
    "usage": Usage,
    "timing": ResponseTiming,
    "citation": Citation,
    "server_tool": ServerToolChunk,
    "file": GeneratedFile,
    "logprob": TokenLogprob,
    "reasoning": ReasoningPart,
    "text": TextPart,
    "image": ImagePart,
    "audio": AudioPart,
    "document": FilePart,
    "native": NativePart,
}


def to_json(value: Any) -> str:
    """A value, or a list of values of one kind, as JSON text that ``from_json`` reads.

    What has no JSON form (a tool's return value, say) is told as its text; ``native`` of a response
    and ``content``, ``native``, ``raw`` of a chunk stay behind.

    Raises:
        TypeError: for what is none of Chimeric's values.

    Example:
        >>> to_json(Message("user", "Hello"))
        '{"v":2,"kind":"message","value":{"role":"user","content":"Hello"}}'
    """
    if isinstance(value, (list, tuple)):
        values: list[Any] = [*value]  # pyright: ignore[reportUnknownVariableType]
        kinds = {_kind_of(each) for each in values}
        if len(kinds) > 1:
            raise TypeError(f"a list of values must be of one kind, not of {sorted(kinds)}")
        told: dict[str, Any] = {"values": [_data(each) for each in values]}
        kind = kinds.pop() if kinds else "message"
    else:
        kind, told = _kind_of(value), {"value": _data(value)}
    return msgspec.json.encode({"v": FORMAT, "kind": kind, **told}).decode()


def from_json(text: str | bytes, *, parsed: type[Any] | None = None) -> Any:
    """The value, or the list of values, that ``to_json`` wrote. Only for text of your own.

    Args:
        text: the JSON text.
        parsed: type of the ``parsed`` of responses, which is plain data without it.

    Raises:
        ConfigurationError: for what is none, or was written by a later version.

    Example:
        >>> from_json(to_json([Message("user", "Hello")]))[0].text
        'Hello'
    """
    try:
        told: Any = msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"from_json: the text is not JSON: {error}") from error
    try:
        return _read(told, parsed)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"from_json: the value cannot be read: {error}") from error


def _read(told: Any, parsed: type[Any] | None) -> Any:
    if not is_mapping(told) or "v" not in told:
        return _first_edition(told)
    version = told["v"]
    if type(version) is not int or version < 0:
        raise ConfigurationError(f"from_json: {version!r} is not a format version")
    if version > FORMAT:
        raise ConfigurationError(
            f"from_json: a later version wrote this value (form {version}; this one reads up to "
            f"{FORMAT}): update chimeric-core"
        )
    kind = KINDS.get(told.get("kind", ""))
    if kind is None:
        raise ConfigurationError(f"from_json: {told.get('kind')!r} is not a known kind of value")
    if "values" in told:
        return [_value(kind, data, parsed) for data in told["values"]]
    return _value(kind, told["value"], parsed)


def _first_edition(told: Any) -> Any:
    """A message, a list of messages or a chunk as they were written before forms had numbers."""
    if isinstance(told, list):
        return [_first_edition(each) for each in told]  # pyright: ignore[reportUnknownVariableType]
    if is_mapping(told) and "role" in told:
        return msgspec.convert(told, Message)
    if is_mapping(told) and "turn" in told:
        return chunk_of(told)
    raise ConfigurationError("from_json: the text is not a value that to_json wrote: it has no 'v'")


def _kind_of(value: object) -> str:
    found = next((name for name, kind in KINDS.items() if isinstance(value, kind)), None)
    if found is None:
        raise TypeError(f"{type(value).__name__} is none of Chimeric's values")
    return found


def _data(value: Any) -> Any:
    """A value as plain data."""
    write = WRITERS.get(_kind_of(value))
    return write(value) if write else plain(value)


def _value(kind: type[Any], data: Any, parsed: type[Any] | None) -> Any:
    if kind is CompletionResponse:
        return _response_of(data, parsed)
    read = READERS.get(kind)
    return read(data) if read else msgspec.convert(data, kind)


LISTS: Final[dict[str, type[Any]]] = {
    "messages": Message,
    "tool_calls": ToolCall,
    "tool_results": ToolExecutionResult,
    "pending": ToolCall,
}
"""Fields of a response that hold several values."""


def _response_data(response: CompletionResponse) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in response.__struct_fields__:
        value: Any = getattr(response, name)
        if name == "native" or value is None or _is_empty(value):
            continue
        if name == "parts":
            told[name] = [{"kind": _kind_of(part), "value": _data(part)} for part in value]
        else:
            told[name] = plain(dict(value) if name == "headers" else value)
    return told


def _is_empty(value: Any) -> bool:
    return isinstance(value, (str, int, tuple, list, dict)) and not value


def _response_of(data: Any, parsed: type[Any] | None) -> CompletionResponse:
    fields = dict(data)
    for name in LISTS.keys() & fields.keys():
        values = [msgspec.convert(each, LISTS[name]) for each in fields[name]]
        fields[name] = values if name == "messages" else tuple(values)
    if "parts" in fields:
        told: Iterable[Any] = fields["parts"]
        fields["parts"] = tuple(_value(KINDS[p["kind"]], p["value"], None) for p in told)
    if "usage" in fields:
        fields["usage"] = msgspec.convert(fields["usage"], Usage)
    if "timing" in fields:
        fields["timing"] = msgspec.convert(fields["timing"], ResponseTiming)
    if "headers" in fields:
        from .headers import Headers

        fields["headers"] = Headers(fields["headers"])
    if "metadata" in fields:
        fields["metadata"] = with_usage(fields["metadata"])
    if parsed is not None and fields.get("parsed") is not None:
        fields["parsed"] = convert_value(fields["parsed"], parsed)
    known = CompletionResponse.__struct_fields__
    return CompletionResponse(**{name: fields[name] for name in known if name in fields})


WRITERS: Final[dict[str, Callable[[Any], Any]]] = {
    "chunk": chunk_data,
    "tool_call_chunk": tool_call_data,
    "response": _response_data,
    "error": lambda error: error_data(error, _response_data),
}
READERS: Final[dict[type[Any], Callable[[Any], Any]]] = {
    StreamChunk: chunk_of,
    ToolCallChunk: tool_call_of,
    ChimericError: lambda data: error_of(data, lambda told: _response_of(told, None)),
}
