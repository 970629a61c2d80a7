"""Schemas are enforced exactly only where they can be, and the caller's own holds in the end."""

from __future__ import annotations

from typing import Any

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
