"""What each service is sent, and what is reported of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_catalog import entry_of

from chimeric import AudioPart, ImagePart, Message, ModelNotSupportedError, ToolCall

from .service import Service, client_of, sent, sse


def f(x: int) -> int:
    """Adds."""
    return x


EFFORTS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("moonshot", "kimi-k3", "none"): {"reasoning_effort": "low"},
    ("moonshot", "kimi-k3", "high"): {"reasoning_effort": "high"},
    ("moonshot", "kimi-k2.6", "none"): {"thinking": {"type": "disabled"}},
    ("moonshot", "kimi-k2.6", "low"): {"thinking": {"type": "enabled"}},
    ("dashscope", "qwen-plus", "none"): {"enable_thinking": False},
    ("dashscope", "qwen-plus", "high"): {"enable_thinking": True},
    ("huggingface", "openai/gpt-oss-20b", "max"): {"reasoning_effort": "high"},
    ("together", "Qwen/Qwen3.8-Plus", "none"): {"reasoning": {"enabled": False}},
    ("together", "openai/gpt-oss-20b", "none"): {"reasoning_effort": "low"},
    ("together", "deepseek-ai/DeepSeek-V4-Pro", "medium"): {"reasoning_effort": "high"},
    ("fireworks", "accounts/fireworks/models/x", "minimal"): {"reasoning_effort": "low"},
    ("fireworks", "accounts/fireworks/models/x", "none"): {"reasoning_effort": "none"},
    ("zai", "glm-5.3", "medium"): {"reasoning_effort": "high"},
    ("zai", "glm-5.2", "none"): {"reasoning_effort": "none"},
    ("zai", "glm-4.7", "none"): {"thinking": {"type": "disabled"}},
    ("nvidia", "openai/gpt-oss-20b", "none"): {"reasoning_effort": "low"},
    ("nvidia", "deepseek-ai/deepseek-v3.1", "none"): {
        "chat_template_kwargs": {"enable_thinking": False, "thinking": False}
    },
    ("snowflake", "claude-sonnet-5-5", "high"): {"reasoning": {"effort": "high"}, "temperature": 1},
    ("databricks", "databricks-claude-sonnet-5-5", "high"): {
        "thinking": {"type": "enabled", "budget_tokens": 4096}
    },
    ("minimax", "MiniMax-M3", "none"): {"thinking": {"type": "disabled"}},
    ("siliconflow", "deepseek-ai/DeepSeek-V4-Pro", "low"): {"reasoning_effort": "high"},
    ("siliconflow", "deepseek-ai/DeepSeek-V4-Pro", "none"): {"enable_thinking": False},
    ("volcengine", "doubao-seed-2-1-pro", "none"): {"thinking": {"type": "disabled"}},
    ("vllm", "Qwen/Qwen3-8B", "none"): {
        "chat_template_kwargs": {"enable_thinking": False, "thinking": False}
    },
    ("vllm", "openai/gpt-oss-20b", "low"): {"reasoning_effort": "low"},
    ("perplexity", "sonar-deep-research", "low"): {"reasoning_effort": "low"},
    ("perplexity", "sonar-deep-research", "none"): {"reasoning_effort": "minimal"},
}
CONTROLS = (
    *("reasoning_effort", "thinking", "reasoning", "enable_thinking", "chat_template_kwargs"),
    "temperature",
)


@pytest.mark.parametrize("case", EFFORTS, ids=" ".join)
def test_an_effort_arrives_in_the_service_s_own_form(case: tuple[str, str, str]) -> None:
    name, model, effort = case
    body, _ = sent(name, model, reasoning_effort=effort)
    assert {n: body[n] for n in CONTROLS if n in body} == EFFORTS[case]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("moonshot", "kimi-k3"),
        ("together", "deepseek-ai/DeepSeek-V4-Pro"),
        ("deepinfra", "m"),
        ("featherless", "m"),
        ("meta", "muse-spark-1.3"),
    ],
)
def test_a_call_that_cannot_be_forced_is_left_to_the_model(name: str, model: str) -> None:
    body, told = sent(name, model, tools=[f], tool_choice="required", auto_tool=False)
    assert body["tool_choice"] == "auto"
    assert "no forced call" in told


def test_perplexity_takes_no_tools_and_says_so() -> None:
    body, told = sent("perplexity", "sonar", tools=[f], response_format="json_object")
    assert "tools" not in body
    assert body["response_format"]["type"] == "json_schema"
    assert "tools: sonar at perplexity does not take it (it searches by itself)" in told
    assert "has no json_object" in told


def test_moonshot_gets_the_reasoning_of_a_turn_with_calls() -> None:
    said = [
        Message("user", "Add"),
        Message("assistant", "", (ToolCall("c1", "f", '{"x":1}'),)),
        Message("tool", "1", tool_call_id="c1"),
    ]
    body, told = sent("moonshot", "kimi-k3", said, tools=[f], auto_tool=False, temperature=0.1)
    assert body["messages"][1]["reasoning_content"] == " "
    assert "temperature" not in body
    assert "temperature: kimi-k3 at moonshot does not take it" in told


@pytest.mark.parametrize("name", ["moonshot", "cloudflare", "deepinfra", "heroku", "tgi"])
def test_text_alone_is_a_string(name: str) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body, _ = sent(name, "m", [{"role": "user", "content": parts}])
    assert body["messages"][0]["content"] == "a\nb"


def test_databricks_gets_one_call_a_turn_each_with_its_result() -> None:
    calls = (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))
    said = [
        Message("user", "Add"),
        Message("assistant", "both", calls),
        Message("tool", "1", tool_call_id="c1"),
        Message("tool", "2", tool_call_id="c2"),
        Message("user", "Thanks"),
    ]
    body, _ = sent("databricks", "m", said)
    told = [
        (m["role"], len(m.get("tool_calls", ())), m.get("tool_call_id")) for m in body["messages"]
    ]
    assert told == [
        ("user", 0, None),
        ("assistant", 1, None),
        ("tool", 0, "c1"),
        ("assistant", 1, None),
        ("tool", 0, "c2"),
        ("user", 0, None),
    ]


def test_friendli_gets_no_format_beside_tools() -> None:
    body, told = sent("friendli", "m", tools=[f], response_format="json_object", auto_tool=False)
    assert "response_format" not in body
    assert "not both" in told


REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "two controls at Fireworks": (
        "fireworks",
        "accounts/fireworks/models/x",
        {"reasoning_effort": "low", "thinking": {"type": "enabled", "budget_tokens": 2048}},
        "reasoning_effort",
    ),
    "a seed at MiniMax": ("minimax", "MiniMax-M3", {"seed": 1}, "seed"),
    "a penalty at Z.ai": ("zai", "glm-5.3", {"presence_penalty": 1.0}, "presence_penalty"),
    "tools of an open model at Snowflake": (
        "snowflake",
        "llama4-maverick",
        {"tools": [f], "auto_tool": False},
        "tools",
    ),
    "a seed at Perplexity": ("perplexity", "sonar", {"seed": 1}, "seed"),
    "a tier at Z.ai": ("zai", "glm-5.3", {"service_tier": "auto"}, "service_tier"),
    "storing at Fireworks": ("fireworks", "accounts/a/models/m", {"store": True}, "store"),
    "parallel calls at TGI": (
        "tgi",
        "tgi",
        {"tools": [f], "auto_tool": False, "parallel_tool_calls": False},
        "parallel_tool_calls",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_left_out_and_told(case: str) -> None:
    name, model, params, field = REFUSED[case]
    body, told = sent(name, model, **params)
    assert field not in body
    assert f"{field}:" in told


@pytest.mark.parametrize("name", ["lmstudio", "perplexity"])
def test_any_object_is_a_schema_where_there_is_no_json_object(name: str) -> None:
    body, told = sent(name, "m", "Say JSON", response_format="json_object")
    assert body["response_format"]["type"] == "json_schema"
    assert "json_object" in told


@pytest.mark.parametrize("name", ["zai", "siliconflow", "ai21"])
def test_a_schema_is_told_where_nothing_enforces_it(name: str) -> None:
    schema = {"type": "object", "properties": {}}
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    body, told = sent(name, "m", response_format=wanted)
    assert body["response_format"] == {"type": "json_object"}
    assert "JSON schema" in body["messages"][0]["content"]
    assert "enforces no schema" in told


@pytest.mark.parametrize(
    ("asked", "number"), [({"logprobs": True}, 1), ({"logprobs": True, "top_logprobs": 4}, 4)]
)
def test_together_is_asked_for_probabilities_with_a_number(
    asked: dict[str, Any], number: int
) -> None:
    body, told = sent("together", "openai/gpt-oss-120b", **asked)
    assert (body["logprobs"], body.get("top_logprobs"), told) == (number, None, "")


def test_zai_has_other_names_for_a_user_and_a_limit() -> None:
    body, told = sent("zai", "glm-5.3", user="u1", max_completion_tokens=9)
    assert (body["user_id"], body["max_tokens"], told) == ("u1", 9, "")
    assert not body.keys() & {"user", "max_completion_tokens"}


@pytest.mark.parametrize("name", ["fireworks", "perplexity"])
def test_a_closed_form_has_no_name_of_a_speaker_and_no_refusals(name: str) -> None:
    refusal = {"type": "refusal", "refusal": "No."}
    said = [
        {"role": "user", "name": "Ann", "content": "Hi"},
        {"role": "assistant", "content": [refusal]},
        {"role": "user", "content": "Why?"},
    ]
    body, told = sent(name, entry_of(name).sample, said)
    assert [m["content"] for m in body["messages"]] == ["Hi", "No.", "Why?"]
    assert "name" not in body["messages"][0]
    assert "name" in told


def test_zais_calls_are_asked_for_in_pieces_only_in_a_stream() -> None:
    body, _ = sent("zai", "glm-5.3", tools=[f], auto_tool=False)
    assert "tool_stream" not in body


@pytest.mark.parametrize(
    ("name", "model"), [("sambanova", "m"), ("databricks", "databricks-claude-sonnet-5-5")]
)
def test_a_picture_by_url_is_refused_where_nothing_is_fetched(name: str, model: str) -> None:
    by_url = ImagePart(url="https://example.com/a.png")
    with pytest.raises(ModelNotSupportedError, match="pass its bytes"):
        sent(name, model, [Message("user", (by_url,))])
    data = ImagePart(data="iVBORw0KGgo=", media_type="image/png")
    body, _ = sent(name, model, [Message("user", (data,))])
    assert body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:")


def test_fireworks_gets_no_field_that_it_does_not_know() -> None:
    said = [{"role": "user", "content": "Hi", "cache_control": {"type": "ephemeral"}}]
    body, told = sent("fireworks", "accounts/fireworks/models/x", said)
    assert body["messages"] == [{"role": "user", "content": "Hi"}]
    assert "cache_control" in told


def test_dashscope_gets_sound_as_a_data_uri() -> None:
    sound = AudioPart(data="UklGRg==", media_type="audio/wav")
    body, _ = sent("dashscope", "qwen-omni", [Message("user", (sound,))])
    (part,) = body["messages"][0]["content"]
    assert part["input_audio"]["data"].startswith("data:audio/wav;base64,")


@pytest.mark.parametrize("name", ["perplexity", "watsonx"])
def test_usage_is_not_asked_for_where_it_comes_unasked(name: str) -> None:
    events = [
        {"choices": [{"index": 0, "delta": {"content": "k"}, "finish_reason": "stop"}]},
    ]
    with Service(sse(*events)) as service, client_of(name, service.server.url + "/v1") as client:
        assert list(client.generate(f"{name}:m", "Hi", stream=True))
        (request,) = service.server.requests
    assert "stream_options" not in request.json()


OWN: dict[str, dict[str, Any]] = {
    "perplexity": {
        "web_search_options": {"search_context_size": "high"},
        "search_domain_filter": ["a.test"],
        "search_recency_filter": "week",
    },
    "vercel": {"providerOptions": {"gateway": {"order": ["bedrock"]}}},
    "dashscope": {"thinking_budget": 512, "enable_search": True},
    "nvidia": {"reasoning_budget": 512},
    "siliconflow": {"thinking_budget": 512},
}


@pytest.mark.parametrize("name", OWN)
def test_parameters_of_its_own_arrive(name: str) -> None:
    body, told = sent(name, entry_of(name).sample, **OWN[name])
    assert {n: body[n] for n in OWN[name]} == OWN[name]
    assert not told


DETAILS = [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("snowflake", {"reasoning_details": DETAILS}),
        ("minimax", {"reasoning_details": DETAILS}),
        ("crusoe", {"reasoning": "hm"}),
        ("moonshot", {"reasoning_content": "hm"}),
        ("together", {"reasoning_content": "hm"}),
        ("zai", {"reasoning_content": "hm"}),
    ],
)
def test_what_has_to_come_back_comes_back(name: str, said: dict[str, Any]) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call], **said}
    raw = msgspec.json.encode({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
    with Service(raw) as service, client_of(name, service.server.url + "/v1") as client:
        asked: Any = (f"{name}:{entry_of(name).sample}", "Hi")
        tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
        first: Any = client.generate(*asked, tools=[tool])
        result = Message("tool", "1", tool_call_id="c1")
        client.generate(asked[0], [*first.messages, result], tools=[tool])
        body = service.server.requests[-1].json()
    assert {n: body["messages"][1].get(n) for n in said} == said
    assert name != "minimax" or body["reasoning_split"] is True


def test_litellms_thinking_blocks_go_back_with_their_signatures() -> None:
    block = {"type": "thinking", "thinking": "t", "signature": "s"}
    message = {"role": "assistant", "content": "x", "thinking_blocks": [block]}
    raw = msgspec.json.encode(
        {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    )
    with Service(raw) as service, client_of("litellm", service.server.url + "/v1") as client:
        first: Any = client.generate("litellm:m", "Hi")
        client.generate("litellm:m", [*first.messages, "Go on"])
        again = service.server.requests[-1].json()["messages"]
    assert again[1]["thinking_blocks"] == [block]
