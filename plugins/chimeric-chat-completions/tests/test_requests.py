"""Requests: what is sent, and that OpenAI's own types accept it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_chat_completions import (
    ChatDialect,
    chimeric_list_models,
    chimeric_parse_models,
    strict_schema,
)
from chimeric_chat_completions.compatible import chimeric_build_request

from chimeric import (
    AudioPart,
    FilePart,
    HTTPResponse,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    ProviderConfig,
    ProviderState,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="weather", description="Current weather", parameters=SCHEMA)
CALLS = (ToolCall("call_1", "weather", '{"city":"Rome"}'), ToolCall("call_2", "weather"))
RESULTS = (
    Message("tool", "18 C", tool_call_id="call_1", name="weather"),
    Message("tool", "no such city", tool_call_id="call_2", is_error=True),
)
USER = Message("user", "Hi")

CONVERSATIONS: dict[str, tuple[Message, ...]] = {
    "text": (Message("system", "Be brief."), Message("developer", "Be kind."), USER),
    "picture": (
        Message("user", (TextPart("What?"), ImagePart(url="https://x.test/a.png", detail="low"))),
        Message("user", (ImagePart(data="aGk=", media_type="image/png"),)),
    ),
    "file": (
        Message("user", (TextPart("Sum up"), FilePart(data="aGk=", media_type="application/pdf"))),
        Message("user", (FilePart(file_id="file-1"),)),
    ),
    "sound": (Message("user", (AudioPart(data="aGk=", media_type="audio/mpeg"),)),),
    "parts": (
        Message("user", (TextPart("a"), TextPart("b"))),
        Message("assistant", (TextPart("a"), TextPart("b"))),
        Message("user", (NativePart({"type": "text", "text": "c"}),)),
    ),
    "parallel tools": (USER, Message("assistant", "", CALLS), *RESULTS),
    "tools and text": (USER, Message("assistant", "Wait.", CALLS), *RESULTS, USER),
    "custom tool": (
        USER,
        Message("assistant", "", (ToolCall("c", "sql", "SELECT 1", "custom"),)),
        Message("tool", "1", tool_call_id="c"),
    ),
    "reasoning": (USER, Message("assistant", "Hi!", reasoning="A greeting."), USER),
    "refusal": (USER, Message("assistant", "", refusal="No."), USER),
}


def plain(value: Any) -> Any:
    """Lazy iterables of a validated value as lists, so that all of it is really checked."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [plain(item) for item in value]


def accept(body: Any) -> None:
    """Fail unless OpenAI's request type takes the body, with every field of it."""
    pydantic = pytest.importorskip("pydantic")
    params = pytest.importorskip("openai.types.chat.completion_create_params")
    kind = "Streaming" if body.get("stream") else "NonStreaming"
    adapter = pydantic.TypeAdapter(getattr(params, f"CompletionCreateParams{kind}"))
    assert plain(adapter.validate_python(body)) == body


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations_are_valid_for_the_official_types(config, name):
    request = Request(model="m", messages=CONVERSATIONS[name], stream=True)
    http = chimeric_build_request(request, config)
    accept(http.body)
    assert http.url == "http://localhost:8000/v1/chat/completions"
    told = ("compatible carries no reasoning of earlier answers; it was left out",)
    assert http.dropped == (told if name == "reasoning" else ())


def test_parameters_are_valid_for_the_official_types(config):
    request = Request(
        model="m",
        messages=(USER,),
        tools=(WEATHER, Tool(name="add", strict=True)),
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        stop=("END", "."),
        seed=7,
        tool_choice=ToolName("weather"),
        parallel_tool_calls=False,
        response_format=ResponseFormat(name="answer", schema=SCHEMA),
        reasoning_effort="low",
        extra={"user": "me", "seed": 8},
        extra_body={"seed": 9},
    )
    body = chimeric_build_request(request, config).body
    accept(body)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Current weather",
                    "parameters": SCHEMA,
                },
            },
            {
                "type": "function",
                "function": {
                    "name": "add",
                    "parameters": strict_schema({"type": "object", "properties": {}}),
                    "strict": True,
                },
            },
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "stop": ["END", "."],
        "seed": 9,
        "user": "me",
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": strict_schema(SCHEMA), "strict": True},
        },
        "reasoning_effort": "low",
    }


def test_tools_keep_the_form_that_the_caller_gave_them(config):
    native = {"type": "openrouter:web_search", "parameters": {}}
    request = Request(model="m", messages=(USER,), tools=(Tool(name="w", native=native),))
    assert chimeric_build_request(request, config).body["tools"] == [native]


def test_choices_about_tools_are_not_sent_without_tools(config):
    request = Request(model="m", messages=(USER,), tool_choice="auto", parallel_tool_calls=True)
    assert set(chimeric_build_request(request, config).body) == {"model", "messages"}


def test_messages_with_calls_and_their_results_go_back_as_they_were(config):
    request = Request(model="m", messages=CONVERSATIONS["parallel tools"])
    _, assistant, *results = chimeric_build_request(request, config).body["messages"]
    assert assistant["content"] is None
    assert [c["function"]["arguments"] for c in assistant["tool_calls"]] == [
        '{"city":"Rome"}',
        "{}",
    ]
    assert results[0] == {"role": "tool", "tool_call_id": "call_1", "content": "18 C"}


def test_only_the_user_may_send_several_texts_apart(config):
    request = Request(model="m", messages=CONVERSATIONS["parts"])
    user, assistant, _ = chimeric_build_request(request, config).body["messages"]
    assert len(user["content"]) == 2
    assert assistant["content"] == "ab"


