"""Schemas whose references are written out."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from chimeric_models import Asked, Inlined, Rules, inlining

from chimeric import ConfigurationError

STRING = {"type": "string"}


def of(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


@pytest.mark.parametrize("place", ["$defs", "definitions"])
def test_references_are_written_out_wherever_a_schema_may_stand(place: str) -> None:
    ref = {"$ref": f"#/{place}/A"}
    schema = of(
        {"a": ref, "b": {"type": "array", "items": ref}, "c": {"anyOf": [ref, {"type": "null"}]}},
        additionalProperties=ref,
        **{place: {"A": {"type": "object", "properties": {"x": {"$ref": f"#/{place}/B"}}}}},
    )
    schema[place]["B"] = STRING
    before = copy.deepcopy(schema)
    a = of({"x": STRING})
    found = Inlined.of(schema)
    assert found.schema == of(
        {"a": a, "b": {"type": "array", "items": a}, "c": {"anyOf": [a, {"type": "null"}]}},
        additionalProperties=a,
    )
    assert not found.cut
    assert schema == before


def test_what_stands_beside_a_reference_stays() -> None:
    schema = of({"a": {"$ref": "#/$defs/A", "description": "mine"}}, **{"$defs": {"A": STRING}})
    assert Inlined.of(schema).schema["properties"]["a"] == {**STRING, "description": "mine"}


def test_properties_that_are_called_as_keywords_are_and_values_that_look_like_them_stay() -> None:
    looks = {"$ref": "#/$defs/A"}
    schema = of({"$ref": STRING, "$defs": STRING, "x": {"enum": [looks], "default": looks}})
    assert Inlined.of(schema).schema == schema


def test_a_reference_to_elsewhere_or_to_nothing_stays_as_it_is() -> None:
    schema = of({"a": {"$ref": "https://example.com/a.json"}, "b": {"$ref": "#/$defs/none"}})
    assert Inlined.of(schema).schema == schema


@pytest.mark.parametrize("reference", ["#", "#/$defs/Node", "#/properties/tree/anyOf/0"])
def test_a_schema_that_holds_itself_is_cut_at_the_second_time(reference: str) -> None:
    node = of({"next": {"$ref": reference}, "name": STRING})
    schema = of({"tree": {"anyOf": [node]}}, **{"$defs": {"Node": node}})
    found = Inlined.of(schema)
    assert found.cut == (reference,)
    assert "$ref" not in msgspec.json.encode(found.schema).decode()


def test_a_pointer_with_escapes_is_followed() -> None:
    schema = of({"a": {"$ref": "#/$defs/x~1y%20z"}}, **{"$defs": {"x/y z": STRING}})
    assert Inlined.of(schema).schema["properties"]["a"] == STRING


def test_a_schema_that_doubles_at_each_step_is_refused_in_no_time() -> None:
    defs: dict[str, Any] = {
        f"d{n}": of({key: {"$ref": f"#/$defs/d{n + 1}"} for key in "ab"}) for n in range(40)
    }
    with pytest.raises(ConfigurationError, match="too large"):
        Inlined.of({"$ref": "#/$defs/d0", "$defs": {**defs, "d40": STRING}})


SCHEMA = of({"a": {"$ref": "#/$defs/A"}}, **{"$defs": {"A": STRING}})
WRITTEN = of({"a": STRING})


def kept(body: dict[str, Any], **besides: Any) -> tuple[dict[str, Any], list[str]]:
    told: list[str] = []
    Rules(inlining(source="-")).keep(Asked("m", body, "acme", besides), told)
    return body, told


def test_tools_and_formats_of_either_api_are_written_out() -> None:
    chat = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
    flat = {"type": "function", "name": "f", "parameters": SCHEMA}
    own = {"type": "web_search", "filters": {"schema": 1}}
    given = {
        "tools": [chat, flat, own],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    }
    body, told = kept(dict(given))
    assert not told
    assert body["tools"][0]["function"]["parameters"] == WRITTEN
    assert body["tools"][1]["parameters"] == WRITTEN
    assert body["tools"][2] == own
    assert body["response_format"]["json_schema"]["schema"] == WRITTEN
    assert body["text"]["format"]["schema"] == WRITTEN
    assert chat["function"]["parameters"] is SCHEMA  # type: ignore[index]


def test_a_cut_is_told_and_what_is_laid_over_the_body_is_left_alone() -> None:
    tree = of({"a": {"$ref": "#"}})
    tool = {"type": "function", "function": {"name": "f", "parameters": tree}}
    _, told = kept({"tools": [tool]})
    assert told == [
        "f: m at acme follows no reference, and # holds itself: it is cut, and not enforced as "
        "strict"
    ]
    body, told = kept({"tools": [tool]}, tools=[tool])
    assert (body, told) == ({"tools": [tool]}, [])
