"""What people write by slip is an error that says what was meant, and nothing is sent."""

from __future__ import annotations

import time
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    FilePart,
    ImagePart,
    ModelNotSupportedError,
    Tool,
    ToolRegistrationError,
)

from .served import PATHS, PROVIDERS, ask, settings_of

ALL = sorted(PROVIDERS)
SOME = ("anthropic", "chat", "google", "openai")
"""Slips are found before a provider is asked; these do."""

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
HI = {"role": "user", "content": "Hi"}
TEXT = "aGVsbG8gd29ybGQ="


def refused(model: str, messages: Any = "Hi", **params: Any) -> ChimericError:
    """The error of a call of which the server saw nothing."""

    def respond(request: SeenRequest) -> list[bytes]:
        return [b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"]

    provider = model.partition(":")[0]
    with LoopbackServer(respond) as server:
        url = server.url + PATHS.get(provider, "/v1")
        with (
            Chimeric(**settings_of(provider, url), max_retries=0) as client,
            pytest.raises(ChimericError) as caught,
        ):
            client.generate(model, messages, **params)
        assert server.requests == [], caught.value
    return caught.value


def thing(reference: Any) -> dict[str, Any]:
    """A schema that refers to a thing."""
    return {
        "type": "object",
        "properties": {"q": {"$ref": reference}},
        "$defs": {"Thing": SCHEMA},
    }


MESSAGES: dict[str, tuple[list[Any], list[str]]] = {
    "contents": ([HI, {"role": "user", "contents": "x"}], ["messages[1]", "contents", "'content'"]),
    "text": ([HI, {"role": "user", "text": "x"}], ["messages[1]", "'text'", "'content'"]),
    "parts of none": ([HI, {"role": "user", "part": "x"}], ["messages[1]", "'part'", "'content'"]),
    "misspelt content": ([{"role": "user", "conten": "x"}], ["messages[0]", "conten", "'content'"]),
    "nothing": ([HI, {"role": "user"}], ["messages[1]", "'content'"]),
    "null": ([HI, {"role": "user", "content": None}], ["messages[1]", "'content'"]),
    "no parts": ([HI, {"role": "system", "content": []}], ["messages[1]", "'content'"]),
    "no role": ([HI, {"Role": "user", "content": "x"}], ["messages[1]", "role"]),
    "unknown role": ([{"role": "bot", "content": "x"}], ["messages[0]", "bot", "assistant"]),
    "misspelt text": (
        [{"role": "user", "content": [{"type": "text", "txt": "x"}]}],
        ["messages[0].content[0]", "'txt'", "'text'"],
    ),
    "misspelt type": (
        [{"role": "user", "content": ["a", {"type": "txt", "text": "x"}]}],
        ["messages[0].content[1]", "'txt'", "'text'"],
    ),
    "a part of no form": (
        [{"role": "user", "content": {"tex": "x"}}],
        ["messages[0].content[0]", "'tex'", "'text'"],
    ),
    "misspelt call id": (
        [HI, {"role": "tool", "tool_cal_id": "1", "content": "x"}],
        ["messages[1]", "'tool_cal_id'", "'tool_call_id'"],
    ),
    "misspelt calls": (
        [HI, {"role": "assistant", "content": "x", "tool_call": [{"id": "1"}]}],
        ["messages[1]", "'tool_call'", "'tool_calls'"],
    ),
    "a call without a name": (
        [HI, {"role": "assistant", "tool_calls": [{"id": "1", "function": {"nam": "x"}}]}],
        ["messages[1]", "name"],
    ),
    "calls that are text": ([HI, {"role": "assistant", "tool_calls": "x"}], ["messages[1]"]),
}

PICTURES: dict[str, Any] = {
    "no address": {"type": "image_url", "image_url": {"url": "hello"}},
    "no base64": {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "no picture!"},
    },
    "a data URL of nothing": {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
    "a data URL without a comma": ImagePart(url="data:image/png"),
    "nothing": ImagePart(),
    "no bytes": ImagePart(data="", media_type="image/png"),
    "text without a type": ImagePart(data=TEXT),
    "a document": ImagePart(data="JVBERi0xLjQK", media_type="application/pdf"),
    "a misspelt key": {"type": "image_url", "image_url": {"uri": "https://example.com/a.png"}},
}

CITY: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}

