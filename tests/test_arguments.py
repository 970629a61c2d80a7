"""Functions as tools: the arguments that a function gets."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
import time
from typing import Any, Literal

import openai.types.chat as openai_types
import pydantic
import pytest
from chimeric_chat_completions import strict_schema
from openai.lib._pydantic import to_strict_json_schema

from chimeric.schema.function_schema import bind_arguments
from chimeric.values.tools import Tool

from .hints import Basket, Color, Options, Order, Place, Point, property_of


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
    begin = time.process_time()  # of the processor: others may keep it busy
    assert len(bind_arguments(write, text)["rows"]) == 100_000
    assert time.process_time() - begin < 2


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
