"""What a type says reaches the model: texts at any depth, choices as they are written."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

import msgspec
import pydantic
import pytest

from chimeric import Tool


class Level(enum.Enum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Number(enum.IntEnum):
    THREE = 3
    ONE = 1


class Place(TypedDict):
    city: Annotated[str, "its city"]
    area: NotRequired[Annotated[str, "its area"]]


@dataclasses.dataclass
class Trip:
    start: Annotated[Place, "where it starts"]
    stops: list[Annotated[str, "a stop"]]
    level: Level = Level.LOW


class Renamed(msgspec.Struct, rename="camel"):
    home_town: Annotated[str, "a town"]
    inner: Renamed | None = None


class Pair(NamedTuple):
    first: Annotated[int, "the first"]
    second: Literal["z", "a"]


@dataclasses.dataclass
class Spot:
    city: Annotated[str, "its city"]


class Model(pydantic.BaseModel):
    city: Annotated[str, "a city"]
    by_alias: Annotated[str, "aliased"] = pydantic.Field(alias="byAlias")
    spot: Spot


T = TypeVar("T")


class Box(msgspec.Struct, Generic[T]):
    held: Annotated[T, "what it holds"]


def schema_of(hint: Any) -> Any:
    def tool(value: Any) -> None: ...

    tool.__annotations__["value"] = hint
    return Tool.from_function(tool).parameters["properties"]["value"]


@pytest.mark.parametrize(
    ("hint", "path", "text"),
    [
        (Place, "properties.city", "its city"),
        (Place, "properties.area", "its area"),
        (Trip, "properties.start", "where it starts"),
        (Trip, "properties.start.properties.city", "its city"),
        (Trip, "properties.stops.items", "a stop"),
        (Renamed, "properties.homeTown", "a town"),
        (Pair, "prefixItems.0", "the first"),
        (Model, "properties.city", "a city"),
        (Model, "properties.byAlias", "aliased"),
        (Model, "properties.spot.properties.city", "its city"),
        (list[Model], "items.properties.spot.properties.city", "its city"),
        (Box[int], "properties.held", "what it holds"),
        (list[Annotated[str, "a tag"]], "items", "a tag"),
        (set[Annotated[int, "a number"]], "items", "a number"),
        (tuple[int, Annotated[str, "second"]], "prefixItems.1", "second"),
        (tuple[Annotated[int, "each"], ...], "items", "each"),
        (dict[str, Annotated[int, "a count"]], "additionalProperties", "a count"),
        (dict[str, list[Place]], "additionalProperties.items.properties.city", "its city"),
        (Annotated[str, "a word"] | int | None, "anyOf.0", "a word"),
        (Place | int | None, "anyOf.0.properties.city", "its city"),
    ],
)
def test_texts_of_annotated_types_are_kept_at_any_depth(hint: Any, path: str, text: str) -> None:
    found = schema_of(hint)
    for step in path.split("."):
        found = found[int(step) if step.isdigit() else step]
    assert found["description"] == text


def choices(value: Any) -> list[Any]:
    if isinstance(value, dict):
        listed = [value["enum"]] if isinstance(value.get("enum"), list) else []
        return [*listed, *(c for item in value.values() for c in choices(item))]
    return [c for item in value for c in choices(item)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("hint", "order"),
    [
        (Literal["low", "medium", "high"], ["low", "medium", "high"]),
        (Literal[3, "b", 1, None], [3, "b", 1, None]),
        (Literal["low", "high"] | None, ["low", "high"]),
        (Level, ["low", "medium", "high"]),
        (Number, [3, 1]),
        (list[Level], ["low", "medium", "high"]),
        (dict[str, Literal["z", "a"]], ["z", "a"]),
        (Trip, ["low", "medium", "high"]),
        (Pair, ["z", "a"]),
        (int | Literal["z", "a"], ["z", "a"]),
    ],
)
def test_choices_keep_the_order_in_which_they_are_written(hint: Any, order: list[Any]) -> None:
    assert choices(schema_of(hint)) == [order]