TOOLS: dict[str, tuple[Any, list[str]]] = {
    "a schema of a string": ({"name": "f", "parameters": {"type": "string"}}, ["'f'", "'string'"]),
    "misspelt parameters": ({"name": "f", "paramters": SCHEMA}, ["'f'", "'paramters'"]),
    "misspelt input_schema": ({"name": "f", "input_shema": SCHEMA}, ["'f'", "'input_shema'"]),
    "another name for it": ({"name": "f", "schema": SCHEMA}, ["'f'", "'schema'", "'parameters'"]),
    "misspelt name": ({"nam": "f", "parameters": SCHEMA}, ["'nam'", "'name'"]),
    "misspelt function": (
        {"type": "function", "functon": {"name": "f"}},
        ["'functon'", "'function'"],
    ),
    "misspelt inside": (
        {"type": "function", "function": {"name": "f", "paramaters": SCHEMA}},
        ["'f'", "'paramaters'", "'parameters'"],
    ),
    "misspelt description": (
        {"name": "f", "descripton": "d", "parameters": SCHEMA},
        ["'f'", "'descripton'", "'description'"],
    ),
    "misspelt declarations": (
        {"functionDeclaration": [{"name": "f"}]},
        ["'functionDeclaration'", "'functionDeclarations'"],
    ),
    "no name": ({"name": "", "parameters": SCHEMA}, ["name"]),
    "a schema that is text": ({"name": "f", "parameters": "{}"}, ["'f'", "str"]),
    "a schema that is a list": ({"name": "f", "parameters": [1]}, ["'f'", "list"]),
    "properties that are a list": (
        {"name": "f", "parameters": {"type": "object", "properties": ["a"]}},
        ["'f'", "properties"],
    ),
    "a reference to nothing": (
        {"name": "f", "parameters": thing("#/$defs/Thign")},
        ["'f'", "properties.q", "'#/$defs/Thign'", "'#/$defs/Thing'"],
    ),
    "a reference to the other group": (
        {"name": "f", "input_schema": thing("#/definitions/Thing")},
        ["'f'", "'#/definitions/Thing'", "'#/$defs/Thing'"],
    ),
    "a reference without a pointer": (
        {"type": "function", "function": {"name": "f", "parameters": thing("Thing")}},
        ["'f'", "'Thing'", "'#/$defs/Thing'"],
    ),
    "a reference that is no text": ({"name": "f", "parameters": thing(5)}, ["'f'", "5"]),
    "a misspelt type": (
        {"name": "f", "inputSchema": {"type": "object", "properties": {"a": {"type": "strng"}}}},
        ["'f'", "properties.a", "'strng'", "'string'"],
    ),
    "a property that is text": (
        {"name": "f", "parameters": {"type": "object", "properties": {"a": "string"}}},
        ["'f'", "properties.a", "'string'"],
    ),
    "choices that are no list": (
        {"name": "f", "parameters": {**SCHEMA, "properties": {"a": {"anyOf": SCHEMA}}}},
        ["'f'", "properties.a.anyOf"],
    ),
    "required that is text": (
        {"name": "f", "parameters": {**SCHEMA, "required": "q"}},
        ["'f'", "required", "'q'"],
    ),
    "a misspelt name that is required": (
        {
            "name": "f",
            "parameters": {
                "type": "object",
                "properties": {"at": {**CITY, "required": ["ctiy"]}},
                "required": ["at"],
            },
        },
        ["'f'", "properties.at", "'ctiy'", "'city'"],
    ),
    "no tool": (5, ["int"]),
}


def cycle() -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["me"] = schema
    return schema


@pytest.mark.parametrize("provider", SOME)
@pytest.mark.parametrize("slip", MESSAGES)
def test_a_slip_in_a_message_is_named(provider: str, slip: str) -> None:
    messages, words = MESSAGES[slip]
    error = refused(PROVIDERS[provider], messages)
    assert isinstance(error, ConfigurationError)
    assert [word for word in words if word not in str(error)] == [], error


@pytest.mark.parametrize("provider", [name for name in ALL if name != "ollama"])
@pytest.mark.parametrize("slip", PICTURES)
def test_a_picture_that_is_none_is_not_sent(provider: str, slip: str) -> None:
    messages = [{"role": "user", "content": ["See", PICTURES[slip]]}]
    error = refused(PROVIDERS[provider], messages)
    assert isinstance(error, ConfigurationError | ModelNotSupportedError)


