"""Fields of a body, taken one by one with their types checked; the rest is known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array

__all__ = ["Fields", "Worded", "anthropic_words", "kind_of", "openai_words"]

T = TypeVar("T")

Worded: TypeAlias = Callable[[str, str, object], Refusal]
"""Words the refusal of a value: its path, what it must be (a key of ``EXPECTED``), the value."""

LISTS: Final[tuple[type[list[Any]]]] = (list,)
OBJECTS: Final[tuple[type[dict[str, Any]]]] = (dict,)

EXPECTED: Final = {
    "string": "a string",
    "number": "a decimal",
    "integer": "an integer",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "message": "a string or an array of objects",
    "words": "a string or an array of strings",
}


class Fields:
    """The fields of an object. What is null counts as absent.

    Args:
        body: the object.
        worded: how the protocol words that a value has a wrong type.
        path: where the object is, for the words.

    Example:
        >>> fields = Fields({"temperature": 1, "seed": None, "x": 0}, openai_words)
        >>> fields.number("temperature"), fields.integer("seed"), fields.left()
        (1, None, ('x',))
    """

    def __init__(self, body: Mapping[str, Any], worded: Worded, path: str = "") -> None:
        self._left = {name: value for name, value in body.items() if value is not None}
        self._worded = worded
        self._path = path

    def any(self, name: str) -> Any:
        """A value of whatever type, or None."""
        return self._left.pop(name, None)

    def text(self, name: str) -> str | None:
        """A string."""
        return self._checked(name, "string", str)

    def flag(self, name: str) -> bool | None:
        """True or false."""
        return self._checked(name, "boolean", bool)

    def number(self, name: str) -> float | None:
        """A number."""
        return self._checked(name, "number", int, float)

    def integer(self, name: str) -> int | None:
        """A whole number; 3.0 is one."""
        value = self._left.get(name)
        if isinstance(value, float) and value.is_integer():
            self._left[name] = int(value)
        return self._checked(name, "integer", int)

    def items(self, name: str) -> Sequence[Any] | None:
        """An array."""
        return self._checked(name, "array", *LISTS)

    def object(self, name: str) -> dict[str, Any] | None:
        """An object."""
        return self._checked(name, "object", *OBJECTS)

    def words(self, name: str) -> tuple[str, ...] | None:
        """A string, or an array of strings."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        words = [value] if isinstance(value, str) else value
        if not is_array(words) or not all(isinstance(word, str) for word in words):
            raise self._worded(self._path + name, "words", value)
        return tuple(words)

    def drop(self, *names: str) -> None:
        """Fields that say nothing to a gateway."""
        for name in names:
            self._left.pop(name, None)

    def left(self) -> tuple[str, ...]:
        """Names of the fields that nobody has taken."""
        return tuple(self._left)

    def _checked(self, name: str, expected: str, *kinds: type[T]) -> T | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self._worded(self._path + name, expected, value)
        return value


def openai_words(path: str, expected: str, value: object) -> Refusal:
    """A wrong type, as OpenAI words it."""
    wanted = EXPECTED.get(expected, expected)
    return Refusal(
        400,
        f"Invalid type for '{path}': expected {wanted}, but got {kind_of(value)} instead.",
        param=path,
        code="invalid_type",
    )


def anthropic_words(path: str, expected: str, value: object) -> Refusal:
    """A wrong type, as Anthropic words it."""
    wanted = VALID.get(expected, expected)
    return Refusal(400, f"{path}: Input should be {wanted}", param=path)


VALID: Final = {
    "string": "a valid string",
    "number": "a valid number",
    "integer": "a valid integer",
    "boolean": "a valid boolean",
    "array": "a valid list",
    "object": "a valid dictionary",
    "message": "a valid string or a list of blocks",
    "words": "a valid list of strings",
}


def kind_of(value: object) -> str:
    """The type of a JSON value, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case list() | tuple():
            return "an array"
        case _:
            return "an object"