@pytest.mark.parametrize(
    "message",
    [
        Message("user", (ImagePart(file_id="f"),)),
        Message("user", (AudioPart(url="https://x.test/a.wav"),)),
    ],
)
def test_parts_that_would_be_lost_are_refused(config, message):
    with pytest.raises(ModelNotSupportedError, match="compatible takes"):
        chimeric_build_request(Request(model="m", messages=(message,)), config)


def test_opaque_state_goes_back_where_it_came_from(config):
    details = [{"type": "reasoning.text", "text": "a", "signature": "s"}]
    items = [{"reasoning_details": details, "tool_calls": {"1": {"extra_content": {"k": 1}}}}]
    message = Message("assistant", "", CALLS, state=ProviderState("chat_completions", items))
    http = chimeric_build_request(Request(model="m", messages=(USER, message)), config)
    wire = http.body["messages"][1]
    assert wire["reasoning_details"] == details
    assert [c.get("extra_content") for c in wire["tool_calls"]] == [None, {"k": 1}]
    assert http.dropped == ()


@pytest.mark.parametrize("api", ["chat_completions", "anthropic.messages"])
def test_opaque_state_that_cannot_be_sent_is_reported(config, api):
    state = ProviderState(api, [{"signature": "s"}])
    request = Request(model="m", messages=(USER, Message("assistant", "x", state=state)))
    http = chimeric_build_request(request, config)
    assert http.body["messages"][1] == {"role": "assistant", "content": "x"}
    assert len(http.dropped) == 1


def test_a_dialect_renames_drops_and_adapts(config):
    dialect = ChatDialect(
        system_role=lambda model: "developer" if model.startswith("o") else "system",
        max_tokens="max_completion_tokens",
        seed="random_seed",
        unsupported=lambda request: ("temperature",),
        stream_usage=False,
        formats=("json_object",),
        required_choice="any",
        strict_tools=False,
        empty_content="",
        refusals=True,
        result_names=True,
        reasoning_field="reasoning",
        tool_id=lambda identity: identity.upper(),
        part=lambda part: {"type": "x"} if isinstance(part, FilePart) else None,
        adapt=lambda body, request: {**body, "adapted": request.model},
    )
    request = Request(
        model="o1",
        messages=(
            Message("system", "s"),
            Message("user", (FilePart(file_id="f"),)),
            Message("assistant", "", CALLS, reasoning="why"),
            *RESULTS,
            Message("assistant", "", refusal="No."),
        ),
        tools=(Tool(name="t", strict=True),),
        tool_choice="required",
        temperature=1.0,
        max_tokens=5,
        seed=6,
        response_format=ResponseFormat(schema=SCHEMA),
        stream=True,
    )
    http = dialect.build_request(request, config)
    body = http.body
    told, system, user, assistant, result, _, refusal = body["messages"]
    assert told["role"] == system["role"]
    assert "JSON" in told["content"]
    assert system["role"] == "developer"
    assert user["content"] == [{"type": "x"}]
    assert (assistant["content"], assistant["reasoning"]) == ("", "why")
    assert assistant["tool_calls"][0]["id"] == result["tool_call_id"] == "CALL_1"
    assert result["name"] == "weather"
    assert refusal == {"role": "assistant", "content": "", "refusal": "No."}
    assert (body["max_completion_tokens"], body["random_seed"], body["adapted"]) == (5, 6, "o1")
    assert body["tool_choice"] == "any"
    assert "strict" not in body["tools"][0]["function"]
    assert body["response_format"] == {"type": "json_object"}
    assert not {"temperature", "stream_options"} & set(body)
    assert len(http.dropped) == 3


def test_what_a_provider_cannot_carry_depends_on_its_capabilities(config: ProviderConfig):
    bare = msgspec.structs.replace(
        config.declaration.capabilities, images=False, files=False, audio=False
    )
    declaration = msgspec.structs.replace(config.declaration, capabilities=bare)
    config = msgspec.structs.replace(config, declaration=declaration)
    for name in ("picture", "file", "sound"):
        with pytest.raises(ModelNotSupportedError):
            chimeric_build_request(Request(model="m", messages=CONVERSATIONS[name]), config)


@pytest.mark.parametrize(
    ("entry", "window", "longest"),
    [
        ({"id": "a", "created": 1, "context_window": 8, "max_completion_tokens": 4}, 8, 4),
        ({"id": "a", "context_length": 8, "top_provider": {"max_completion_tokens": 4}}, 8, 4),
        ({"id": "a", "max_model_len": 8}, 8, None),
        ({"id": "a", "meta": {"n_ctx": 8}}, 8, None),
        ({"id": "a", "context_length": None}, None, None),
    ],
)
def test_model_lists_of_many_servers_are_read(config, entry, window, longest):
    for body in ({"data": [entry, entry]}, {"models": [entry]}, [entry]):
        response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
        page = chimeric_parse_models(response, config)
        (model,) = page.models
        assert (model.id, model.context_window, model.max_output_tokens) == ("a", window, longest)
        assert (model.native, page.cursor) == (entry, None)
    assert chimeric_list_models(config).url == "http://localhost:8000/v1/models"


def test_what_is_no_model_list_is_an_error(config):
    with pytest.raises(msgspec.ValidationError):
        chimeric_parse_models(HTTPResponse(status=200, headers={}, body=b"{}"), config)


def test_a_tool_without_a_strict_form_is_not_enforced_and_that_is_reported(config):
    anything = {"type": "object", "additionalProperties": {"type": "string"}}
    tool = Tool(name="store", parameters=anything, strict=True)
    http = chimeric_build_request(Request(model="m", messages=(USER,), tools=(tool,)), config)
    function = http.body["tools"][0]["function"]
    assert (function["parameters"], function["strict"]) == (anything, False)
    assert http.dropped == ("the schema of the tool store has no strict form; it is not enforced",)
