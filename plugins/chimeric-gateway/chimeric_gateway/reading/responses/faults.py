"""Faults of a body in this protocol's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.refusal import Refusal

__all__ = ["expect", "invalid_type", "missing", "refused"]

NAMES: Final = {
    "str": "a string",
    "int": "an integer",
    "bool": "a boolean",
    "list": "an array",
    "dict": "an object",
    "float": "a decimal",
    "NoneType": "null",
}


def refused(message: str, param: str, code: str | None = None) -> Refusal:
    """A 400 that names the field at fault."""
    return Refusal(400, message, code=code, param=param)


def missing(param: str) -> Refusal:
    """A field is not there that must be."""
    message = f"Missing required parameter: '{param}'."
    return refused(message, param, "missing_required_parameter")


def invalid_type(param: str, expected: str, value: object) -> Refusal:
    """A field has a value of a wrong type."""
    got = NAMES.get(type(value).__name__, type(value).__name__)
    message = f"Invalid type for '{param}': expected {expected}, but got {got} instead."
    return refused(message, param, "invalid_type")


def expect(body: Mapping[str, Any], key: str, kind: type, where: str = "") -> Any:
    """The value of a field, or None where it is not there or null.

    Raises:
        Refusal: where it has another type. Integers pass for decimals, booleans for neither.
    """
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) and kind is not bool:
        fits = False
    else:
        fits = isinstance(value, (int, float) if kind is float else kind)
    if not fits:
        raise invalid_type(f"{where}{key}", NAMES[kind.__name__], value)
    return value
