"""Functions as tools: the schema a model sees."""

from __future__ import annotations

import datetime
import decimal
import functools
import json
import pathlib
import subprocess
import sys
import typing
import uuid
from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest

from chimeric.errors import ToolRegistrationError
from chimeric.schema.docstrings import read_docstring
from chimeric.schema.function_schema import bind_arguments, function_schema

from .hints import Basket, Color, Options, Order, Place, Point, Tree, parameters, property_of

if typing.TYPE_CHECKING:
    from collections import OrderedDict as OnlyForTypeCheckers


def test_a_function_becomes_an_object_that_allows_no_other_keys() -> None:
    def get_weather(city: str, days: int = 3) -> str:
        """Weather of a city."""
        return f"{city} {days}"

    schema = function_schema(get_weather)
    assert schema.name == "get_weather"
    assert schema.description == "Weather of a city."
    assert schema.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "default": 3},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (float, {"type": "number"}),
        (Any, {}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, None], {"type": ["integer", "null"], "enum": [1, None]}),
        (Color, {"type": "string", "enum": ["red", "blue"]}),
        (Annotated[int, msgspec.Meta(ge=1, le=5)], {"type": "integer", "minimum": 1, "maximum": 5}),
        (
            Annotated[int, pydantic.Field(ge=1, description="n")],
            {"type": "integer", "minimum": 1, "description": "n"},
        ),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (
            dict[str, list[int]],
            {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "integer"}},
            },
        ),
        (datetime.date, {"type": "string", "format": "date"}),
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (
            dict[str, datetime.time | None],
            {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [{"type": "string", "format": "time"}, {"type": "null"}]
                },
            },
        ),
        (uuid.UUID, {"type": "string", "format": "uuid"}),
        (decimal.Decimal, {"type": "string", "format": "decimal"}),
        (pathlib.Path, {"type": "string", "format": "path"}),
        (
            Options,
            {
                "type": "object",
                "properties": {"depth": {"type": "integer"}, "label": {"type": "string"}},
                "required": ["depth"],
            },
        ),
    ],
)
def test_hints_become_json_schema(hint: Any, schema: dict[str, Any]) -> None:
    assert property_of(hint) == schema


def test_nested_types_are_put_in_place_without_references() -> None:
    text = json.dumps(property_of(list[Place]))
    assert "$ref" not in text
    assert '"enum": ["red", "blue"]' in text
    assert "title" not in text


def test_a_type_that_holds_itself_stays_a_reference_within_the_schema() -> None:
    def plant(tree: Tree, other: Tree | None = None) -> None: ...

    schema = parameters(plant)
    assert schema["properties"]["other"]["anyOf"][0] == {"$ref": "#/$defs/Tree"}
    assert list(schema["$defs"]) == ["Tree"]


def test_a_small_type_used_often_does_not_explode() -> None:
    kind: Any = Point
    for depth in range(12):
        kind = msgspec.defstruct(f"Level{depth}", [("left", kind), ("right", kind)])
    assert len(json.dumps(property_of(kind))) < 100_000


def test_pydantic_models_are_described_wherever_they_stand() -> None:
    amount = {"type": "integer", "minimum": 1, "description": "how many"}
    assert property_of(Order)["properties"]["amount"] == amount
    inner = property_of(Basket)["properties"]["orders"]["items"]
    assert inner["properties"]["amount"] == amount


def test_string_annotations_are_resolved_with_the_names_around_the_function() -> None:
    class Local(msgspec.Struct):
        z: int

    def use(value: Local, point: Point) -> OnlyForTypeCheckers[str, int]:
        return Local(1)  # type: ignore[return-value]  # the name must be in the closure

    assert isinstance(use.__annotations__["value"], str)
    schema = parameters(use)
    assert schema["properties"]["value"]["properties"] == {"z": {"type": "integer"}}


