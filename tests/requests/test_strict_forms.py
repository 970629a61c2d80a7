"""Schemas are enforced exactly only where they can be, and the caller's own holds in the end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import ResponseFormat, Tool

from .served import PROVIDERS, ask

CHAT = ["openai", "chat", "mistral", "groq", "openrouter"]
LOOKS = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?!x)a"}}}
FREE = {"type": "object", "properties": {"m": {"type": "object", "additionalProperties": {}}}}
NICK: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "nick": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def form_of(body: Any) -> Any:
    form = body["text"]["format"] if "text" in body else body["response_format"]
    return form.get("json_schema", form)


@pytest.mark.parametrize("provider", CHAT)
@pytest.mark.parametrize("schema", [LOOKS, FREE], ids=["looks-around", "free-form"])
def test_a_schema_without_a_strict_form_is_not_called_strict_and_it_is_told(
    provider: str, schema: dict[str, Any]
) -> None:
    wanted = ResponseFormat(schema=schema, strict=True)
    sent = ask(PROVIDERS[provider], response_format=wanted, text="{}")
    assert form_of(sent.body)["strict"] is False
    assert any("not enforced" in told for told in sent.told)


@pytest.mark.parametrize("provider", CHAT)
@pytest.mark.parametrize(
    ("schema", "text", "parsed"),
    [
        (NICK, '{"name": "A", "nick": null}', {"name": "A"}),
        (
            {"type": "object", "properties": {"l": {"type": "array", "items": NICK}}},
            '{"l": [{"name": "A", "nick": null}]}',
            {"l": [{"name": "A"}]},
        ),
        (
            {
                "type": "object",
                "properties": {"p": {"$ref": "#/definitions/P"}},
                "definitions": {"P": NICK},
            },
            '{"p": {"name": "A", "nick": null}}',
            {"p": {"name": "A"}},
        ),
        (
            {"type": "object", "properties": {"n": {"type": ["string", "null"]}}},
            '{"n": null}',
            {"n": None},
        ),
    ],
    ids=["flat", "listed", "defined", "null-allowed"],
)
def test_nulls_that_stand_for_nothing_are_taken_out_of_the_answer(
    provider: str, schema: dict[str, Any], text: str, parsed: dict[str, Any]
) -> None:
    assert ask(PROVIDERS[provider], response_format=schema, text=text).result.parsed == parsed


def test_nulls_that_stand_for_nothing_do_not_reach_a_tool_with_a_schema_of_its_own() -> None:
    got: list[dict[str, Any]] = []

    def save(**fields: Any) -> str:
        got.append(fields)
        return "ok"

    item = {"type": "function_call", "id": "fc", "call_id": "c1", "name": "save"}
    call = {**item, "arguments": '{"name":"A","nick":null}', "status": "completed"}
    first = {"id": "r", "status": "completed", "model": "m", "output": [call]}
    tool = Tool(name="save", parameters=NICK, strict=True, function=save)
    ask(PROVIDERS["openai"], replies=[first], tools=[tool])
    assert got == [{"name": "A"}]


LONELY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city", "quantum"],
}
"""A schema that requires what it does not name: no object fits its closed form."""


@pytest.mark.parametrize("provider", ["openai", "chat", "anthropic", "bedrock"])
def test_a_required_name_that_no_property_has_is_not_enforced_which_is_told(
    provider: str,
) -> None:
    tool = {"name": "f", "parameters": LONELY, "strict": True}
    sent = ask(PROVIDERS[provider], tools=[tool])
    assert any("f" in told and ("strict" in told) for told in sent.told)
    assert (
        '"strict":true'
        not in msgspec.json.encode(sent.body.get("tools") or sent.body["toolConfig"]).decode()
    )
    assert (
        "quantum" in msgspec.json.encode(sent.body.get("tools") or sent.body["toolConfig"]).decode()
    )
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": LONELY, "strict": True}}
    sent = ask(PROVIDERS[provider], response_format=form, text="{}")
    assert any("response_format" in told for told in sent.told)


@pytest.mark.parametrize("provider", ["openai", "chat", "anthropic", "bedrock"])
def test_where_nothing_is_enforced_it_goes_as_it_is(provider: str) -> None:
    sent = ask(PROVIDERS[provider], tools=[{"name": "f", "parameters": LONELY}])
    assert (
        "quantum" in msgspec.json.encode(sent.body.get("tools") or sent.body["toolConfig"]).decode()
    )
    assert sent.told == []


def test_a_name_that_another_part_of_the_schema_may_tell_is_no_slip() -> None:
    for more in (
        {"allOf": [{"properties": {"citty": {}}}]},
        {"additionalProperties": {"type": "string"}},
        {"patternProperties": {"^c": {}}},
    ):
        schema = {**LONELY, "required": ["citty"], **more}
        assert ask("compatible:some-model", tools=[{"name": "f", "parameters": schema}]).told == []
