"""Dicts in the form of any provider mean the same to every provider."""

from __future__ import annotations

import warnings
from typing import Any

import msgspec
import pytest

from chimeric import (
    Chimeric,
    ConfigurationError,
    Message,
    PluginWarning,
    Provider,
    ToolRegistrationError,
    hookimpl,
)

from .served import PROVIDERS, ask

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
GEMINI = [
    {
        "role": "user",
        "parts": [{"text": "Weather?"}, {"inline_data": {"mime_type": "image/png", "data": PNG}}],
    },
    {
        "role": "model",
        "parts": [
            {"text": "I look."},
            {"functionCall": {"name": "weather", "args": {"city": "Rome"}}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "weather", "response": {"output": "sunny"}}},
            {"text": "And?"},
        ],
    },
    {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]},
    {
        "role": "function",
        "parts": [{"functionResponse": {"name": "weather", "response": {"error": "no data"}}}],
    },
]
CONVERSE = [
    {
        "role": "user",
        "content": [{"text": "Weather?"}, {"image": {"format": "png", "source": {"bytes": PNG}}}],
    },
    {
        "role": "assistant",
        "content": [
            {"text": "I look."},
            {"toolUse": {"toolUseId": "call_0", "name": "weather", "input": {"city": "Rome"}}},
        ],
    },
    {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "call_0", "content": [{"text": "sunny"}]}},
            {"text": "And?"},
        ],
    },
    {
        "role": "assistant",
        "content": [
            {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {"city": "Oslo"}}}
        ],
    },
    {
        "role": "user",
        "content": [
            {
                "toolResult": {
                    "toolUseId": "call_1",
                    "content": [{"text": "no data"}],
                    "status": "error",
                }
            }
        ],
    },
]


def chat_call(number: int, city: str) -> dict[str, Any]:
    function = {"name": "weather", "arguments": f'{{"city":"{city}"}}'}
    return {"id": f"call_{number}", "type": "function", "function": function}


PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
CHAT: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "text", "text": "Weather?"}, PICTURE]},
    {"role": "assistant", "content": "I look.", "tool_calls": [chat_call(0, "Rome")]},
    {"role": "tool", "tool_call_id": "call_0", "content": "sunny"},
    {"role": "user", "content": "And?"},
    {"role": "assistant", "tool_calls": [chat_call(1, "Oslo")]},
    {"role": "tool", "tool_call_id": "call_1", "content": "no data", "is_error": True},
]
SAYING = {"Weather?", "I look.", "weather", "Rome", "sunny", "And?", "Oslo", "no data"}


def without_names(body: Any) -> str:
    """A body, without the name of a result's tool, which few forms have."""
    text = msgspec.json.encode(body, order="sorted").decode()
    return text.replace(',"name":"weather","role":"tool"', ',"role":"tool"').replace(
        ',"tool_name":"weather"', ""
    )


def pictures_allowed(provider: str, messages: list[Any]) -> list[Any]:
    """Not every model of this table takes pictures."""
    if provider != "groq":
        return messages
    first = dict(messages[0])
    key = "parts" if "parts" in first else "content"
    return [{**first, key: first[key][:1]}, *messages[1:]]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("form", [GEMINI, CONVERSE], ids=["gemini", "converse"])
def test_a_conversation_in_any_form_is_the_same_request(
    provider: str, form: list[dict[str, Any]]
) -> None:
    expected = ask(PROVIDERS[provider], pictures_allowed(provider, CHAT))
    sent = ask(PROVIDERS[provider], pictures_allowed(provider, form))
    assert without_names(sent.body) == without_names(expected.body)
    assert sent.told == expected.told
    assert all(word in without_names(sent.body) for word in SAYING)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("keys", ["functionDeclarations", "function_declarations"])