GOOGLE = """Find it.

With care.

Args:
    city (str): the city,
        in English
    days: how many days

Returns:
    nothing
"""
NUMPY = """Find it.

With care.

Parameters
----------
city : str
    the city,
    in English
days : int
    how many days
"""
SPHINX = """Find it.

With care.

:param city: the city,
    in English
:param int days: how many days
:returns: nothing
"""


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_texts_come_from_the_docstring_in_every_style(text: str) -> None:
    def find(city: str, days: int) -> None: ...

    find.__doc__ = text
    schema = function_schema(find)
    assert schema.description == "Find it.\n\nWith care."
    properties = schema.parameters["properties"]
    assert properties["city"]["description"] == "the city, in English"
    assert properties["days"]["description"] == "how many days"


def test_without_docstring_parser_the_first_paragraph_is_the_description(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "docstring_parser", None)
    docs = read_docstring(GOOGLE)
    assert (docs.description, docs.parameters) == ("Find it.", {})


def test_annotated_texts_win_over_the_docstring() -> None:
    def find(a: Annotated[str, "said here"], b: Annotated[int, msgspec.Meta(description="m")]):  # type: ignore[no-untyped-def]
        """Find.

        Args:
            a: said there
            b: said there
        """

    properties = parameters(find)["properties"]
    assert [properties[k]["description"] for k in "ab"] == ["said here", "m"]


def test_a_method_is_described_without_self() -> None:
    class Shop:
        async def buy(self, what: str) -> str:
            """Buy."""
            return what

    schema = function_schema(Shop().buy)
    assert schema.name == "buy"
    assert list(schema.parameters["properties"]) == ["what"]


def test_what_a_partial_has_bound_is_neither_shown_nor_overridden() -> None:
    def send(to: str, text: str, key: str = "none") -> str:
        """Send."""
        return f"{to} {text} {key}"

    bound = functools.partial(send, "me", key="secret")
    schema = function_schema(bound)
    assert (schema.name, schema.description) == ("send", "Send.")
    assert list(schema.parameters["properties"]) == ["text"]
    with pytest.raises(ValueError, match="unknown 'key'"):
        bind_arguments(bound, '{"text": "x", "key": "mine"}')


def test_a_callable_object_and_a_wrapped_function_can_be_tools() -> None:
    class Adder:
        def __call__(self, a: int) -> int:
            """Add."""
            return a

    @functools.lru_cache
    def cached(b: Point) -> int:
        """Cached."""
        return b.x

    assert function_schema(Adder(), name="add").parameters["required"] == ["a"]
    schema = function_schema(cached)
    assert (schema.name, schema.description) == ("cached", "Cached.")
    assert bind_arguments(cached, '{"b": {"x": 1}}') == {"b": Point(1)}


def test_defaults_are_told_in_json_where_they_have_a_form_there() -> None:
    missing = object()

    def f(a: Color = Color.RED, b: Any = missing, c: tuple[int, ...] = (1, 2)) -> None: ...

    properties = parameters(f)["properties"]
    assert properties["a"]["default"] == "red"
    assert "default" not in properties["b"]
    assert properties["c"]["default"] == [1, 2]


def test_describing_a_function_does_not_import_pydantic_or_docstring_parser_for_nothing() -> None:
    code = (
        "import sys\nfrom chimeric.schema.function_schema import function_schema\n"
        "def f(a: int, b: list[str]): ...\n"
        "print(function_schema(f).parameters['required'], 'pydantic' in sys.modules)"
    )
    paths = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=paths
    )
    assert done.stdout.strip() == "['a', 'b'] False"


def test_constraints_that_only_pydantic_knows_are_never_silently_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hint = Annotated[int, pydantic.Field(gt=3)]
    assert property_of(hint) == {"type": "integer", "exclusiveMinimum": 3}
    monkeypatch.setitem(sys.modules, "pydantic", None)
    with pytest.raises(ToolRegistrationError, match="need pydantic"):
        property_of(hint)
