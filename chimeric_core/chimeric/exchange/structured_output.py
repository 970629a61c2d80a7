"""Structured output: what form an answer must have, and the answer in that form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from chimeric.errors import ConfigurationError, StructuredOutputError
from chimeric.schema.json_values import convert_value, decode_text, type_schema
from chimeric.schema.partial_json import PartialJSON
from chimeric.schema.type_guards import is_mapping
from chimeric.stream.answer import Answer
from chimeric.values.chunks import StreamChunk
from chimeric.values.requests import ResponseFormat
from chimeric.values.text_log import TextLog

__all__ = ["PrefixReader", "complete", "parse_structured", "response_format"]

DEFAULT_NAME = "response"


def response_format(value: Any) -> ResponseFormat:
    """Read the ``response_format`` parameter.

    Args:
        value: a type (msgspec Struct, dataclass, TypedDict, pydantic model) that the answer is
            converted to; a JSON schema; ``"json_object"`` or ``"text"``; a dict in OpenAI's form,
            of chat completions or of Responses; or a ``ResponseFormat``.

    ``strict`` is set, unless an OpenAI dict says something else.

    Raises:
        ConfigurationError: for anything else, and for types that have no JSON form or are not an
            object (put a list into an object: providers ask for it).

    Example:
        >>> import msgspec
        >>> class City(msgspec.Struct):
        ...     name: str
        >>> response_format(City).name
        'City'
    """
    if isinstance(value, ResponseFormat):
        return value
    if value == "text":
        return ResponseFormat(kind="text", strict=False)
    if value == "json_object":
        return ResponseFormat(kind="json_object", strict=False)
    if is_mapping(value):
        return _from_dict(value)
    return _from_type(value)


def complete(answer: Answer, wanted: ResponseFormat) -> None:
    """The call ended well: convert a structured answer.

    Raises:
        StructuredOutputError: when the answer does not fit.
    """
    if wanted.kind == "text" or answer.finish_reason not in ("stop", "length"):
        return
    try:
        answer.parsed = parse_structured(answer.turn_text(), wanted)
    except ValueError as error:
        raise StructuredOutputError(
            f"the answer does not fit the response_format: {error}"
        ) from error


def parse_structured(text: str, format: ResponseFormat) -> Any:
    """The answer's text in the form that was asked for: an instance of the type, or plain data.

    Without a type, only the outer form is checked: that the text is JSON, and an object where the
    schema asks for one.

    Raises:
        ValueError: when the text does not fit; the message says what and where.

    Example:
        >>> parse_structured('{"a": 1}', ResponseFormat(kind="json_object"))
        {'a': 1}
    """
    if format.kind == "text":
        return text
    if not text.strip():
        raise ValueError("the answer is empty, not JSON")
    try:
        value: Any = decode_text(text)
    except ValueError as error:
        raise ValueError(f"the answer is not JSON: {error}") from error
    if format.type is not None:
        return _convert(value, format.type)
    wants_object = format.kind == "json_object" or (format.schema or {}).get("type") == "object"
    if wants_object and not isinstance(value, dict):
        raise ValueError(f"the answer must be a JSON object, not {type(value).__name__}")
    if format.schema is None:
        return cast("Any", value)
    from chimeric.schema.json_schema import without_nulls

    # Where a schema is enforced exactly, null stands for what was left out.
    return without_nulls(value, format.schema)


def _convert(value: Any, kind: Any) -> Any:
    try:
        return convert_value(value, kind)
    except (ValueError, TypeError) as error:
        name = getattr(kind, "__name__", str(kind))
        raise ValueError(f"the answer does not fit {name}: {error}") from error


def _from_dict(value: Mapping[str, Any]) -> ResponseFormat:
    kind = value.get("type")
    if kind in ("text", "json_object") and "properties" not in value:
        return response_format(kind)
    if kind == "json_schema":
        body = _mapping(value.get("json_schema", value))
        return ResponseFormat(
            name=_name(body.get("name")),
            schema=dict(_mapping(body.get("schema"))),
            strict=bool(body.get("strict")),
        )
    if not value.keys() & {"type", "properties", "$ref", "anyOf", "oneOf", "allOf"}:
        raise ConfigurationError("response_format: the dict is neither a JSON schema nor OpenAI's")
    schema = dict(value)
    return ResponseFormat(name=_name(schema.get("title")), schema=schema)


def _mapping(value: object) -> Mapping[str, Any]:
    if not is_mapping(value):
        raise ConfigurationError("response_format: 'json_schema' has no 'schema'")
    return value


def _from_type(kind: Any) -> ResponseFormat:
    name = getattr(kind, "__name__", None)
    try:
        if name is None:
            raise TypeError(f"{kind!r} is no type of an object")
        schema = type_schema(kind)
        if "properties" not in schema:
            raise TypeError(f"{name} is no object with fields: put it into one")
    except TypeError as error:
        raise ConfigurationError(f"response_format: {error}") from error
    return ResponseFormat(name=_name(name), schema=schema, type=kind)


def _name(value: object) -> str:
    """A name that every provider accepts."""
    if not isinstance(value, str):
        return DEFAULT_NAME
    return re.sub(r"[^A-Za-z0-9_-]+", "_", value).strip("_")[:64] or DEFAULT_NAME


class PrefixReader:
    """The value of a JSON text that grows in a log, parsed once as long as it is asked in order."""

    def __init__(self, log: TextLog) -> None:
        self._log = log
        self._start = log.size
        self._begin()

    def _begin(self) -> None:
        self._json = PartialJSON()
        self._fed = self._start
        self._ahead = ""  # fed too, but not in the log: middleware looked at it

    def of_chunk(self, chunk: StreamChunk) -> Any:
        """The value of the text up to and with a chunk."""
        return self.value(chunk._before, chunk.delta or "")

    def value(self, before: int, delta: str) -> Any:
        """The value of the text up to ``before`` and then ``delta``."""
        end = before + len(delta)
        if self._ahead:
            self._catch_up()
        if end < self._fed:
            reader = PartialJSON()
            reader.feed(self._log.between(self._start, before) + delta)
            return reader.value
        text = self._log.between(self._fed, end)
        if len(text) < end - self._fed:
            text = self._ahead = self._log.between(self._fed, before) + delta
        else:
            self._fed = end
        self._json.feed(text)
        return self._json.value

    def _catch_up(self) -> None:
        """Let the log confirm what was read ahead; begin anew if it says something else."""
        told = self._log.between(self._fed, self._fed + len(self._ahead))
        if told == self._ahead:
            self._fed += len(told)
            self._ahead = ""
        else:
            self._begin()
