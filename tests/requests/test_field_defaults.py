"""A parameter whose default is pydantic's ``Field`` is read as it is meant there."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import msgspec
import pytest
from pydantic import Field

from chimeric import Tool, ToolRegistrationError
from chimeric.schema.function_schema import bind_arguments

from .served import PROVIDERS, ask


def weather(
    city: str = Field(default="Berlin", description="the city"),
    days: int = Field(..., gt=0),
    tags: list[str] = Field(default_factory=list),  # noqa: B008 -- as people write it
    unit: str = Field(description="the unit"),
    depth: Annotated[int, Field(default=7)] = Field(default=3, le=9),
) -> str:
    return f"{city} {days} {tags} {unit}"


def sized(size: Annotated[int, Field(default=7, description="a size")]) -> str:
    return str(size)


def test_a_field_gives_text_bounds_default_and_whether_it_is_required() -> None:
    parameters = Tool.from_function(weather).parameters
    properties = parameters["properties"]
    assert properties["city"] == {"type": "string", "default": "Berlin", "description": "the city"}
    assert properties["days"] == {"type": "integer", "exclusiveMinimum": 0}
    assert properties["unit"] == {"type": "string", "description": "the unit"}
    assert (properties["depth"]["default"], properties["depth"]["maximum"]) == (3, 9)
    assert parameters["required"] == ["days", "unit"]


def test_the_function_gets_the_defaults_of_its_fields_and_never_a_field() -> None:
    first = bind_arguments(weather, '{"days": 1, "unit": "C"}')
    second = bind_arguments(weather, '{"days": 1, "unit": "C"}')
    assert first["city"] == "Berlin"
    assert first["depth"] == 3
    assert first["tags"] == []
    assert first["tags"] is not second["tags"]


def test_a_default_in_the_annotation_is_one() -> None:
    parameters = Tool.from_function(sized).parameters
    assert parameters["required"] == []
    assert parameters["properties"]["size"]["default"] == 7
    assert bind_arguments(sized, "{}") == {"size": 7}


@pytest.mark.parametrize(
    ("arguments", "fault"), [('{"unit": "C"}', "missing 'days'"), ('{"days": 0}', "greater than 0")]
)
def test_what_a_field_asks_for_is_asked_for(arguments: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        bind_arguments(weather, arguments)


def test_a_call_without_arguments_runs_with_the_defaults_of_the_fields() -> None:
    def greet(name: str = Field(default="you")) -> str:
        return f"hello {name}"

    item = {"type": "function_call", "id": "fc", "call_id": "c1", "name": "greet"}
    call = {**item, "arguments": "{}", "status": "completed"}
    first = {"id": "r", "status": "completed", "model": "m", "output": [call]}
    sent = ask(PROVIDERS["openai"], replies=[first], tools=[greet])
    assert sent.body["input"][-1]["output"] == "hello you"


@pytest.mark.parametrize(
    ("default", "told"),
    [
        (dataclasses.field(default=1), "dataclasses.field"),
        (msgspec.field(default=1), "msgspec.field"),
    ],
)
def test_a_field_of_another_library_is_refused_at_registration(default: Any, told: str) -> None:
    def tool(value: int = default) -> None: ...

    with pytest.raises(ToolRegistrationError, match=told):
        Tool.from_function(tool)
