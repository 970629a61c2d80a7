"""Claude through InvokeModel: what is sent, what its frames tell, and what is refused before."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import chimeric_bedrock as plugin
import msgspec
import pytest
from chimeric_bedrock.names import family_of

from chimeric import (
    ConfigurationError,
    Delta,
    Event,
    FilePart,
    HTTPRequest,
    HTTPResponse,
    ImagePart,
    Message,
    ModelNotSupportedError,
    ProviderConfig,
    ProviderState,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
)

from .conftest import as_deltas

Build = Callable[..., HTTPRequest]
Configure = Callable[..., ProviderConfig]

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3"
VECTOR = (
    "000000e00000004bacf880ae0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d7479706507"
    "00106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573"
    "223a2265794a306558426c496a6f695932397564475675644639696247396a6131396b5a57783059534973496d6c75"
    "5a475634496a6f774c434a6b5a5778305953493665794a306558426c496a6f69644756346446396b5a577830595349"
    "73496e526c654851694f694a4961534a3966513d3d222c2270223a226162227d342472a5"
)
"""A frame of the service, written down byte by byte."""


@pytest.fixture
def invoke(build: Build, configure: Configure) -> Build:
    def make(*messages: Message, options: Any = None, **params: Any) -> HTTPRequest:
        options = {"api": "invoke", **(options or {})}
        params = {"model": CLAUDE, **params, "options": options}
        return build(*messages, config=configure(**options), **params)

    return make


def frame(kind: str, **body: Any) -> Event:
    told = base64.b64encode(msgspec.json.encode({"type": kind, **body})).decode()
    return Event(msgspec.json.encode({"bytes": told, "p": "abc"}), "chunk")


def read(*events: Event) -> list[Delta]:
    asked = Request(model=CLAUDE, messages=(), options={"api": "invoke"})
    state = plugin.chimeric_provider().state(asked)
    return [d for event in events for d in as_deltas(plugin.chimeric_parse_event(event, state))]


def test_the_body_is_that_of_messages_with_the_version_and_without_the_model(
    invoke: Build,
) -> None:
    tool = Tool(name="now", parameters={"type": "object", "properties": {}})
    http = invoke(
        Message("system", "Be brief."),
        Message("user", "Hi"),
        stream=True,
        tools=(tool,),
        max_tokens=9,
        options={"betas": "one-2026-01-01,two-2026-01-01"},
        response_format=ResponseFormat(schema={"type": "object", "properties": {}}),
        extra={"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
    )
    assert http.url.endswith(
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream"
    )
    assert "anthropic-version" not in http.headers
    assert "anthropic-beta" not in http.headers
    body: Any = http.body
    assert "model" not in body
    assert "stream" not in body
    assert body["anthropic_version"] == "bedrock-2023-05-31"
    assert body["anthropic_beta"] == ["one-2026-01-01", "two-2026-01-01"]
    assert body["system"] == "Be brief."
    assert body["tools"][0]["name"] == "now"
    assert body["output_config"]["format"]["type"] == "json_schema"
    assert invoke().url.endswith("/invoke")


def test_what_converse_has_fields_for_are_headers(invoke: Build) -> None:
    guard = {"guardrailIdentifier": "g", "guardrailVersion": "1", "streamProcessingMode": "sync"}
    http = invoke(
        extra={
            "guardrailConfig": guard,
            "performanceConfig": {"latency": "optimized"},
            "serviceTier": {"type": "flex"},
            "requestMetadata": {"team": "blue"},
        }
    )
    body: Any = http.body
    assert not {"guardrailConfig", "performanceConfig", "serviceTier"} & body.keys()
    assert http.headers["x-amzn-bedrock-guardrailidentifier"] == "g"
    assert http.headers["x-amzn-bedrock-request-metadata"] == '{"team":"blue"}'
    assert http.headers["x-amzn-bedrock-service-tier"] == "flex"
    assert http.dropped == (
        "guardrailConfig.streamProcessingMode: InvokeModel has no place for it",
    )


def test_a_recorded_frame_is_read(invoke: Build) -> None:
    framer = plugin.chimeric_framings()["aws-event-stream"](1 << 20)
    (event,) = framer.feed(bytes.fromhex(VECTOR))
    assert [delta.text for delta in read(event)] == ["Hi"]
    state = plugin.chimeric_provider().state(
        Request(model=CLAUDE, messages=(), options={"api": "invoke"})
    )
    assert plugin.chimeric_native_event(event, state).delta.text == "Hi"


MESSAGE = {"id": "msg_bdrk_1", "type": "message", "role": "assistant", "model": "m", "content": []}
METRICS = {
    "inputTokenCount": 5,
    "outputTokenCount": 6,
    "cacheReadInputTokenCount": 4,
    "invocationLatency": 20,
}
TEXT = {"type": "text_delta", "text": "Hi"}


@pytest.mark.parametrize("counted", [True, False])
def test_measures_are_in_the_metadata_and_count_where_claude_does_not(counted: bool) -> None:
    usage = {"usage": {"input_tokens": 1, "output_tokens": 2}} if counted else {}
    deltas = read(
        frame("message_start", message=MESSAGE),
        frame("content_block_delta", index=0, delta=TEXT),
        frame("message_delta", delta={"stop_reason": "end_turn"}, **usage),
        frame("message_stop", **{"amazon-bedrock-invocationMetrics": METRICS}),
    )
    assert deltas[-1].done
    assert deltas[-1].metadata is not None
    assert deltas[-1].metadata["invocation_metrics"] == METRICS
    told = [d.usage for d in deltas if d.usage is not None][-1]
    assert (told.prompt_tokens, told.completion_tokens) == ((1, 2) if counted else (9, 6))


def test_exceptions_and_documents_in_a_stream_are_errors() -> None:
    body = {"message": "gone", "originalStatusCode": 500, "originalMessage": "Internal"}
    failed = Event(msgspec.json.encode(body), "exception:modelStreamErrorException")
    (error,) = [d.error for d in read(failed)]
    assert error is not None
    assert (error.message, error.status, error.code) == ("gone", 424, 500)
    (silent,) = [d.error for d in read(Event(b'{"message":"no"}', "document"))]
    assert silent is not None
    assert silent.message == "no"
    whole = {**MESSAGE, "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
    said = read(Event(msgspec.json.encode(whole), "document"))
    assert "".join(d.text or "" for d in said) == "Hi"


def test_signed_thoughts_go_back_and_those_of_converse_are_told(invoke: Build) -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "sig"}
    said = [thought, {"type": "text", "text": "Yo"}]
    mine = Message("assistant", "Yo", state=ProviderState("anthropic.messages", said))
    body: Any = invoke(Message("user", "Hi"), mine, Message("user", "Go on")).body
    assert body["messages"][1]["content"] == said
    other = Message("assistant", "Yo", state=ProviderState("bedrock.converse", [{"text": "Yo"}]))
    http = invoke(Message("user", "Hi"), other, Message("user", "Go on"))
    assert any("bedrock.converse" in sentence for sentence in http.dropped)


@pytest.mark.parametrize(
    "part",
    [
        ImagePart(url="https://example.test/a.png", media_type="image/png"),
        FilePart(file_id="file_1", media_type="application/pdf"),
    ],
)
def test_what_bedrock_does_not_fetch_is_refused(invoke: Build, part: Any) -> None:
    with pytest.raises(ModelNotSupportedError, match="pass the bytes"):
        invoke(Message("user", (TextPart("Look"), part)))


def test_an_api_that_cannot_be_is_told(invoke: Build) -> None:
    with pytest.raises(ModelNotSupportedError, match="bedrock_family"):
        invoke(model="us.amazon.nova-micro-v1:0")
    with pytest.raises(ConfigurationError, match="has no api 'x'; use one of converse"):
        invoke(options={"api": "x"})
    with pytest.raises(ConfigurationError, match="Mantle has no api 'invoke'"):
        invoke(options={"mantle": True})


@pytest.mark.parametrize(
    ("model", "options", "family"),
    [
        (CLAUDE, {}, CLAUDE),
        (f"arn:aws:bedrock:us-east-1:1:inference-profile/{CLAUDE}", {}, CLAUDE),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova", {}, "amazon.nova"),
        (PROFILE, {}, "a1b2c3"),
        (PROFILE, {"family": "claude-opus-4-8"}, "anthropic.claude-opus-4-8"),
        (PROFILE, {"family": "us.amazon.nova-micro"}, "us.amazon.nova-micro"),
        ("arn:aws:sagemaker:us-east-1:1:endpoint/x", {"family": "llama-4"}, "meta.llama-4"),
    ],
)
def test_the_family_is_seen_through_the_arn_or_is_said(
    model: str, options: Any, family: str
) -> None:
    assert family_of(model, options) == family


def test_rules_of_a_family_that_is_said_hold_and_the_arn_is_sent(
    build: Build, configure: Configure, invoke: Build
) -> None:
    options = {"family": "claude-opus-4-8"}
    http = build(model=PROFILE, config=configure(**options), temperature=0.5)
    assert "application-inference-profile%2Fa1b2c3/converse" in http.url
    body: Any = http.body
    assert "temperature" not in body.get("inferenceConfig", {})
    assert invoke(model=PROFILE, options=options).dropped == ()
    opaque: Any = build(model=PROFILE, temperature=0.5).body
    assert opaque["inferenceConfig"] == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("api", "told", "number"),
    [("converse", {"inputTokens": 7}, 7), ("messages", {"input_tokens": 8}, 8)],
)
def test_a_count_is_read(api: str, told: Any, number: int) -> None:
    body = msgspec.json.encode(told)
    assert plugin.chimeric_parse_count(HTTPResponse(status=200, headers={}, body=body)) == number


def made(configure: Configure, api: str, model: str, options: Any = None, **params: Any) -> Any:
    config = configure(api=api, **(options or {}))
    asked = Request(model=model, messages=(Message("user", "x"),), options={"api": api}, **params)
    return plugin.chimeric_build_request(asked, config)


def test_openais_forms_keep_the_rules_of_their_models(configure: Configure) -> None:
    http = made(configure, "chat_completions", "openai.gpt-5.6", temperature=0.5, max_tokens=9)
    assert http.url == "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions"
    assert http.body["model"] == "openai.gpt-5.6"
    assert http.body["max_completion_tokens"] == 9
    assert "temperature" not in http.body
    grok = made(configure, "chat_completions", "xai.grok-4", stop=("x",))
    assert "stop" not in grok.body
    assert grok.dropped
    tool = Tool(name="now", parameters={"type": "object", "properties": {}})
    asked: dict[str, Any] = {"tools": (tool,), "tool_choice": "required"}
    mantle = {"mantle": True}
    plain = made(configure, "responses", "openai.gpt-oss-120b", mantle, **asked)
    assert plain.url == "https://bedrock-mantle.us-east-1.api.aws/v1/responses"
    assert plain.body["tool_choice"] == "auto"
    assert "tool_choice" in plain.dropped[-1]
    newer = made(configure, "responses", "openai.gpt-5.5", mantle, **asked)
    assert newer.url == "https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses"
    assert newer.body["tool_choice"] == "required"


def test_openais_forms_have_no_count(build: Build, configure: Configure) -> None:
    asked = Request(model="openai.gpt-5.4", messages=(), options={"api": "responses"})
    config = configure(api="responses")
    http = plugin.chimeric_build_request(asked.replace(messages=(Message("user", "x"),)), config)
    with pytest.raises(ConfigurationError, match="does not count tokens"):
        plugin.chimeric_count_tokens(http, asked, config)
