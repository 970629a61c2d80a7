"""Types that travel to the actors: those of a program or a notebook, which no node can import.

Ray pickles them by value, and loses the fields of msgspec structs and what tells a dataclass's
fields without a default from others. Here both arrive as they were.
"""

from __future__ import annotations

import dataclasses
import io
import types
from collections.abc import Sequence
from typing import Any

import msgspec

__all__ = ["dumps"]

KINDS = type(dataclasses._FIELD)  # type: ignore[attr-defined]
METHODS = (types.FunctionType, property, classmethod, staticmethod)


def dumps(value: Any) -> bytes:
    """A type, or what holds one, for ``pickle.loads``.

    Raises:
        TypeError: for what cannot be pickled.
        RecursionError: for a struct that refers to itself, and is in no module.
    """
    from ray.cloudpickle import CloudPickler

    class Pickler(CloudPickler):
        def reducer_override(self, obj: Any) -> Any:
            if obj is dataclasses.MISSING:
                return "MISSING"
            if isinstance(obj, KINDS):
                return obj.name  # the name that it has in its module
            if isinstance(obj, msgspec.Meta):
                return _meta, ({name: getattr(obj, name) for name in META},)
            told = super().reducer_override(obj)
            if told is NotImplemented or not _is_struct(obj):
                return told
            return _struct, _parts(obj)

    file = io.BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()


def _is_struct(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct)


def _parts(kind: Any) -> tuple[Any, ...]:
    """What a struct is made of."""
    config = kind.__struct_config__
    options = {name: getattr(config, name) for name in OPTIONS}
    inside: dict[str, Any] = dict(kind.__dict__)
    own: dict[str, Any] = {
        name: value
        for name, value in inside.items()
        if isinstance(value, METHODS) and (not name.startswith("__") or name == "__post_init__")
    }
    own["__doc__"] = kind.__doc__
    fields = [
        (field.name, field.type, field.encode_name, field.default, field.default_factory)
        for field in msgspec.structs.fields(kind)
    ]
    return kind.__name__, fields, own, options


META = (
    *("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz", "title"),
    *("description", "examples", "extra_json_schema", "extra"),
)
OPTIONS = ("array_like", "forbid_unknown_fields", "frozen", "omit_defaults", "tag", "tag_field")


def _struct(
    name: str,
    fields: Sequence[tuple[str, Any, str, Any, Any]],
    own: dict[str, Any],
    options: dict[str, Any],
) -> Any:
    """Make a struct of its parts."""
    field_of: Any = msgspec.field  # its overloads take a default or a factory, not either
    made: list[tuple[str, Any, Any]] = [
        (field, kind, field_of(name=told, default=default, default_factory=factory))
        for field, kind, told, default, factory in fields
    ]
    return msgspec.defstruct(name, made, namespace=own, kw_only=True, **options)


def _meta(told: dict[str, Any]) -> msgspec.Meta:
    return msgspec.Meta(**told)
