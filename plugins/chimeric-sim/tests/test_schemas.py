"""Values for JSON schemas."""

from __future__ import annotations

import random
from typing import Any

import pytest
from chimeric_sim.schemas import Sampler, misfit, strict_complaint


def sample(schema: dict[str, Any], prompt: str = "") -> Any:
    return Sampler(schema, random.Random(1), prompt).value()


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, str),
        ({"type": "integer"}, int),
        ({"type": "number", "minimum": 0.25, "maximum": 0.75}, float),
        ({"type": "boolean"}, bool),
        ({"type": ["null", "string"]}, str),
        ({"type": "null"}, type(None)),
        ({"anyOf": [{"type": "null"}, {"type": "array"}]}, list),
        ({"properties": {"a": {}}}, dict),
        ({"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}}, dict),
    ],
)
def test_a_value_has_the_type_of_its_schema(schema, kind):
    assert type(sample(schema)) is kind


def test_limits_are_kept():
    for low in range(0, 200, 7):
        value = sample({"type": "integer", "minimum": low, "maximum": low + 3})
        assert low <= value <= low + 3
        value = sample({"type": "integer", "exclusiveMinimum": low, "multipleOf": 5})
        assert value > low
        assert value % 5 == 0
    assert len(sample({"type": "array", "minItems": 5, "items": {"type": "string"}})) == 5
    assert len(sample({"type": "string", "minLength": 30, "maxLength": 31})) in (30, 31)
    assert sample({"enum": ["a"]}) == "a"
    assert sample({"const": 7}) == 7
    assert sample({"type": "string", "format": "date"}) == "2026-11-22"


def test_references_and_combinations_are_followed():
    schema = {
        "allOf": [{"$ref": "#/$defs/named"}],
        "type": "object",
        "properties": {"next": {"$ref": "#"}},
        "$defs": {
            "named": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
            }
        },
    }
    value = sample(schema)
    assert isinstance(value["name"], str)
    assert isinstance(value["next"]["next"]["name"], str)


def test_a_prompt_gives_its_numbers_and_names():
    schema = {
        "type": "object",
        "properties": {
            "x": {"type": "integer"},
            "y": {"type": "number"},
            "city": {"type": "string"},
        },
    }
    assert sample(schema, "Add 4 and -2.5 in New York") == {"x": 4, "y": -2.5, "city": "New York"}


def test_a_misfit_lacks_what_is_required():
    schema = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"]}
    assert misfit(schema) == {"b": {"not": "what was asked for"}, "surprise": True}


def test_strict_mode_wants_closed_objects_with_all_required():
    open_object = {"type": "object", "properties": {}}
    assert "additionalProperties" in (strict_complaint(open_object) or "")
    lacking = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    assert "Missing 'a'" in (strict_complaint(lacking) or "")
    nested = {**lacking, "required": ["a"], "properties": {"a": open_object}}
    assert "('properties', 'a')" in (strict_complaint(nested) or "")
    assert strict_complaint({**lacking, "required": ["a"]}) is None
