"""Types that functions of the tests take, and what a model is told of them."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections.abc import Callable
from typing import Any, NotRequired, TypedDict

import msgspec
import pydantic

from chimeric.schema.function_schema import function_schema


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
