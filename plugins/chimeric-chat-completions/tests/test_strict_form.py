"""The form of a schema that OpenAI enforces."""

from __future__ import annotations

import copy
import dataclasses
import enum
import json
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_chat_completions import strict_schema

from chimeric import Tool


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


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    return dict(Tool.from_function(function).parameters)


def test_the_strict_form_requires_everything_and_lets_optional_be_null() -> None:
    def f(a: int, b: str = "x", c: Point | None = None, d: Color = Color.RED) -> None: ...

    schema = parameters(f)
    before = copy.deepcopy(schema)
    strict = strict_schema(schema)
    assert schema == before
    assert strict["required"] == ["a", "b", "c", "d"]
    assert strict["properties"]["a"] == {"type": "integer"}
    assert strict["properties"]["b"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    point = strict["properties"]["c"]["anyOf"][0]
    assert (point["required"], point["additionalProperties"]) == (["x", "y"], False)
    assert {"type": "null"} in strict["properties"]["d"]["anyOf"]
    assert "default" not in json.dumps(strict)


@pytest.mark.parametrize(
    ("hint", "place"),
    [
        (dict[str, int], r"\$\.value"),
        (Any, r"\$\.value"),
        (list[Any], r"\$\.value"),
        (tuple[int, str], r"\$\.value"),
        (dict[str, Any] | None, r"\$\.value\.anyOf"),
    ],
)
def test_what_has_no_strict_form_is_refused_with_its_place(hint: Any, place: str) -> None:
    def f(value):  # type: ignore[no-untyped-def]
        return value

    f.__annotations__["value"] = hint
    with pytest.raises(ValueError, match=place + ".*strict form"):
        strict_schema(parameters(f))


def test_references_stand_alone_in_the_strict_form() -> None:
    def plant(tree: Tree) -> None:
        """Plant.

        Args:
            tree: the tree
        """

    schema = parameters(plant)
    schema["properties"]["again"] = {"$ref": "#/$defs/Tree", "description": "the same"}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "$ref" not in node or len(node) == 1
            assert node.get("type") != "object" or node["additionalProperties"] is False
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(strict_schema(schema))
