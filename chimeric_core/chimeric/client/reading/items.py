"""A stream of structured output read as the elements of one of its lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from chimeric.errors import ConfigurationError, StructuredOutputError
from chimeric.schema.json_tree import JSONTree
from chimeric.schema.json_values import convert_value
from chimeric.schema.type_guards import is_mapping
from chimeric.values.chunks import StreamChunk

if TYPE_CHECKING:
    from chimeric.exchange.call import Call
    from chimeric.values.requests import ResponseFormat

__all__ = ["ItemReader"]

T = TypeVar("T")


class ItemReader(Generic[T]):
    """Takes the elements of a list out of JSON text, each when its last character has come.

    Raises:
        ConfigurationError: when the call asked for no structured output, or it has several lists
            and ``path`` says of none.
    """

    def __init__(self, call: Call, path: str, kind: type[T] | None) -> None:
        wanted = call.request.response_format
        if wanted is None or wanted.kind == "text":
            raise ConfigurationError(
                "items() reads structured output: pass response_format= to generate()"
            )
        self._call = call
        self._path = path
        self._keys = path.split(".") if path else []
        self._wrapper = "" if path else _wrapper(wanted)
        self._kind = kind
        self._turn = -1
        self._begin()

    def _begin(self) -> None:
        self._tree = JSONTree()
        self._given = 0
        self._found = False

    def take(self, chunk: StreamChunk) -> Iterable[T]:
        """The elements that a chunk completes."""
        if chunk.turn != self._turn:
            self._turn = chunk.turn
            self._begin()
        if not chunk.delta or self._tree.invalid:
            return ()
        self._tree.read(chunk.delta)
        return self._whole(self._list())

    def end(self) -> None:
        """Every element has been taken.

        Raises:
            StructuredOutputError: when the answer has no such list.
        """
        if self._found or self._call.answer.finish_reason not in ("stop", "length"):
            return
        raise StructuredOutputError(f"the answer has no list at {self._name()}")

    def _list(self) -> Any:
        """The list, as far as it came."""
        value: Any = self._tree.root
        keys = self._keys
        if self._wrapper and is_mapping(value):
            keys = [self._wrapper]
        for key in keys:
            if value is None:
                return None
            if not is_mapping(value):
                raise self._misfit(value)
            value = value.get(key)
        if not (value is None or isinstance(value, list)):
            raise self._misfit(value)
        return cast("Any", value)

    def _misfit(self, value: object) -> StructuredOutputError:
        kind = type(value).__name__
        return StructuredOutputError(
            f"the answer has no list at {self._name()}, but a value of type {kind}"
        )

    def _name(self) -> str:
        return repr(self._path or self._wrapper or "its top")

    def _whole(self, found: list[Any] | None) -> Iterator[T]:
        if found is None:
            return
        self._found = True
        end = self._tree.whole_items(found)
        new = found[self._given : end]
        found[self._given : end] = [None] * len(new)  # they are the caller's now
        for value in new:
            yield self._converted(value)
            self._given += 1

    def _converted(self, value: Any) -> T:
        if self._kind is None:
            return cast("T", value)
        try:
            return cast("T", convert_value(value, self._kind))
        except (ValueError, TypeError) as error:
            name = getattr(self._kind, "__name__", str(self._kind))
            raise StructuredOutputError(
                f"element {self._given} of {self._name()} does not fit {name}: {error}"
            ) from error


def _wrapper(wanted: ResponseFormat) -> str:
    """The field of an answer that holds its list, where the answer is an object.

    Raises:
        ConfigurationError: when there are several.
    """
    fields: Mapping[str, Any] = (wanted.schema or {}).get("properties", {})
    lists = [name for name, field in fields.items() if _may_be_list(field)]
    if not fields or "items" in lists:
        return "items"
    if len(lists) != 1:
        told = ", ".join(map(repr, lists))
        what = (
            f"several lists ({told}): name one" if lists else "no list at its top: name one below"
        )
        raise ConfigurationError(f"items(): the response_format has {what}, as in 'data.items'")
    return lists[0]


def _may_be_list(field: Any) -> bool:
    """Whether a schema allows a list, optional ones too."""
    if not is_mapping(field):
        return False
    kind: Any = field.get("type")
    return (
        kind == "array" or "array" in (kind or ()) or any(map(_may_be_list, field.get("anyOf", ())))
    )
