"""What a model of Gemini refuses together is changed so that it is taken, and told."""

from __future__ import annotations

from typing import Any

import chimeric_google
import pytest

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
    Request,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)

DECLARED = chimeric_google.chimeric_provider()
CONFIG = ProviderConfig(name="google", base_url="https://g.test/v1beta", declaration=DECLARED)
WEATHER = Tool(name="weather", parameters={"type": "object", "properties": {"a": {}}})
SEARCH = Tool(name="googleSearch", native={"googleSearch": {}})
CODE = Tool(name="codeExecution", native={"codeExecution": {}})
JSON = ResponseFormat(kind="json_object")
FORM = ResponseFormat(schema={"type": "object", "properties": {"d": {"type": "string"}}})
OLD = ["gemini-2.0-flash", "gemini-2.5-flash", "models/gemini-2.5-pro"]
NEW = ["gemini-3-flash-preview", "gemini-flash-latest", "tunedModels/mine", "gemma-4-31b-it"]


def build(*messages: Message, model: str = "gemini-2.5-flash", **params: Any) -> HTTPRequest:
    request = Request(model=model, messages=messages or (Message("user", "hi"),), **params)
    return chimeric_google.chimeric_build_request(request, CONFIG)


def body(http: HTTPRequest) -> Any:
    return http.body


@pytest.mark.parametrize("model", OLD)
@pytest.mark.parametrize("form", [JSON, FORM])
@pytest.mark.parametrize("tools", [(WEATHER,), (SEARCH,), (CODE,)])
def test_before_gemini_3_no_format_is_sent_beside_tools(
    model: str, form: ResponseFormat, tools: tuple[Tool, ...]
) -> None:
    http = build(model=model, tools=tools, response_format=form)
    assert "generationConfig" not in body(http)
    assert "response format" in http.dropped[0]


@pytest.mark.parametrize("model", OLD)
def test_before_gemini_3_googles_tools_are_not_offered_beside_functions(model: str) -> None:
    http = build(model=model, tools=(WEATHER, SEARCH, CODE))
    assert [list(tool) for tool in body(http)["tools"]] == [["functionDeclarations"]]
    assert "googleSearch, codeExecution" in http.dropped[0]


@pytest.mark.parametrize("model", NEW)
def test_newer_and_unknown_models_get_all_of_it(model: str) -> None:
    http = build(model=model, tools=(WEATHER, SEARCH), response_format=FORM)
    assert len(body(http)["tools"]) == 2
    assert "responseJsonSchema" in body(http)["generationConfig"]
    assert http.dropped == ()


def test_functions_that_may_not_be_called_give_way() -> None:
    http = build(tools=(WEATHER,), tool_choice="none", response_format=FORM)
    assert "tools" not in body(http)
    assert "responseJsonSchema" in body(http)["generationConfig"]
    http = build(tools=(WEATHER, SEARCH), tool_choice="none")
    assert body(http)["tools"] == [{"googleSearch": {}}]
    assert len(http.dropped) == 1


def test_a_plain_text_format_is_no_format() -> None:
    http = build(tools=(WEATHER,), response_format=ResponseFormat(kind="text"))
    assert http.dropped == ()


@pytest.mark.parametrize(
    ("params", "config", "told"),
    [
        ({"temperature": 2.5}, {"temperature": 2}, "temperature"),
        ({"temperature": 0.0}, {"temperature": 0.0}, None),
        ({"stop": tuple("abcdef")}, {"stopSequences": list("abcde")}, "stop"),
        (
            {"extra": {"thinking_config": {"thinkingLevel": "LOW", "thinkingBudget": 9}}},
            {"thinkingConfig": {"thinkingBudget": 9}},
            "thinkingLevel",
        ),
        (
            {"response_format": JSON, "extra": {"response_schema": {"type": "OBJECT"}}},
            {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}},
            None,
        ),
        (
            {"response_format": FORM, "extra": {"response_schema": {"type": "OBJECT"}}},
            {"responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"}},
            "two schemas",
        ),
        ({"temperature": 1.0, "extra": {"temperature": 0.5}}, {"temperature": 0.5}, "twice"),
    ],
)
def test_parameters_that_exclude_one_another(
    params: dict[str, Any], config: dict[str, Any], told: str | None
) -> None:
    http = build(**params)
    assert body(http)["generationConfig"] == config
    assert [told in sentence for sentence in http.dropped if told] == ([True] if told else [])


