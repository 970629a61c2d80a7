"""What is sent: unified requests as Responses bodies, accepted by the vendor SDK's own types."""

from __future__ import annotations

from typing import Any, cast

import pytest
from chimeric_responses import Dialect, build_request

from chimeric import (
    AudioPart,
    ConfigurationError,
    FilePart,
    HTTPRequest,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Provider,
    ProviderConfig,
    ProviderState,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
)

from .said import CONVERSATIONS, ECHO, ECHOED, USER, WEATHER

PROVIDER = ProviderConfig(name="test", base_url="http://test/v1", declaration=Provider(name="test"))
DIALECT = Dialect(reasons=lambda model: {"thinker": True, "plain": False}.get(model))


def build(*messages: Message, dialect: Dialect = DIALECT, **fields: Any) -> HTTPRequest:
    fields = {"model": "m", **fields}
    return build_request(Request(messages=messages or (USER,), **fields), PROVIDER, dialect)


def body(*messages: Message, **fields: Any) -> dict[str, Any]:
    built = build(*messages, **fields).body
    assert built is not None
    return dict(built)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_vendors_types_accept_every_body(name: str) -> None:
    pydantic = pytest.importorskip("pydantic", reason="needs the vendor's SDK")
    params = pytest.importorskip("openai.types.responses.response_create_params")
    messages, fields = CONVERSATIONS[name]
    kind = "Streaming" if fields.get("stream") else "NonStreaming"
    sent = body(*messages, **fields)
    adapter = pydantic.TypeAdapter(getattr(params, f"ResponseCreateParams{kind}"))
    accepted = adapter.validate_python(sent)
    assert accepted.keys() == sent.keys()
    told = walked(accepted)
    assert told["input"] == sent["input"]
    assert len(told.get("tools", ())) == len(sent.get("tools", ()))


