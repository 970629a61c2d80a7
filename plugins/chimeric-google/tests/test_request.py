"""Unified requests to bodies, checked against the official SDK's types."""

from __future__ import annotations

from typing import Any

import chimeric_google
import pytest
from chimeric_google.contents import FOREIGN_SIGNATURE
from chimeric_google.request import clean_schema

from chimeric import (
    AudioPart,
    ConfigurationError,
    FilePart,
    HTTPRequest,
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

types = pytest.importorskip("google.genai.types", reason="the official SDK is the oracle")

DECLARED = chimeric_google.chimeric_provider()
CONFIG = ProviderConfig(name="google", base_url="https://g.test/v1beta", declaration=DECLARED)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="weather", description="Tells the weather", parameters=SCHEMA)
PARTS = {
    "contents": lambda value: [types.Content.model_validate(v) for v in value],
    "systemInstruction": types.Content.model_validate,
    "tools": lambda value: [types.Tool.model_validate(v) for v in value],
    "toolConfig": types.ToolConfig.model_validate,
    "generationConfig": types.GenerationConfig.model_validate,
    "safetySettings": lambda value: [types.SafetySetting.model_validate(v) for v in value],
}


def build(*messages: Message, model: str = "gemini-3.8-flash", **params: Any) -> HTTPRequest:
    """Build a request and have the SDK's types, which take no unknown field, check its body."""
    request = Request(model=model, messages=messages or (Message("user", "hi"),), **params)
    http = chimeric_google.chimeric_build_request(request, CONFIG)
    for name, value in (http.body or {}).items():
        PARTS[name](value)
    return http


def body(*messages: Message, **params: Any) -> Any:
    return build(*messages, **params).body


def test_a_stream_asks_for_server_sent_events():
    base = "https://g.test/v1beta/models/gemini-3.8-flash"
    assert build(stream=True).url == f"{base}:streamGenerateContent?alt=sse"
    assert build().url == f"{base}:generateContent"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/gemini-x", "models/gemini-x"),
        ("tunedModels/mine", "tunedModels/mine"),
        ("a/b", "models/a%2Fb"),
        ("x:countTokens?k=1#", "models/x%3AcountTokens%3Fk%3D1%23"),
        ("models/a/b", "models/a%2Fb"),
    ],
)
def test_a_model_name_stays_in_its_path_segment(model, path):
    assert build(model=model).url == f"https://g.test/v1beta/{path}:generateContent"


@pytest.mark.parametrize("model", ["..", "models/../x", "", "a\nb", "models/"])
def test_a_model_name_that_would_leave_its_segment_is_refused(model):
    with pytest.raises(ConfigurationError):
        build(model=model)


def test_system_messages_become_the_instruction_and_neighbours_one_turn():
    sent = body(
        Message("system", "Be brief."),
        Message("user", "a"),
        Message("user", "b"),
        Message("assistant", "c"),
        Message("developer", "Be kind."),
    )
    assert sent["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert sent["contents"] == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}]},
    ]


def test_media_go_by_value_or_by_reference():
    parts = (
        TextPart("What is this?"),
        ImagePart(data="iVBORw0KGgo="),
        FilePart(data="JVBERi0x", media_type="application/pdf"),
        AudioPart(data="AAAA", media_type="audio/wav"),
        FilePart(url="https://a.test/b.pdf", media_type="application/pdf"),
        ImagePart(file_id="https://g.test/v1beta/files/abc"),
        NativePart({"fileData": {"fileUri": "https://youtu.be/x"}}),
    )
    assert body(Message("user", parts))["contents"][0]["parts"] == [
        {"text": "What is this?"},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0x"}},
        {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
        {"fileData": {"fileUri": "https://a.test/b.pdf", "mimeType": "application/pdf"}},
        {"fileData": {"fileUri": "https://g.test/v1beta/files/abc"}},
        {"fileData": {"fileUri": "https://youtu.be/x"}},
    ]


@pytest.mark.parametrize(
    ("part", "error"),
    [(FilePart(data="AAAA"), ModelNotSupportedError), (ImagePart(), ConfigurationError)],
)
def test_a_part_that_cannot_be_sent_is_an_error(part, error):
    with pytest.raises(error):
        build(Message("user", (part,)))


def conversation(state: ProviderState | None) -> tuple[Message, ...]:
    calls = (ToolCall("c1", "weather", '{"city":"Rome"}'), ToolCall("c2", "weather", "{}"))
    return (
        Message("user", "Weather?"),
        Message("assistant", "", tool_calls=calls, state=state),
        Message("tool", "no such city", tool_call_id="c2", is_error=True),
        Message("tool", '{"sky":"blue"}', tool_call_id="c1"),
    )


def test_calls_of_others_get_the_dummy_signature_and_results_the_order_of_the_calls():
    sent = body(*conversation(None), tools=(WEATHER,))["contents"]
    first, second = sent[1]["parts"]
    assert first == {
        "functionCall": {"name": "weather", "args": {"city": "Rome"}},
        "thoughtSignature": FOREIGN_SIGNATURE,
    }
    assert second == {"functionCall": {"name": "weather", "args": {}}}
    assert [p["functionResponse"] for p in sent[2]["parts"]] == [
        {"name": "weather", "response": {"output": {"sky": "blue"}}},
        {"name": "weather", "response": {"error": "no such city"}},
    ]


def test_older_models_get_no_dummy_signature():
    sent = body(*conversation(None), model="gemini-2.5-flash")["contents"]
    assert "thoughtSignature" not in sent[1]["parts"][0]


def test_own_parts_are_sent_back_as_they_came_and_only_ids_of_the_wire():
    items = [
        {"text": "", "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "weather", "args": {"city": "Rome"}, "id": "wire"}},
        {"functionCall": {"name": "weather"}, "thoughtSignature": "c2lo"},
    ]
    http = build(*conversation(ProviderState("google.generate_content", items)))
    sent = http.body["contents"]
    assert sent[1] == {"role": "model", "parts": items}
    first, second = (part["functionResponse"] for part in sent[2]["parts"])
    assert first["id"] == "wire"
    assert "id" not in second
    assert http.dropped == ()


def test_state_of_another_provider_is_reported():
    http = build(*conversation(ProviderState("openai.responses", [{"type": "reasoning"}])))
    assert "openai.responses" in http.dropped[0]


@pytest.mark.parametrize("arguments", ["[1]", "not json", "null", '"x"'])
def test_arguments_are_always_an_object(arguments):
    call = ToolCall("c", "f", arguments)
    sent = body(Message("user", "a"), Message("assistant", "", tool_calls=(call,)))
    assert isinstance(sent["contents"][1]["parts"][0]["functionCall"]["args"], dict)


def test_pictures_in_results_go_into_the_response_since_gemini_3_and_beside_it_before():
    picture = ImagePart(data="iVBORw0KGgo=")
    result = Message("tool", (TextPart("see"), picture), tool_call_id="c", name="look")
    messages = (
        Message("user", "a"),
        Message("assistant", "", tool_calls=(ToolCall("c", "look"),)),
        result,
    )
    inline = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
    new = body(*messages)["contents"][2]["parts"]
    assert new[0]["functionResponse"]["parts"] == [inline]
    old = body(*messages, model="gemini-2.5-pro")["contents"][2]["parts"]
    assert "parts" not in old[0]["functionResponse"]
    assert old[1] == inline


def test_tools_are_declared_with_their_schemas():
    empty = Tool(name="now")
    search = Tool(name="googleSearch", native={"googleSearch": {}})
    sent = body(tools=(WEATHER, empty, search))
    declarations = sent["tools"][0]["functionDeclarations"]
    assert declarations[0]["parametersJsonSchema"] == SCHEMA
    assert declarations[1] == {"name": "now"}
    assert sent["tools"][1] == {"googleSearch": {}}
    assert sent["toolConfig"] == {"includeServerSideToolInvocations": True}


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (ToolName("weather"), {"mode": "ANY", "allowedFunctionNames": ["weather"]}),
    ],
)
def test_a_tool_choice_is_a_calling_mode(choice, config):
    sent = body(tools=(WEATHER,), tool_choice=choice)
    assert sent["toolConfig"] == {"functionCallingConfig": config}


