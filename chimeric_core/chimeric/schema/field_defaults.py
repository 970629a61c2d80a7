"""``x: int = Field(...)``: what stands where a default does, and describes the parameter."""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, cast, get_origin

__all__ = ["FieldDefault", "check_default", "described"]

NO_DEFAULTS: Final = {
    ("dataclasses", "Field"): "dataclasses.field()",
    ("msgspec._core", "Field"): "msgspec.field()",
    ("pydantic.v1.fields", "FieldInfo"): "pydantic.v1.Field()",
}
"""What describes a field of a class, and would be handed to a function as it is."""


class FieldDefault:
    """The default that a pydantic ``Field`` gives: no value, and made anew for each call."""

    __slots__ = ("_field",)

    def __init__(self, field: Any) -> None:
        self._field = field

    def value(self, given: Mapping[str, Any]) -> Any:
        """The default, for a call that gives these other arguments."""
        if getattr(self._field, "default_factory_takes_validated_data", False):
            return self._field.default_factory(dict(given))
        return self._field.get_default(call_default_factory=True)


def check_default(parameter: inspect.Parameter) -> None:
    """Refuse a default that describes a field, and can not be read as one of a parameter.

    Raises:
        TypeError: for such a default; the text says what to write.
    """
    default: object = parameter.default
    kind = type(default)
    told = NO_DEFAULTS.get((kind.__module__, kind.__name__))
    if told is not None:
        raise TypeError(f"{told} is no default of a parameter; use Annotated, and a plain default")


def described(parameter: inspect.Parameter, hint: Callable[[], Any]) -> inspect.Parameter:
    """The parameter with what a pydantic ``Field`` says of its type and its default.

    The field is the parameter's default, or stands in its annotation with a default.
    """
    if "pydantic" not in sys.modules:
        return parameter
    field, empty = parameter.default, inspect.Parameter.empty
    if _is_field(field):
        note: Any = operator.getitem(cast("Any", Annotated), (hint(), field))
    elif field is empty and parameter.annotation is not empty:
        note = hint()
        if get_origin(note) is not Annotated:
            return parameter
        given = [n for n in note.__metadata__ if _is_field(n) and not n.is_required()]
        if not given:
            return parameter
        field = given[-1]
    else:
        return parameter
    default = empty if field.is_required() else FieldDefault(field)
    return parameter.replace(annotation=note, default=default)


def _is_field(value: object) -> bool:
    """Whether it is pydantic's ``FieldInfo``, or one that a library made of it (FastAPI)."""
    kinds = ((kind.__module__, kind.__name__) for kind in type(value).__mro__)
    return ("pydantic.fields", "FieldInfo") in kinds
