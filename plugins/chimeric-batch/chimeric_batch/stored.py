"""A line of a results file: one result as JSON, and back."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast

import msgspec

import chimeric
from chimeric import (
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    ProviderError,
    RequestTimeoutError,
    TransportError,
    from_json,
)

from .jobs import BatchResult

__all__ = ["BEGIN", "FORM", "Line", "line_of", "parse_line", "result_of"]

FORM = 1
"""The number of this form, ``v`` of a line. Lines of before have none, and are read too."""

BEGIN = b'{"id":'
"""How every line begins; half of a line that does not is somebody else's."""

ANSWER = ("content", "reasoning", "refusal", "tool_calls", "model", "finish_reason", "usage")
"""What is kept of an answer besides its metadata: what says something, not the conversation."""

# Whoever looks at the file at a terminal must not have it steered by what a model said.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")


class Something(msgspec.Struct):
    """An object; its fields do not matter here."""


Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


class Line(msgspec.Struct):
    """What must be known of a line that is there already."""

    id: str | int
    response: Something | None = None
    error: Something | None = None
    prompt: Digest | None = None
    settings: str | None = None
    v: int = 0


def line_of(result: BatchResult, prompt: str | None, settings: str | None) -> bytes:
    """A result as a line, with the digests of what was asked."""
    told: dict[str, Any] = {"id": result.id, "v": FORM, "index": result.index}
    told |= {n: value for n, value in (("prompt", prompt), ("settings", settings)) if value}
    if result.response is not None:
        told["response"] = response_data(result.response)
    else:
        told["error"] = error_data(result.error)
    try:
        data = msgspec.json.encode(told, enc_hook=str)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_whole(msgspec.to_builtins(told, enc_hook=str)))
    text = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", data.decode())
    return text.encode() + b"\n"


def parse_line(raw: bytes) -> Line | None:
    """A line that is whole; None for half of one, and for one without anything.

    Raises:
        ValueError: for what is no line of a results file.
        ConfigurationError: for a line of a later version.
    """
    if not raw.endswith(b"\n") and raw[: len(BEGIN)] == BEGIN[: len(raw)]:
        return None
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, ValueError):
        if not raw.strip(b"\0\r\n "):  # empty, or a block that a crash of the machine left
            return None
        raise
    if line.v > FORM:
        raise ConfigurationError(
            f"was written by a later version of chimeric-batch (form {line.v}; this one reads up "
            f"to {FORM}): update chimeric-batch"
        )
    if line.response is None and line.error is None:
        raise ValueError
    return line


def result_of(raw: bytes, number: int) -> BatchResult:
    """The result of a whole line; ``number`` is its place in the file, from 1."""
    told: dict[str, Any] = msgspec.json.decode(raw)
    index = told.get("index", told.get("line", number) - 1)
    if "response" in told:
        return BatchResult(id=told["id"], index=index, response=_response(told["response"]))
    return BatchResult(id=told["id"], index=index, error=_error(told["error"]))


def response_data(response: CompletionResponse) -> dict[str, Any]:
    """An answer as plain data."""
    told = {name: getattr(response, name) for name in (*ANSWER, "metadata")}
    return {name: value for name, value in told.items() if value or name == "content"}


def error_data(error: Exception | None) -> dict[str, Any]:
    """An error as plain data, with the text that had arrived."""
    partial = getattr(error, "partial", None)
    told = {
        "type": type(error).__name__,
        "message": getattr(error, "message", None) or str(error),
        "status": getattr(error, "status_code", None),
        "phase": getattr(error, "phase", None),
        "request_id": getattr(error, "request_id", None),
        "partial": partial.content if partial is not None else None,
    }
    return {name: value for name, value in told.items() if value}


def _response(data: dict[str, Any]) -> CompletionResponse:
    text = msgspec.json.encode({"v": 2, "kind": "response", "value": data})
    return cast("CompletionResponse", from_json(text))


def _error(data: dict[str, Any]) -> ChimericError:
    kind: Any = getattr(chimeric, data.get("type", ""), None)
    if not (isinstance(kind, type) and issubclass(kind, ChimericError)):
        kind = ChimericError  # of a plugin's, or none of Chimeric's
    given: dict[str, Any] = {"request_id": data.get("request_id")}
    if "partial" in data:
        given["partial"] = CompletionResponse(content=data["partial"])
    if issubclass(kind, ProviderError):
        given["status_code"] = data.get("status")
    if "phase" in data:
        given["phase"] = data["phase"]
    elif kind is RequestTimeoutError:  # of before phases were kept
        kind = TransportError
    error: ChimericError = kind(data.get("message", ""), **given)
    return error


def _whole(value: Any) -> Any:
    """Plain data without half characters (surrogates), which no JSON can say."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        items: dict[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {_whole(name): _whole(each) for name, each in items.items()}
    if isinstance(value, list):
        values: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [_whole(each) for each in values]
    return value