def test_a_strict_tool_has_all_calls_validated():
    strict = Tool(name="weather", parameters=SCHEMA, strict=True)
    sent = body(tools=(strict,))
    assert sent["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}


def test_parameters_go_into_the_generation_config_also_those_of_googles_own():
    form = ResponseFormat(schema={"$schema": "x", "type": "object", "properties": {}})
    sent = body(
        temperature=0.5,
        top_p=0.9,
        max_tokens=5,
        stop=("a",),
        seed=7,
        response_format=form,
        extra={"top_k": 3, "generationConfig": {"candidateCount": 1}, "safetySettings": []},
    )
    assert sent["generationConfig"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "maxOutputTokens": 5,
        "stopSequences": ["a"],
        "seed": 7,
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object", "properties": {}},
        "topK": 3,
        "candidateCount": 1,
    }
    assert sent["safetySettings"] == []


def test_the_extra_body_wins():
    assert body(temperature=1.0, extra_body={"generationConfig": {}})["generationConfig"] == {}


def test_plain_json_needs_no_schema():
    sent = body(response_format=ResponseFormat(kind="json_object"))
    assert sent["generationConfig"] == {"responseMimeType": "application/json"}


def test_a_schema_loses_only_keywords_that_are_refused():
    schema = {
        "properties": {"const": {"const": "a"}, "$schema": {"type": "string"}},
        "anyOf": [{"const": 1}],
        "default": {"const": 1},
    }
    assert clean_schema(schema) == {
        "properties": {"const": {"enum": ["a"]}, "$schema": {"type": "string"}},
        "anyOf": [{"enum": [1]}],
        "default": {"const": 1},
    }


@pytest.mark.parametrize(
    ("model", "effort", "config", "reported"),
    [
        ("gemini-3-flash-preview", "minimal", {"thinkingLevel": "MINIMAL"}, False),
        ("gemini-3.8-flash", "high", {"thinkingLevel": "HIGH"}, False),
        ("gemini-3.8-flash", "minimal", {"thinkingLevel": "LOW"}, True),
        ("gemini-3.1-pro-preview", "none", {"thinkingLevel": "LOW"}, True),
        ("gemini-4-hydrogen", "xhigh", {"thinkingLevel": "XHIGH"}, False),
        ("gemini-flash-latest", "low", {"thinkingLevel": "LOW"}, False),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}, False),
        ("gemini-2.5-flash", "medium", {"thinkingBudget": 8192}, False),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128}, True),
        ("gemini-2.5-pro", "unheard", None, True),
        ("gemini-2.0-flash", "low", None, True),
        ("gemma-4-31b-it", "low", None, True),
    ],
)
def test_reasoning_effort_is_what_the_model_family_takes(model, effort, config, reported):
    http = build(model=model, reasoning_effort=effort)
    if config is not None and effort != "none":
        config = {**config, "includeThoughts": True}
    assert http.body.get("generationConfig", {}).get("thinkingConfig") == config
    assert bool(http.dropped) is reported


def test_what_gemini_cannot_do_is_reported():
    assert "parallel" in build(parallel_tool_calls=False).dropped[0]