def walked(value: Any) -> Any:
    """Plain lists for the SDK's lazy ones: only walking these checks what is in them."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {key: walked(inner) for key, inner in entries.items()}
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return [walked(inner) for inner in value]
    return value


def test_leading_system_messages_become_instructions() -> None:
    sent = body(Message("system", "Be brief."), Message("developer", "Be kind."), USER)
    assert sent["instructions"] == "Be brief.\n\nBe kind."
    assert sent["input"] == [{"role": "user", "content": "How warm is it in Paris?"}]


def test_a_later_system_message_keeps_its_place() -> None:
    sent = body(USER, Message("system", "In F."), USER)
    assert "instructions" not in sent
    assert [item["role"] for item in sent["input"]] == ["user", "system", "user"]


def test_a_dialect_without_instructions_gets_a_system_item() -> None:
    sent = body(Message("system", "Be brief."), USER, dialect=Dialect(instructions=False))
    assert sent["input"][0] == {"role": "system", "content": "Be brief."}


def test_nothing_is_stored_unless_the_caller_keeps_the_conversation_there() -> None:
    assert body()["store"] is False
    assert body(extra={"store": True})["store"] is True
    assert "store" not in body(extra={"previous_response_id": "resp_1"})
    assert "store" not in body(extra_body={"background": True})
    assert "store" not in body(dialect=Dialect(store=None))


def test_encrypted_reasoning_is_asked_for_only_where_the_model_reasons() -> None:
    assert body(model="thinker")["include"] == ["reasoning.encrypted_content"]
    assert "include" not in body(model="plain")
    assert "include" not in body(model="unknown")


def test_output_items_go_back_as_they_came() -> None:
    sent = body(USER, ECHOED, model="thinker")
    assert sent["input"][1:] == ECHO


def test_a_model_that_does_not_reason_gets_no_reasoning_items() -> None:
    built = build(USER, ECHOED, model="plain")
    assert built.body is not None
    items = built.body["input"][1:]
    assert [item.get("type", item.get("role")) for item in items] == ["assistant", "function_call"]
    assert not any("id" in item for item in items)
    assert "does not reason" in built.dropped[0]


def test_opaque_state_of_another_provider_is_reported_when_it_is_lost() -> None:
    signed = [{"type": "thinking", "thinking": "hm", "signature": "EqQB"}]
    message = Message("assistant", "18 C", state=ProviderState("anthropic.messages", signed))
    built = build(USER, message)
    assert built.body is not None
    assert built.body["input"][1] == {"role": "assistant", "content": "18 C"}
    assert "anthropic.messages" in built.dropped[0]


def test_state_of_another_provider_that_holds_nothing_opaque_is_no_loss() -> None:
    plain = [{"type": "text", "text": "18 C"}]
    message = Message("assistant", "18 C", state=ProviderState("anthropic.messages", plain))
    assert build(USER, message).dropped == ()


def test_encrypted_reasoning_does_not_travel_to_another_provider_of_the_protocol() -> None:
    built = build(USER, ECHOED, dialect=Dialect(api="xai.responses"))
    assert built.body is not None
    assert [item.get("type") for item in built.body["input"]] == [None, None, "function_call"]
    assert len(built.dropped) == 1


def test_what_the_protocol_does_not_have_is_reported() -> None:
    built = build(stop=("END",), seed=7)
    assert built.body is not None
    assert not built.body.keys() & {"stop", "seed"}
    assert len(built.dropped) == 2


def test_what_the_model_refuses_is_left_out_and_reported() -> None:
    dialect = Dialect(unsupported=lambda request: ("temperature",))
    built = build(dialect=dialect, temperature=0.5, top_p=0.9)
    assert built.body is not None
    assert "temperature" not in built.body
    assert built.body["top_p"] == 0.9
    assert built.dropped == ("m at test does not take temperature",)


def test_the_callers_reasoning_and_text_are_merged_with_ours() -> None:
    sent = body(
        model="thinker",
        reasoning_effort="low",
        response_format=ResponseFormat(kind="json_object"),
        extra={
            "reasoning": {"summary": "auto"},
            "text": {"verbosity": "low"},
            "include": ["file_search_call.results"],
            "service_tier": "flex",
        },
    )
    assert sent["reasoning"] == {"effort": "low", "summary": "auto"}
    assert sent["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert sent["include"] == ["reasoning.encrypted_content", "file_search_call.results"]
    assert sent["service_tier"] == "flex"


def test_extra_body_wins_over_everything() -> None:
    sent = body(temperature=0.5, extra={"top_p": 1}, extra_body={"temperature": 0, "top_p": 0})
    assert (sent["temperature"], sent["top_p"]) == (0, 0)


def test_tools_are_not_enforced_unless_asked_for() -> None:
    loose, strict = body(
        tools=(WEATHER, Tool(name="s", strict=True, parameters=WEATHER.parameters))
    )["tools"]
    assert loose["strict"] is False
    assert loose["parameters"] == WEATHER.parameters
    assert strict["strict"] is True
    assert strict["parameters"]["required"] == ["city", "unit"]
    assert strict["parameters"]["additionalProperties"] is False


def test_an_enforced_schema_is_sent_in_its_strict_form() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    sent = body(response_format=ResponseFormat(schema=schema))["text"]["format"]
    assert sent["strict"] is True
    assert sent["schema"]["required"] == ["name"]
    loose = body(response_format=ResponseFormat(schema=schema, strict=False))["text"]["format"]
    assert loose["schema"] == schema


def test_tool_choice_and_parallel_calls_are_left_out_without_tools() -> None:
    sent = body(tool_choice="auto", parallel_tool_calls=True)
    assert not sent.keys() & {"tools", "tool_choice", "parallel_tool_calls"}


def test_inline_files_get_a_name() -> None:
    sent = body(Message("user", (FilePart(data="JVBE", media_type="application/pdf"),)))
    assert sent["input"][0]["content"] == [
        {
            "type": "input_file",
            "filename": "file.pdf",
            "file_data": "data:application/pdf;base64,JVBE",
        }
    ]


def test_native_assistant_parts_stay_as_they_are() -> None:
    part: dict[str, Any] = {"type": "output_text", "text": "b", "annotations": []}
    sent = body(USER, Message("assistant", (TextPart("a"), NativePart(part))))
    assert sent["input"][1]["content"] == [{"type": "output_text", "text": "a"}, part]


def test_audio_is_refused_with_a_helpful_sentence() -> None:
    with pytest.raises(ModelNotSupportedError, match="no audio"):
        build(Message("user", (AudioPart(data="UklG", media_type="audio/wav"),)))


def test_an_assistant_message_cannot_hold_a_picture() -> None:
    with pytest.raises(ModelNotSupportedError, match="ImagePart"):
        build(USER, Message("assistant", (ImagePart(url="https://x.test/a.png"),)))


def test_an_image_from_nowhere_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="neither data, nor a url"):
        build(Message("user", (ImagePart(),)))


def test_a_tool_result_must_say_which_call_it_answers() -> None:
    with pytest.raises(ConfigurationError, match="tool_call_id"):
        build(USER, Message("tool", "18 C"))


def test_a_system_message_of_parts_is_an_item() -> None:
    part = NativePart({"type": "input_text", "text": "Brief.", "prompt_cache_breakpoint": {}})
    sent = body(Message("system", (part,)), USER)
    assert "instructions" not in sent
    assert sent["input"][0] == {"role": "system", "content": [part.value]}


def test_a_schema_without_a_strict_form_is_not_enforced() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    sent = body(response_format=ResponseFormat(schema=schema))["text"]["format"]
    assert (sent["schema"], sent["strict"]) == (schema, False)


def test_an_assistant_message_that_says_nothing_is_left_out() -> None:
    assert len(body(USER, Message("assistant"), USER)["input"]) == 2
