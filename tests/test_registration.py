"""Functions that cannot be tools: an error names function, parameter and reason."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import pytest

from chimeric.errors import ToolRegistrationError
from chimeric.schema.function_schema import function_schema

from .hints import Place, Point, Tree


def star_args(*args: int) -> None: ...
def star_kwargs(**kwargs: int) -> None: ...
def positional(a: int, /) -> None: ...
def no_json_form(a: int, b: complex) -> None: ...
def unknown_name(a: int, b: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def two_objects(a: int, b: Point | Tree) -> None: ...


class WithMethod:
    def method(self, a: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "parameter", "reason"),
    [
        (star_args, "args", "without a name"),
        (star_kwargs, "kwargs", "cannot know which names"),
        (positional, "a", "positional-only"),
        (no_json_form, "b", "no JSON form"),
        (unknown_name, "b", "Nowhere"),
        (two_objects, "b", "more than one dataclass"),
        (WithMethod.method, "self", "obj.method"),
    ],
)
def test_a_registration_error_names_function_parameter_and_reason(
    function: Callable[..., Any], parameter: str, reason: str
) -> None:
    with pytest.raises(ToolRegistrationError) as caught:
        function_schema(function)
    for part in (function.__name__, f"'{parameter}'", reason):
        assert part in str(caught.value)


@pytest.mark.parametrize("name", ["", "get weather", "a" * 65, "größe", "a.b", "x\n"])
def test_a_name_that_providers_refuse_is_refused_at_once(name: str) -> None:
    with pytest.raises(ToolRegistrationError, match="valid tool name"):
        function_schema(star_args, name=name)


def test_a_lambda_needs_a_name_and_a_class_is_no_tool() -> None:
    with pytest.raises(ToolRegistrationError, match="name="):
        function_schema(lambda: 1)
    assert function_schema(lambda: 1, name="one", description="One.").description == "One."
    with pytest.raises(ToolRegistrationError, match="is a class"):
        function_schema(Place)


def test_no_builtin_without_a_signature_becomes_a_tool() -> None:
    with pytest.raises(ToolRegistrationError):
        function_schema(builtins.max)
