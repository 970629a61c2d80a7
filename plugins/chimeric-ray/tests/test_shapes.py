"""JSON schemas as Arrow types, and values that fit them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
import msgspec
import pyarrow as pa
from chimeric_ray.shapes import plain, shape_of

INT, TEXT = {"type": "integer"}, {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "kind", "value", "fitting"),
    [
        (TEXT, pa.string(), "a", "a"),
        ({"type": ["number", "null"]}, pa.float64(), None, None),
        ({"anyOf": [INT, {"type": "null"}]}, pa.int64(), 3, 3),
        ({"enum": ["a", "b"]}, pa.string(), "b", "b"),
        ({"enum": ["a", 1]}, pa.string(), 1, "1"),
        ({"anyOf": [INT, TEXT]}, pa.string(), "x", '"x"'),
        ({}, pa.string(), [1, {"a": None}], '[1,{"a":null}]'),
        ({"type": "array", "items": INT}, pa.list_(pa.int64()), [1, 2], [1, 2]),
        ({"type": "array"}, pa.string(), [1], "[1]"),
        ({"type": "object"}, pa.string(), {"a": 1}, '{"a":1}'),
        (
            {"type": "object", "additionalProperties": INT},
            pa.map_(pa.string(), pa.int64()),
            {"a": 1},
            [("a", 1)],
        ),
        (
            {"type": "object", "properties": {"a": INT, "b": TEXT}},
            pa.struct([("a", pa.int64()), ("b", pa.string())]),
            {"a": 1},
            {"a": 1, "b": None},
        ),
    ],
)
def test_a_schema_is_a_type_and_its_values_fit(schema, kind, value, fitting):
    shape = shape_of(schema)
    assert shape.type == kind
    assert shape.fit(value) == fitting
    assert pa.array([shape.fit(value)], type=kind).null_count == (value is None)


def test_a_type_that_holds_itself_is_text_where_it_begins_again():
    node = {
        "type": "object",
        "properties": {"name": TEXT, "children": {"type": "array", "items": {"$ref": "#/$defs/N"}}},
    }
    shape = shape_of({"$ref": "#/$defs/N", "$defs": {"N": node}})
    value: dict[str, Any] = {"name": "a", "children": []}
    for _ in range(40):
        value = {"name": "b", "children": [value]}
    assert pa.array([shape.fit(value)], type=shape.type).to_pylist()[0]["name"] == "b"


class Inner(msgspec.Struct):
    number: int


@dataclasses.dataclass
class Outer:
    inner: Inner
    names: list[str]


def test_an_instance_is_plain_data_under_the_names_of_its_json():
    assert plain(Outer(Inner(3), ["a"])) == {"inner": {"number": 3}, "names": ["a"]}
    pydantic = pytest.importorskip("pydantic")

    class Named(pydantic.BaseModel):
        word: str = pydantic.Field(alias="theWord")

    assert plain(Named(theWord="x")) == {"theWord": "x"}