def test_geminis_list_of_functions_is_a_list_of_tools(provider: str, keys: str) -> None:
    upper = {**SCHEMA, "type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
    one = {"name": "weather", "description": "tells", "parameters": upper}
    two = {"name": "now", "description": "clock"}
    chat = [
        {"type": "function", "function": {**one, "parameters": SCHEMA}},
        {"type": "function", "function": two},
    ]
    expected = ask(PROVIDERS[provider], tools=chat)
    assert ask(PROVIDERS[provider], tools=[{keys: [one, two]}]).body == expected.body
    assert ask(PROVIDERS[provider], tools={keys: [one, two]}).body == expected.body


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("forms", "plain"),
    [
        ([{"functionCallingConfig": {"mode": "ANY"}}, {"any": {}}, "REQUIRED"], "required"),
        ([{"function_calling_config": {"mode": "auto"}}, {"auto": {}}], "auto"),
        ([{"mode": "NONE"}, "NONE"], "none"),
        (
            [
                {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
                {"tool": {"name": "weather"}},
            ],
            "weather",
        ),
    ],
)
def test_a_tool_choice_in_any_form_is_the_same_request(
    provider: str, forms: list[Any], plain: str
) -> None:
    tools = [{"name": "weather", "parameters": SCHEMA}, {"name": "now"}]
    expected = ask(PROVIDERS[provider], tools=tools, tool_choice=plain).body
    for form in forms:
        assert ask(PROVIDERS[provider], tools=tools, tool_choice=form).body == expected


def test_geminis_own_parts_come_back_to_gemini_as_they_were() -> None:
    parts = [
        {"text": "Hm.", "thought": True},
        {"functionCall": {"name": "f", "args": {"a": 1}, "id": "x1"}, "thoughtSignature": "c2ln"},
    ]
    answer = {"functionResponse": {"name": "f", "response": {"rows": [1]}, "id": "x1"}}
    talk = [
        {"parts": [{"text": "go"}]},
        {"role": "model", "parts": parts},
        {"role": "user", "parts": [answer]},
    ]
    sent = ask("google:gemini-3-flash-preview", talk)
    assert sent.body["contents"][1]["parts"] == parts
    assert sent.body["contents"][2]["parts"][0]["functionResponse"]["id"] == "x1"
    assert sent.told == []
    other = ask(PROVIDERS["anthropic"], talk)
    assert other.body["messages"][1]["content"][0]["name"] == "f"
    assert any("state of google" in told or "google" in told for told in other.told)


def test_keys_of_geminis_parts_are_told_where_they_cannot_be_sent() -> None:
    part = {"text": "a", "partMetadata": {"k": "v"}}
    talk = [{"role": "user", "parts": [part]}]
    assert ask(PROVIDERS["google"], talk).body["contents"][0]["parts"] == [part]
    assert any("partMetadata" in told for told in ask(PROVIDERS["openai"], talk).told)


def test_two_tools_of_google_in_one_dict_are_two() -> None:
    sent = ask("google:gemini-3-flash-preview", tools=[{"googleSearch": {}, "urlContext": {}}])
    assert sent.body["tools"] == [{"googleSearch": {}}, {"urlContext": {}}]


@pytest.mark.parametrize("role", ["USER", "CHATBOT", "SYSTEM"])
def test_coheres_first_form_of_a_message_is_read(role: str) -> None:
    sent = ask(
        PROVIDERS["cohere"], [{"role": role, "message": "m"}, {"role": "user", "content": "x"}]
    )
    said = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system"}[role]
    assert sent.body["messages"][0] == {"role": said, "content": "m"}


def test_documents_of_cohere_stay_what_they_are() -> None:
    own = {"type": "document", "document": {"data": {"a": "b"}}}
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    talk = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": [own]},
    ]
    assert ask(PROVIDERS["cohere"], talk).body["messages"][2]["content"] == [own]


@pytest.mark.parametrize(
    "message",
    [{"role": "user", "contents": "x"}, {"role": "model", "content": "x"}, {"parts": 5}, {}],
)
def test_a_shape_that_nobody_knows_is_an_error_that_names_it(message: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[0\]"):
        ask(PROVIDERS["openai"], [message])


def test_functions_of_gemini_with_a_misspelt_schema_are_refused() -> None:
    function = {"name": "f", "paramters": {"type": "OBJECT"}}
    with pytest.raises(ToolRegistrationError, match="paramters"):
        ask(PROVIDERS["google"], tools=[{"functionDeclarations": [function]}])


class Foreign:
    """A provider that reads dicts of its own, or breaks at them."""

    def __init__(self, read: Any) -> None:
        self._read = read

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(name="foreign", read_dict=self._read)

    @hookimpl
    def chimeric_build_request(self, request: Any, provider: Any) -> Any: ...

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any: ...

    @hookimpl
    def chimeric_parse_response(self, response: Any, state: Any) -> Any: ...


def made(read: Any, message: Any) -> Any:
    got: list[Any] = []

    class Watch:
        @hookimpl
        def chimeric_answer(self, request: Any, context: Any) -> Any:
            got.append(request.messages)
            return ["ok"]

    with Chimeric(plugins=[Foreign(read), Watch()]) as client:
        client.generate("foreign:m", [message])
    return got[0]


def test_a_provider_of_a_third_party_reads_its_own_form() -> None:
    def read(kind: str, value: Any, before: Any) -> Any:
        return (Message("user", value["say"]),) if kind == "message" and "say" in value else None

    assert made(read, {"say": "hello"}) == (Message("user", "hello"),)


@pytest.mark.parametrize("wrong", [lambda *_: ("a text",), lambda *_: 1 / 0])
def test_a_reader_that_is_broken_is_told_and_the_next_one_is_asked(wrong: Any) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert made(wrong, {"parts": [{"text": "a"}]})[0].text == "a"
    assert any(w.category is PluginWarning and "read_dict" in str(w.message) for w in told)
