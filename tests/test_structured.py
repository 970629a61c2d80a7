"""What form an answer must have, and the answer in that form."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any, Generic, TypedDict, TypeVar

import msgspec
import pydantic
import pytest
from chimeric_chat_completions import strict_schema

from chimeric.errors import ConfigurationError
from chimeric.exchange.structured_output import parse_structured, response_format
from chimeric.values.requests import ResponseFormat


class Color(enum.Enum):
    RED = "red"


class CityStruct(msgspec.Struct):
    """A city."""

    name: str
    founded: datetime.date | None = None


@dataclasses.dataclass
class CityClass:
    name: str
    founded: datetime.date | None = None


class CityDict(TypedDict):
    name: str
    founded: datetime.date | None


class CityModel(pydantic.BaseModel):
    name: str
    founded: datetime.date | None = None


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T]):
    items: list[T]
    color: Color = Color.RED


TEXT = '{"name": "Rome", "founded": "0001-04-21"}'
DAY = datetime.date(1, 4, 21)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (CityStruct, CityStruct("Rome", DAY)),
        (CityClass, CityClass("Rome", DAY)),
        (CityDict, {"name": "Rome", "founded": DAY}),
        (CityModel, CityModel(name="Rome", founded=DAY)),
    ],
)
def test_a_type_gives_a_schema_and_gets_the_answer(kind: Any, value: Any) -> None:
    form = response_format(kind)
    assert (form.kind, form.name, form.type, form.strict) == (
        "json_schema",
        kind.__name__,
        kind,
        True,
    )
    assert form.schema is not None
    assert form.schema["type"] == "object"
    assert list(form.schema["properties"]) == ["name", "founded"]
    assert parse_structured(TEXT, form) == value


def test_an_answer_to_the_strict_schema_fits_the_type_with_defaults() -> None:
    form = response_format(Page[CityStruct])
    assert form.schema is not None
    assert strict_schema(form.schema)["required"] == ["items", "color"]
    parsed = parse_structured('{"items": [{"name": "Rome", "founded": null}], "color": null}', form)
    assert parsed == Page([CityStruct("Rome")], Color.RED)


def test_a_name_is_made_fit_for_every_provider() -> None:
    assert response_format(Page[int]).name == "Page"
    assert response_format({"type": "object", "title": "Große Stadt!"}).name == "Gro_e_Stadt"
    assert response_format({"type": "object", "title": "!"}).name == "response"
    assert len(response_format({"type": "object", "title": "x" * 100}).name) == 64


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("text", ResponseFormat(kind="text", strict=False)),
        ({"type": "text"}, ResponseFormat(kind="text", strict=False)),
        ("json_object", ResponseFormat(kind="json_object", strict=False)),
        ({"type": "json_object"}, ResponseFormat(kind="json_object", strict=False)),
        (SCHEMA, ResponseFormat(schema=SCHEMA)),
        ({"type": "object"}, ResponseFormat(schema={"type": "object"})),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
            ResponseFormat(name="n", schema=SCHEMA),
        ),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
            ResponseFormat(name="n", schema=SCHEMA, strict=False),
        ),
        (
            {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True},
            ResponseFormat(name="n", schema=SCHEMA),
        ),
        (ResponseFormat(name="x", schema=SCHEMA), ResponseFormat(name="x", schema=SCHEMA)),
    ],
)
def test_dicts_and_names_in_every_usual_form_are_understood(
    value: Any, form: ResponseFormat
) -> None:
    assert response_format(value) == form


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (list[int], "no object"),
        (int, "no object"),
        (dict[str, int], "no object"),
        (object(), "no type"),
        (42, "no type"),
        ("xml", "no type"),
        ({"a": 1}, "neither a JSON schema"),
        ({"type": "json_schema"}, "no 'schema'"),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, "no 'schema'"),
        (complex, "JSON form"),
    ],
)
def test_what_is_no_response_format_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        response_format(value)


def test_what_may_be_anything_may_be_null() -> None:
    schema = {"type": "object", "properties": {"a": True, "b": {"$ref": "#/$defs/b"}}}
    form = response_format({**schema, "$defs": {"b": True}})
    assert parse_structured('{"a": null, "b": null}', form) == {"a": None, "b": None}


def test_plain_data_comes_back_where_no_type_was_given() -> None:
    assert parse_structured('{"a": 1}', response_format(SCHEMA)) == {"a": 1}
    assert parse_structured("[1]", response_format({"type": "array"})) == [1]
    assert parse_structured("as it is", response_format("text")) == "as it is"


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("", CityStruct, "empty"),
        ("  \n", "json_object", "empty"),
        ("Sure! Here it is", CityStruct, "not JSON"),
        ('{"name": "Ro', CityStruct, "not JSON"),
        ("[" * 100_000, "json_object", "not JSON"),
        ("[1]", "json_object", "must be a JSON object, not list"),
        ("[1]", SCHEMA, "must be a JSON object, not list"),
        ("{}", CityStruct, "does not fit CityStruct: .*`name`"),
        ('{"name": 1}', CityStruct, r"Expected `str`, got `int` - at `\$.name`"),
        ('{"name": 1}', CityModel, r"Input should be a valid string \(at 'name'\)"),
        ("[1]", CityModel, "does not fit CityModel"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_in_words(text: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_structured(text, response_format(value))
