"""Chunks as plain data, and back: all that they say by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.schema.json_values import plain_value
from chimeric.schema.type_guards import is_mapping
from chimeric.values.blocks.citations import Citation
from chimeric.values.blocks.files import GeneratedFile
from chimeric.values.blocks.logprobs import TokenLogprob
from chimeric.values.blocks.server_tools import ServerToolChunk
from chimeric.values.chunks import (
    MORE,
    More,
    Source,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
)
from chimeric.values.text_log import TextLog
from chimeric.values.tools.arguments import ArgumentsLog
from chimeric.values.usage import Usage

__all__ = ["chunk_data", "chunk_of", "plain", "tool_call_data", "tool_call_of", "with_usage"]

CALL = ("index", "id", "name", "arguments_delta", "status", "kind")
BLOCKS = {
    "server_tools": ServerToolChunk,
    "citations": Citation,
    "files": GeneratedFile,
    "logprobs": TokenLogprob,
}


class StoredChunk(StreamChunk, frozen=True, gc=False, eq=False):
    """A chunk out of JSON: it knows neither the text before it nor its event."""

    @property
    def content(self) -> NoReturn:
        """Raises ``ConfigurationError``."""
        raise _untold("content")

    @property
    def raw(self) -> NoReturn:
        """Raises ``ConfigurationError``."""
        raise _untold("raw")

    @property
    def native(self) -> NoReturn:
        """Raises ``ConfigurationError``."""
        raise _untold("native")


class StoredCall(ToolCallChunk, frozen=True, gc=False, eq=False):
    """A part of a tool call out of JSON: it does not know the parts before it."""

    @property
    def arguments(self) -> NoReturn:
        """Raises ``ConfigurationError``."""
        raise _untold("arguments but the delta")

    @property
    def partial_arguments(self) -> NoReturn:
        """Raises ``ConfigurationError``."""
        raise _untold("partial_arguments")


def _untold(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"a chunk that comes out of JSON has no {name}: it keeps what it says by itself, such as "
        "its delta"
    )


def plain(value: Any) -> Any:
    """A value as plain data; what has no JSON form becomes its text."""
    try:
        return msgspec.to_builtins(value, str_keys=True, enc_hook=_custom)
    except (ValueError, TypeError, RecursionError):
        return str(value)


def _custom(value: Any) -> Any:
    try:
        return plain_value(value)
    except (ValueError, TypeError, RecursionError):
        return str(value)


def chunk_data(chunk: StreamChunk) -> dict[str, Any]:
    """What a chunk says, but for the text before it and its event."""
    data = chunk.to_dict()
    if chunk.tool_calls:
        data["tool_calls"] = [tool_call_data(call) for call in chunk.tool_calls]
    if chunk.tool_results:
        data["tool_results"] = plain(chunk.tool_results)
    return data


def chunk_of(data: Mapping[str, Any]) -> StreamChunk:
    """The chunk again."""
    block = data.get("block")
    more: dict[str, Any] = {
        name: tuple(msgspec.convert(each, kind) for each in data[name])
        for name, kind in BLOCKS.items()
        if name in data
    }
    if "metadata" in data:
        more["metadata"] = with_usage(data["metadata"])
    results = data.get("tool_results", ())
    return StoredChunk(
        data.get("delta"),
        data["turn"],
        None if block is None else Source(TextLog(), block=block),
        0,
        None,
        data.get("reasoning"),
        data.get("refusal"),
        data.get("finish_reason"),
        tuple(map(tool_call_of, data.get("tool_calls", ()))),
        tuple(msgspec.convert(each, ToolExecutionResult) for each in results),
        None if data.get("usage") is None else msgspec.convert(data["usage"], Usage),
        More(**{name: more[name] for name in MORE if name in more}) if more else None,
    )


def tool_call_data(call: ToolCallChunk) -> dict[str, Any]:
    """What a chunk says of a call; the whole arguments once, when it is completed."""
    data = {**call.to_dict(), "kind": call.kind}
    return {**data, "arguments": call.arguments} if call.status == "completed" else data


def tool_call_of(data: Mapping[str, Any]) -> ToolCallChunk:
    """The same again."""
    fields: dict[str, Any] = {name: data[name] for name in CALL if name in data}
    if "arguments" not in data:
        return StoredCall(**fields)
    log = ArgumentsLog()
    log.append(data["arguments"])
    return ToolCallChunk(**fields, _log=log, _size=log.size)


def with_usage(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a turn or of a call, with its counts as ``Usage`` again."""
    told = dict(metadata)
    if is_mapping(told.get("usage")):
        told["usage"] = msgspec.convert(told["usage"], Usage)
    if "turns" in told:
        told["turns"] = [with_usage(turn) for turn in told["turns"]]
    return told
