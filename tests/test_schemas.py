"""Functions as tools: the schema a model sees, and the arguments a function gets."""

from __future__ import annotations

import builtins
import dataclasses
import datetime
import decimal
import enum
import functools
import json
import pathlib
import subprocess
import sys
import time
import typing
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import openai.types.chat as openai_types
import pydantic
import pytest
from chimeric_chat_completions import strict_schema
from openai.lib._pydantic import to_strict_json_schema

from chimeric.errors import ToolRegistrationError
from chimeric.schema.docstrings import read_docstring
from chimeric.schema.function_schema import bind_arguments, function_schema
from chimeric.values.tools import Tool

if typing.TYPE_CHECKING:
    from collections import OrderedDict as OnlyForTypeCheckers


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@dataclasses.dataclass
class Tree:
    value: int
    branches: list[Tree] = dataclasses.field(default_factory=list)


class Options(TypedDict):
    depth: int
    label: NotRequired[str]


class Place(msgspec.Struct):
    name: str
    at: Point
    color: Color = Color.RED


class Order(pydantic.BaseModel):
    amount: int = pydantic.Field(ge=1, description="how many")
    when: datetime.date | None = None


class Basket(msgspec.Struct):
    orders: list[Order]


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    return function_schema(function).parameters


def property_of(hint: Any) -> dict[str, Any]:
    def function(value):  # type: ignore[no-untyped-def]
        return value

    function.__annotations__["value"] = hint
    schema: dict[str, Any] = parameters(function)["properties"]["value"]
    return schema


# --- the schema -----------------------------------------------------------------------------------


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
    with pytest.raises(ToolRegistrationError, match="name for a tool"):
        function_schema(star_args, name=name)


def test_a_lambda_needs_a_name_and_a_class_is_no_tool() -> None:
    with pytest.raises(ToolRegistrationError, match="name="):
        function_schema(lambda: 1)
    assert function_schema(lambda: 1, name="one", description="One.").description == "One."
    with pytest.raises(ToolRegistrationError, match="is a class"):
        function_schema(Place)


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


# --- the arguments --------------------------------------------------------------------------------


def everything(
    place: Place,
    colors: list[Color],
    order: Order,
    basket: Basket | None = None,
    when: datetime.datetime | None = None,
    price: decimal.Decimal = decimal.Decimal(0),
    path: pathlib.Path = pathlib.Path(),
    scores: dict[int, float] | None = None,
    options: Options | None = None,
    anything: Any = None,
) -> None: ...


def test_arguments_arrive_as_the_types_that_the_signature_names() -> None:
    bound = bind_arguments(
        everything,
        json.dumps(
            {
                "place": {"name": "here", "at": {"x": 1}},
                "colors": ["blue"],
                "order": {"amount": 2, "when": "2026-01-31"},
                "basket": {"orders": [{"amount": 1}]},
                "when": "2026-01-31T12:00:00Z",
                "price": "1.50",
                "path": "/tmp",
                "scores": {"7": 1},
                "options": {"depth": 1},
                "anything": [1, {"x": None}],
            }
        ),
    )
    assert bound == {
        "place": Place("here", Point(1)),
        "colors": [Color.BLUE],
        "order": Order(amount=2, when=datetime.date(2026, 1, 31)),
        "basket": Basket([Order(amount=1)]),
        "when": datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC),
        "price": decimal.Decimal("1.50"),
        "path": pathlib.Path("/tmp"),
        "scores": {7: 1.0},
        "options": {"depth": 1},
        "anything": [1, {"x": None}],
    }