@pytest.mark.parametrize("name", ["1st", "a b", "a" * 129, "-a", "é"])
def test_a_tool_name_that_gemini_refuses_is_an_error_before_it_is_sent(name: str) -> None:
    with pytest.raises(ConfigurationError, match="tool named"):
        build(tools=(Tool(name=name),))
    assert build(tools=(Tool(name="_a.b:c-1"),)).body


def test_a_field_that_gemini_refuses_is_told() -> None:
    http = build(extra={"user": "u1"})
    assert "user" not in body(http)
    assert "user" in http.dropped[0]


def test_a_system_message_in_the_middle_is_told() -> None:
    said = [Message("system", "S1"), Message("user", "u1"), Message("assistant", "a1")]
    http = build(*said, Message("user", "u2"), Message("system", "French."))
    assert body(http)["systemInstruction"]["parts"] == [{"text": "S1"}, {"text": "French."}]
    assert "after other messages" in http.dropped[0]
    assert build(Message("system", "a"), Message("developer", "b"), said[1]).dropped == ()


@pytest.mark.parametrize(
    "part", [ImagePart(data="iVBORw0KGgo="), FilePart(file_id="f"), AudioPart(url="https://a.test")]
)
def test_a_system_message_with_more_than_text_is_refused(part: Any) -> None:
    with pytest.raises(ModelNotSupportedError, match="system message"):
        build(Message("system", (TextPart("a"), part)), Message("user", "a"))


def test_a_system_message_keeps_parts_of_geminis_own_form() -> None:
    own = NativePart({"text": "b"})
    http = build(Message("developer", (TextPart("a"), own)), Message("user", "a"))
    assert body(http)["systemInstruction"]["parts"] == [{"text": "a"}, {"text": "b"}]


def test_nothing_but_a_system_message_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="besides the system message"):
        build(Message("system", "a"))
    assert build(Message("system", "a"), extra={"contents": [{}]}).body


@pytest.mark.parametrize(
    "result",
    [
        '{"properties": {"b": {"$ref": "#/$defs/I"}}}',
        '[{"$ref": "x"}]',
        '{"a": [[{"$ref": {"b": 1}}]]}',
    ],
)
@pytest.mark.parametrize("is_error", [False, True])
def test_a_result_with_a_reference_in_it_goes_as_text(result: str, is_error: bool) -> None:
    call = Message("assistant", "", tool_calls=(ToolCall("c", "look"),))
    answer = Message("tool", result, tool_call_id="c", is_error=is_error)
    sent = body(build(Message("user", "a"), call, answer))["contents"][-1]["parts"][0]
    key = "error" if is_error else "output"
    assert sent["functionResponse"]["response"] == {key: result}


def test_a_result_that_only_speaks_of_references_goes_as_data() -> None:
    call = Message("assistant", "", tool_calls=(ToolCall("c", "look"),))
    answer = Message("tool", '{"text": "use $ref"}', tool_call_id="c")
    sent = body(build(Message("user", "a"), call, answer))["contents"][-1]["parts"][0]
    assert sent["functionResponse"]["response"] == {"output": {"text": "use $ref"}}


def test_reasoning_of_another_model_is_told_and_a_refusal_beside_text_is_sent() -> None:
    answer = Message("assistant", "b", reasoning="r", refusal="No.")
    http = build(Message("user", "a"), answer, Message("user", "go on"))
    assert body(http)["contents"][1]["parts"] == [{"text": "b"}, {"text": "No."}]
    assert "reasoning" in http.dropped[0]


def test_keys_of_geminis_own_form_are_sent_where_they_stand() -> None:
    picture = ImagePart(
        data="iVBORw0KGgo=", extra={"displayName": "p", "mediaResolution": {"level": "LOW"}}
    )
    call = ToolCall("c", "look", extra={"thoughtSignature": "c2ln"})
    http = build(
        Message("user", (picture,)),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "x", tool_call_id="c"),
        model="gemini-3-flash-preview",
        tools=(Tool(name="look", extra={"behavior": "BLOCKING", "other": 1}),),
    )
    first = body(http)["contents"][0]["parts"][0]
    assert first["inlineData"]["displayName"] == "p"
    assert first["mediaResolution"] == {"level": "LOW"}
    assert body(http)["contents"][1]["parts"][0]["thoughtSignature"] == "c2ln"
    assert body(http)["tools"][0]["functionDeclarations"] == [
        {"name": "look", "behavior": "BLOCKING"}
    ]
