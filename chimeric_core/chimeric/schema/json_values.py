"""Python types and values on their way to JSON and back: msgspec, with pydantic where it is used.

pydantic is never imported for its own sake: only a type that is made with it leads there.
"""

from __future__ import annotations

import datetime
import importlib
import types
from pathlib import PurePath
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

from .as_written import as_written
from .json_schema import JSONSchema, compact_schema, without_nulls

__all__ = ["convert_value", "decode_text", "encode_value", "plain_value", "type_schema"]

COLLECTIONS: Final[tuple[Any, ...]] = (list, set, frozenset, tuple, dict)
TIME_FORMATS: Final[dict[Any, str]] = {datetime.datetime: "date-time", datetime.time: "time"}


def type_schema(hint: Any) -> JSONSchema:
    """JSON schema of what a value of type ``hint`` looks like.

    Raises:
        TypeError: when the type has no JSON form; the text names it.
    """
    extra: JSONSchema = {}

    def custom(kind: type) -> JSONSchema:
        if _made_with_pydantic(kind):
            prefix = f"{kind.__name__}_"
            schema = _pydantic_schema(kind, prefix)
            for name, definition in schema.pop("$defs", {}).items():
                extra[prefix + name] = definition
            return schema
        if issubclass(kind, PurePath):
            return {"type": "string", "format": "path"}
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} has no JSON form")

    if _speaks_pydantic(hint):
        schema = _pydantic_schema(hint, "")
        definitions = schema.get("$defs", {})
    else:
        (schema,), definitions = msgspec.json.schema_components(
            [_with_formats(hint)], schema_hook=custom, ref_template="#/$defs/{name}"
        )
    definitions = {**definitions, **extra}
    as_written(hint, schema, definitions)
    compact = compact_schema(schema, definitions)
    plain: JSONSchema = msgspec.json.decode(msgspec.json.encode(compact, enc_hook=_encode_custom))
    return plain


def convert_value(value: Any, hint: Any) -> Any:
    """Plain data from JSON as a value of type ``hint``.

    Types are taken strictly: ``"5"`` is no int. Two things are forgiven, because they say the same
    in JSON: ``5.0`` for an int, and null for an optional property (strict schemas ask for it).

    Raises:
        ValueError: when the data does not fit; the text says what and where.
    """
    try:
        return _convert(value, hint)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        try:
            mended = _whole_numbers(without_nulls(value, type_schema(hint)))
            return _convert(mended, hint)
        except (ValueError, TypeError, RecursionError):
            raise error from None


def decode_text(text: str) -> Any:
    """JSON text as plain data.

    Raises:
        ValueError: when it is not JSON, or too deeply nested.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def encode_value(value: Any) -> str:
    """A value as text for a model: a string as it is, anything else as JSON.

    Raises:
        TypeError: when the value has no JSON form; the text names its type.
    """
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value, enc_hook=_encode_custom).decode()
    except (ValueError, RecursionError) as error:
        raise TypeError(f"the {type(value).__name__} has no JSON form: {error}") from error


def plain_value(value: Any) -> Any:
    """A value as plain data.

    Raises:
        TypeError: when it has no JSON form.
    """
    return decode_text(msgspec.json.encode(value, enc_hook=_encode_custom).decode())


def _with_formats(hint: Any) -> Any:
    """The same type, with the format named of which msgspec says "string" alone.

    It does because a time may lack its zone, which the format forbids; a model should see it.
    """
    if isinstance(hint, type) and hint in TIME_FORMATS:
        return Annotated[hint, msgspec.Meta(extra_json_schema={"format": TIME_FORMATS[hint]})]
    origin: Any = get_origin(hint)
    parts = get_args(hint)
    if origin in (Union, types.UnionType):
        return Union[tuple(_with_formats(part) for part in parts)]  # noqa: UP007 -- made at run time
    if origin in COLLECTIONS and parts:
        return origin[tuple(_with_formats(part) for part in parts)]
    return hint


def _convert(value: Any, hint: Any) -> Any:
    if _speaks_pydantic(hint):
        return _pydantic_convert(hint, value)
    return msgspec.convert(value, hint, str_keys=True, dec_hook=_convert_custom)


def _convert_custom(kind: type, value: Any) -> Any:
    if _made_with_pydantic(kind):
        return _pydantic_convert(kind, value)
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    raise ValueError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")


def _encode_custom(value: Any) -> Any:
    if _made_with_pydantic(type(value)):
        return value.model_dump(mode="json")
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _whole_numbers(value: Any) -> Any:
    """Floats without a fraction as ints, as JSON Schema sees them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _made_with_pydantic(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "__pydantic_core_schema__")


def _speaks_pydantic(hint: Any) -> bool:
    """Whether a type, or a part or constraint of it, is made with pydantic."""
    if _made_with_pydantic(hint):
        return True
    if get_origin(hint) is Annotated:
        modules = (type(note).__module__ for note in hint.__metadata__)
        if any(module.startswith(("pydantic", "annotated_types")) for module in modules):
            return True
    return any(_speaks_pydantic(part) for part in get_args(hint))


def _adapter(hint: Any) -> Any:
    try:
        pydantic = importlib.import_module("pydantic")
    except ImportError:
        raise TypeError(
            f"the constraints of {hint} need pydantic; msgspec.Meta needs no more"
        ) from None
    try:
        return pydantic.TypeAdapter(hint)
    except pydantic.PydanticUserError as error:
        raise TypeError(str(error)) from error


def _pydantic_schema(hint: Any, prefix: str) -> JSONSchema:
    adapter = _adapter(hint)
    try:
        schema: JSONSchema = adapter.json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    except importlib.import_module("pydantic").PydanticUserError as error:
        raise TypeError(str(error)) from error
    return schema


def _pydantic_convert(hint: Any, value: Any) -> Any:
    # By way of JSON text: pydantic's strict fields accept there what JSON cannot say otherwise.
    text = msgspec.json.encode(value)
    try:
        return _adapter(hint).validate_json(text)
    except ValueError as error:
        listed: Any = getattr(error, "errors", None)
        if listed is None:
            raise
        raise ValueError("; ".join(_pydantic_problem(entry) for entry in listed()[:5])) from None


def _pydantic_problem(entry: dict[str, Any]) -> str:
    place = ".".join(str(step) for step in entry["loc"])
    return f"{entry['msg']} (at {place!r})" if place else str(entry["msg"])