def add(a: int, b: int = 1) -> int:
    return a + b


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing 'a'"),
        ("null", "missing 'a'"),
        ("{}", "missing 'a'"),
        ('{"a": 1', "not JSON"),
        ("[1]", "must be a JSON object, not list"),
        ('"a"', "must be a JSON object, not str"),
        ('{"a": "1"}', "a: Expected `int`, got `str`"),
        ('{"a": 1.5}', "a: Expected `int`, got `float`"),
        ('{"a": true}', "a: Expected `int`, got `bool`"),
        ('{"a": null}', "a: Expected `int`, got `null`"),
        ('{"a": 1, "__class__": 2}', "unknown '__class__' \\(known: a, b\\)"),
        ('{"a": 1, "b": "x", "c": 0}', "unknown 'c' .*; b: Expected `int`, got `str`"),
        ('{"a": NaN}', "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bind_arguments(add, text)


def test_messages_name_the_place_inside_an_argument() -> None:
    bad: dict[str, Any] = {
        "place": {"name": "x", "at": {"x": "1"}},
        "colors": ["green"],
        "order": {"amount": 0},
    }
    with pytest.raises(ValueError, match="place") as caught:
        bind_arguments(everything, json.dumps(bad))
    text = str(caught.value)
    assert "place.at.x: Expected `int`, got `str`" in text
    assert "colors[0]: Invalid enum value 'green'" in text
    assert "order: Input should be greater than or equal to 1 (at 'amount')" in text
    bad = {"basket": {"orders": [{"amount": "many"}]}}
    with pytest.raises(ValueError, match=r"basket\.orders\[0\]: Input should be a valid integer"):
        bind_arguments(everything, json.dumps(bad))


def test_a_message_does_not_repeat_a_flood_of_keys() -> None:
    keys = {f"key{i}" + "x" * 10_000: 1 for i in range(1000)}
    with pytest.raises(ValueError, match="unknown") as caught:
        bind_arguments(add, json.dumps(keys))
    assert len(str(caught.value)) < 1000


def test_a_whole_number_with_a_point_is_an_int() -> None:
    assert bind_arguments(add, '{"a": 2.0}') == {"a": 2}
    assert type(bind_arguments(add, '{"a": 2.0}')["a"]) is int


def test_null_stands_for_an_argument_that_was_left_out() -> None:
    assert bind_arguments(add, '{"a": 2, "b": null}') == {"a": 2}
    bound = bind_arguments(
        everything,
        '{"place": {"name": "x", "at": {"x": 1, "y": null}, "color": null},'
        ' "colors": [], "order": {"amount": 1, "when": null}}',
    )
    assert bound["place"] == Place("x", Point(1, 0), Color.RED)


def test_of_duplicate_keys_the_last_one_counts() -> None:
    assert bind_arguments(add, '{"a": 1, "a": 2}') == {"a": 2}


def test_five_megabytes_of_arguments_are_bound_quickly() -> None:
    def write(text: str, rows: list[dict[str, int]]) -> None: ...

    rows = [{"n": i} for i in range(100_000)]
    text = json.dumps({"text": "x" * 4_000_000, "rows": rows})
    begin = time.perf_counter()
    assert len(bind_arguments(write, text)["rows"]) == 100_000
    assert time.perf_counter() - begin < 2


def test_a_hand_written_tool_may_take_any_keys() -> None:
    def store(**fields: Any) -> int:
        return len(fields)

    assert bind_arguments(store, '{"x": 1, "y": [2]}') == {"x": 1, "y": [2]}


# --- the strict form ------------------------------------------------------------------------------


def test_arguments_in_the_strict_form_bind() -> None:
    assert bind_arguments(
        everything,
        json.dumps(
            {
                "place": {"name": "x", "at": {"x": 1, "y": None}, "color": None},
                "colors": [],
                "order": {"amount": 1, "when": None},
                "basket": None,
                "when": None,
                "price": None,
                "path": None,
                "scores": None,
                "options": None,
                "anything": None,
            }
        ),
    )["place"] == Place("x", Point(1))


def test_the_strict_form_of_a_pydantic_model_is_the_official_one() -> None:
    class Line(pydantic.BaseModel):
        text: str
        order: Order
        tags: list[str]
        kind: Literal["a", "b"]

    def bare(node: Any) -> Any:
        """Without titles, and with the order of keys out of the way."""
        if isinstance(node, dict):
            return {k: bare(v) for k, v in node.items() if k not in ("title", "default")}
        return [bare(v) for v in node] if isinstance(node, list) else node

    official: Any = to_strict_json_schema(Line)
    order = official.pop("$defs")["Order"]
    official["properties"]["order"] = order
    assert strict_schema(property_of(Line)) == bare(official)


def test_tools_are_valid_for_the_official_request_types() -> None:
    tool = Tool.from_function(add, description="Add.")
    adapter = pydantic.TypeAdapter(openai_types.ChatCompletionFunctionToolParam)
    adapter.validate_python(
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": strict_schema(tool.parameters),
                "strict": True,
            },
        },
        strict=False,
    )


def test_no_builtin_without_a_signature_becomes_a_tool() -> None:
    with pytest.raises(ToolRegistrationError):
        function_schema(builtins.max)