@pytest.mark.parametrize("provider", SOME)
@pytest.mark.parametrize("slip", TOOLS)
def test_a_slip_in_a_tool_is_named(provider: str, slip: str) -> None:
    tool, words = TOOLS[slip]
    error = refused(PROVIDERS[provider], tools=[tool])
    assert isinstance(error, ToolRegistrationError)
    assert [word for word in words if word not in str(error)] == [], error


@pytest.mark.parametrize("provider", ALL)
def test_a_reference_that_leads_nowhere_is_not_sent(provider: str) -> None:
    tool = refused(PROVIDERS[provider], tools=[{"name": "f", "parameters": thing("#/$defs/Thign")}])
    wanted = refused(PROVIDERS[provider], response_format=thing("#/$defs/Thign"))
    for error in (tool, wanted):
        assert "'#/$defs/Thing'" in str(error)


@pytest.mark.parametrize("provider", ALL)
@pytest.mark.parametrize("reference", ["#/$defs/Thing", "#/properties/p", "https://a.test/b.json"])
def test_a_reference_that_leads_somewhere_is_sent(provider: str, reference: str) -> None:
    schema = thing(reference)
    schema["properties"]["p"] = {"type": "string", "enum": ["x"], "default": {"$ref": "no"}}
    schema["properties"]["$ref"] = {"type": "string"}
    sent = ask(PROVIDERS[provider], tools=[{"name": "f", "parameters": schema}])
    assert reference in repr(sent.body)


@pytest.mark.parametrize("provider", ["anthropic", "bedrock", "google", "openai"])
@pytest.mark.parametrize("name", ["my tool!", "x" * 200, "n\u00e4me"])
def test_a_name_that_the_service_refuses_is_not_sent(provider: str, name: str) -> None:
    error = refused(PROVIDERS[provider], tools=[{"name": name, "parameters": SCHEMA}])
    assert name[:10] in str(error)
    assert "letters" in str(error)


@pytest.mark.parametrize("kind", ["string", "array"])
def test_openai_is_asked_for_objects_alone(kind: str) -> None:
    error = refused(PROVIDERS["openai"], response_format={"type": kind})
    assert repr(kind) in str(error)


@pytest.mark.parametrize("provider", ALL)
def test_schemas_that_hold_themselves_are_errors(provider: str) -> None:
    model = PROVIDERS[provider]
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": cycle()}}
    for given in ({"tools": [{"name": "f", "parameters": cycle()}]}, {"response_format": wanted}):
        error = refused(model, **given)
        assert isinstance(error, ConfigurationError | ToolRegistrationError), error


@pytest.mark.parametrize("provider", ALL)
def test_ids_of_ten_thousand_characters_and_ids_that_are_equal_after_cutting(provider: str) -> None:
    ids = ["x" * 10_000 + end for end in "ab"]
    calls = [
        {"id": i, "type": "function", "function": {"name": "f", "arguments": "{}"}} for i in ids
    ]
    results = [{"role": "tool", "tool_call_id": i, "content": f"result {i[-1]}"} for i in ids]
    sent = ask(PROVIDERS[provider], [HI, {"role": "assistant", "tool_calls": calls}, *results])
    text = repr(sent.body)
    assert text.index("result a") < text.index("result b")


@pytest.mark.parametrize("provider", ALL)
@pytest.mark.parametrize("strict", [None, True])
def test_the_time_for_a_schema_grows_with_its_size_alone(
    provider: str, strict: bool | None
) -> None:
    def seconds(count: int) -> float:
        properties = {f"p{n}": {"type": "string", "minLength": 2} for n in range(count)}
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        tool = Tool(name="f", parameters=schema, strict=strict)
        begun = time.process_time()
        ask(PROVIDERS[provider], tools=[tool])
        return time.process_time() - begun

    seconds(1)
    small, large = min(seconds(1000) for _ in range(2)), seconds(10_000)
    assert large < 40 * small + 1.0  # a hundred times as much for what is quadratic


def test_a_file_that_is_text_needs_no_type() -> None:
    file = FilePart(data=TEXT, filename="a.txt")
    sent = ask(PROVIDERS["anthropic"], [{"role": "user", "content": [file]}])
    assert "hello world" in repr(sent.body)
