"""Members that a provider's own structs know, and that no recording has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from .leaves import Path, shown
from .recorded import is_array, is_object
from .spoiling import with_item

__all__ = ["declared"]

DEEP: Final = 3
"""So many levels of a value are made up."""


def declared(value: Any, native: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
    """The same data with one more member, which the struct of its object declares.

    Args:
        value: plain data.
        native: the struct that the provider decodes it into; anything else gives none.
        seen: members of structs that were tried.

    Example:
        >>> class Said(msgspec.Struct):
        ...     text: str | None = None
        ...     count: int | None = None
        >>> dict(declared({"text": "a"}, Said("a"), set()))
        {'$ has count': {'text': 'a', 'count': 7}}
    """
    for path, item, struct in _structs(value, native, ()):
        for field in msgspec.structs.fields(struct):
            place = f"{type(struct).__name__}.{field.name}"
            if field.encode_name in item or place in seen:
                continue
            seen.add(place)
            for sample in _samples(inspect.type_info(field.type), DEEP):
                odd = {**item, field.encode_name: sample}
                yield f"{shown(path)} has {field.encode_name}", with_item(value, path, odd)


def _structs(
    value: Any, native: Any, path: Path
) -> Iterator[tuple[Path, dict[str, Any], msgspec.Struct]]:
    """Objects and what they were decoded into."""
    if isinstance(native, msgspec.Struct) and is_object(value):
        yield path, value, native
        for field in msgspec.structs.fields(native):
            if (name := field.encode_name) in value:
                yield from _structs(value[name], getattr(native, field.name), (*path, name))
    elif is_array(native) and is_array(value):
        for place, (item, inner) in enumerate(zip(value, native, strict=False)):
            yield from _structs(item, inner, (*path, place))


def _samples(kind: inspect.Type, deep: int) -> list[Any]:
    """Values of a type; of one that may be anything, a text and an object."""
    match kind:
        case inspect.UnionType(types=types):
            told = [one for one in types if not isinstance(one, inspect.NoneType)]
            return [sample for one in told for sample in _samples(one, deep)]
        case inspect.BoolType():
            return [True]
        case inspect.IntType() | inspect.FloatType():
            return [7]
        case inspect.LiteralType(values=values):
            return [*values]
        case inspect.StructType(fields=fields) if deep:
            made = {one.encode_name: _samples(one.type, deep - 1)[:1] for one in fields}
            return [{name: sample for name, (sample, *_) in _given(made)}]
        case inspect.ListType(item_type=inner) if deep:
            return [[sample] for sample in _samples(inner, deep - 1)]
        case inspect.DictType() | inspect.StructType():
            return [{"type": "zodd", "id": "zodd"}]
        case inspect.AnyType() | inspect.RawType():
            return ["zodd", {"type": "zodd", "id": "zodd"}]
        case inspect.NoneType():
            return []
        case _:
            return ["zodd"]


def _given(made: dict[str, list[Any]]) -> Iterator[tuple[str, list[Any]]]:
    return ((name, samples) for name, samples in made.items() if samples)
