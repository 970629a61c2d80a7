"""Services that follow OpenAI, where they differ: their streams, errors and refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

HI = {"role": "user", "content": "Hi"}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CALLED = [
    HI,
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "4"},
]


def post(sim: Any, service: str, /, key: str = "any", **body: Any) -> httpx.Response:
    base = sim.base_url(service) + ("/v1" if service == "cerebras" else "")
    said = {"model": "sim-story", "messages": [HI], "sim": {"tokens": 5}, **body}
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(f"{base}/chat/completions", json=said, headers=headers)


def streamed(sim: Any, service: str, /, **body: Any) -> tuple[list[Any], str]:
    """The chunks of a stream, and its text."""
    options = {"stream": True, "stream_options": {"include_usage": True}}
    text = post(sim, service, **options, **body).text
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"], text


def choices(chunks: list[Any]) -> list[Any]:
    return [choice for chunk in chunks for choice in chunk["choices"]]


# --- streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "field"),
    [
        *((name, "reasoning") for name in ("cerebras", "huggingface", "openrouter", "together")),
        *((name, "reasoning_content") for name in ("dashscope", "deepseek", "fireworks")),
        *((name, "reasoning_content") for name in ("moonshot", "nvidia", "xai", "zai")),
    ],
)
def test_thoughts_have_the_field_of_their_service(sim, service, field):
    chunks, _ = streamed(sim, service, model="sim-think")
    assert any(choice["delta"].get(field) for choice in choices(chunks))
    whole = post(sim, service, model="sim-think").json()
    assert whole["choices"][0]["message"][field]


@pytest.mark.parametrize(
    ("service", "place"),
    [
        *((name, "finish") for name in ("cerebras", "deepseek", "fireworks", "moonshot", "zai")),
        *((name, "alone") for name in ("dashscope", "huggingface", "nvidia", "together", "xai")),
        ("openrouter", "again"),
        ("perplexity", "each"),
    ],
)
def test_the_usage_stands_where_the_service_puts_it(sim, service, place):
    chunks, _ = streamed(sim, service)
    told = [chunk for chunk in chunks if chunk.get("usage")]
    assert told[-1] is chunks[-1]
    reasons = [choice.get("finish_reason") for choice in told[-1]["choices"]]
    if place == "each":
        assert told == chunks
        assert told[-1]["usage"]["cost"]["total_cost"] > 0
        assert told[-1]["object"] == "chat.completion.done"
    else:
        assert len(told) == 1
        assert reasons == ([] if place == "alone" else ["stop"])
    ends = [c["finish_reason"] for c in choices(chunks) if c.get("finish_reason")]
    assert len(ends) == (2 if place == "again" else 1)


def test_cerebras_leaves_out_what_is_not_set_and_ends_without_a_word(sim):
    chunks, text = streamed(sim, "cerebras")
    assert chunks[0]["choices"] == [{"index": 0, "delta": {"role": "assistant"}}]
    assert "usage" not in chunks[0]
    assert chunks[-1]["time_info"]["total_time"] > 0
    assert "[DONE]" not in text


def test_xai_tells_the_role_beside_the_first_piece_and_reasoning_apart(sim):
    chunks, _ = streamed(sim, "xai", model="sim-think")
    first = chunks[0]["choices"][0]
    assert first["delta"].keys() == {"role", "reasoning_content"}
    assert first.keys() == {"index", "delta"}
    usage = chunks[-1]["usage"]
    thought = usage["completion_tokens_details"]["reasoning_tokens"]
    said = usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["total_tokens"] == said + thought


def test_openrouter_waits_aloud_and_tells_thoughts_twice(sim):
    chunks, text = streamed(sim, "openrouter", model="anthropic/claude-sonnet-4.6-think")
    assert text.startswith(": OPENROUTER PROCESSING\n\n")
    assert all(choice["delta"]["role"] == "assistant" for choice in choices(chunks))
    details = [d for c in choices(chunks) for d in c["delta"].get("reasoning_details", ())]
    thought = "".join(choice["delta"].get("reasoning") or "" for choice in choices(chunks))
    assert "".join(detail.get("text", "") for detail in details) == thought != ""
    assert {detail["format"] for detail in details} == {"anthropic-claude-v1"}
    assert [bool(detail.get("signature")) for detail in details][-1]
    assert chunks[-1]["usage"]["cost"] > 0


def test_together_says_eos_for_stop(sim):
    chunks, _ = streamed(sim, "together")
    assert [c["finish_reason"] for c in choices(chunks)][-1] == "eos"
    assert post(sim, "together").json()["choices"][0]["finish_reason"] == "eos"


def test_together_lists_its_models_without_an_object_around_them(sim):
    base = sim.base_url("together")
    headers = {"authorization": "Bearer any"}
    assert isinstance(httpx.get(f"{base}/models", headers=headers).json(), list)


def fragments(sim: Any, service: str, **body: Any) -> list[Any]:
    chunks, _ = streamed(sim, service, model="sim-tools", tools=[TOOL], **body)
    return [call for c in choices(chunks) for call in c["delta"].get("tool_calls", ())]


@pytest.mark.parametrize("service", ["cerebras", "xai", "zai"])
def test_a_call_comes_whole(sim, service):
    (call,) = fragments(sim, service)
    assert json.loads(call["function"]["arguments"]).keys() == {"city"}


def test_zais_call_comes_in_pieces_where_that_is_asked_for(sim):
    assert len(fragments(sim, "zai", tool_stream=True)) > 1


def test_dashscopes_later_pieces_have_an_empty_id_and_the_last_one_is_empty(sim):
    first, *rest = fragments(sim, "dashscope")
    assert first["id"]
    assert {call["id"] for call in rest} == {""}
    assert rest[-1]["function"]["arguments"] == ""


def test_glm_at_nvidia_ends_with_calls_and_no_reason(sim):
    body: dict[str, Any] = {"tools": [TOOL], "messages": [{**HI, "content": "Weather in Rome"}]}
    for model, reasons in (("z-ai/glm-5.1", []), ("z-ai/glm-5.3", ["tool_calls"])):
        chunks, _ = streamed(sim, "nvidia", model=model, **body)
        ends = [c["finish_reason"] for c in choices(chunks) if c.get("finish_reason")]
        assert ends == reasons


# --- errors --------------------------------------------------------------------------------------

ERRORS: dict[str, Any] = {
    "cerebras": lambda told: (told["type"], told["code"]),
    "huggingface": lambda told: (told["error"][:13],),
    "moonshot": lambda told: (told["error"]["type"], len(told["error"])),
    "openrouter": lambda told: (told["error"]["code"], told["user_id"]),
    "perplexity": lambda told: (told["error"]["code"],),
    "zai": lambda told: (told["error"]["code"], len(told["error"])),
}
LIMITED = {
    "cerebras": ("too_many_requests_error", "request_quota_exceeded"),
    "huggingface": ("The simulator",),
    "moonshot": ("rate_limit_reached_error", 2),
    "openrouter": (429, "user_sim"),
    "perplexity": (429,),
    "zai": ("1302", 2),
}
WRONG_KEY = {
    "cerebras": ("invalid_request_error", "wrong_api_key"),
    "huggingface": ("Incorrect API",),
    "moonshot": ("incorrect_api_key_error", 2),
    "openrouter": (401, "user_sim"),
    "perplexity": (401,),
    "zai": ("1002", 2),
}


@pytest.mark.parametrize("service", ERRORS)
def test_an_error_has_the_form_of_its_service(sim, service):
    limited = post(sim, service, sim={"status": 429, "retry_after": 2})
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "2")
    assert ERRORS[service](limited.json()) == LIMITED[service]
    refused = post(sim, service, key="bad")
    assert refused.status_code == 401
    assert ERRORS[service](refused.json()) == WRONG_KEY[service]


def test_an_error_in_mid_stream_has_the_form_of_its_service(sim):
    chunks, text = streamed(sim, "openrouter", sim={"fail_after": 2})
    assert chunks[-1]["error"]["code"] == 503
    assert chunks[-1]["choices"][0]["finish_reason"] == "error"
    assert text.endswith("data: [DONE]\n\n")
    chunks, _ = streamed(sim, "cerebras", sim={"fail_after": 2})
    assert chunks[-1]["status_code"] == 503


def test_a_wrong_key_is_a_400_at_xai_in_both_protocols(sim):
    base, headers = sim.base_url("xai"), {"authorization": "Bearer bad"}
    for path, said in (("chat/completions", {"messages": [HI]}), ("responses", {"input": "Hi"})):
        refused = httpx.post(f"{base}/{path}", json={"model": "grok-4.3", **said}, headers=headers)
        told = refused.json()
        assert (refused.status_code, told["code"]) == (400, "Client specified an invalid argument")
        assert "Incorrect API key" in told["error"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"max_completion_tokens": 9}, "max_completion_tokens"),
        (
            {"messages": [{**HI, "cache_control": {"type": "ephemeral"}}]},
            "messages.0.cache_control",
        ),
    ],
)
def test_models_of_other_makers_at_azure_take_nothing_that_they_do_not_know(sim, change, place):
    url = f"{sim.base_url('azure')}/openai/v1/chat/completions"
    headers = {"api-key": "any"}
    for model, status in (("mistral-large-2512", 422), ("sim-story", 200)):
        said = {"model": model, "messages": [HI], **change}
        answer = httpx.post(url, json=said, headers=headers)
        assert answer.status_code == status
        assert (place in answer.text) is (status == 422)


# --- refusals ------------------------------------------------------------------------------------

FORGED = [
    {
        "type": "reasoning.text",
        "text": "Hm",
        "signature": "c2ln",
        "format": "anthropic-claude-v1",
        "index": 0,
    }
]
REFUSED: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "a search at xAI": ("xai", "grok-4.3", {"search_parameters": {"mode": "on"}}, 410, "retired"),
    "no effort of gpt-oss at Cerebras": (
        *("cerebras", "gpt-oss-120b", {"reasoning_effort": "none"}, 400, "low, medium, high"),
    ),
    "a forced tool of DeepSeek that thinks": (
        *("deepseek", "deepseek-v4-pro", {"tools": [TOOL], "tool_choice": "required"}, 400),
        "tool_choice",
    ),
    "a turn of DeepSeek without its thoughts": (
        *("deepseek", "deepseek-v4-pro", {"messages": CALLED, "tools": [TOOL]}, 400),
        "message index 1",
    ),
    "a schema at DeepSeek": (
        *("deepseek", "deepseek-chat"),
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
        *(400, "unavailable now"),
    ),
    "a turn of Kimi without its thoughts": (
        *("moonshot", "kimi-k3", {"messages": CALLED, "tools": [TOOL]}, 400, "at index 1"),
    ),
    "a forced tool at Moonshot": (
        *("moonshot", "kimi-k2-0905", {"tools": [TOOL], "tool_choice": "required"}, 400),
        "not supported",
    ),
    "a temperature of Kimi": ("moonshot", "kimi-k3", {"temperature": 0.3}, 400, "only 1"),
    "an unknown field at Fireworks": (
        *("fireworks", "accounts/fireworks/models/glm-5p3", {"store": True}, 400, "Extra inputs"),
    ),
    "two controls at Fireworks": (
        *("fireworks", "accounts/fireworks/models/glm-5p3"),
        {"thinking": {"type": "enabled"}, "reasoning_effort": "low"},
        *(400, "cannot specify both"),
    ),
    "any JSON at Perplexity": (
        *("perplexity", "sonar", {"response_format": {"type": "json_object"}}, 400, "json_object"),
    ),
    "a switch of probabilities at Together": (
        *("together", "openai/gpt-oss-120b", {"logprobs": True}, 400, "valid integer"),
    ),
    "an answer begun of a new Claude at OpenRouter": (
        *("openrouter", "anthropic/claude-sonnet-4.6"),
        {"messages": [HI, {"role": "assistant", "content": "Sure"}]},
        *(400, "assistant message prefill"),
    ),
    "a thought of Claude with another signature at OpenRouter": (
        *("openrouter", "anthropic/claude-sonnet-4.6"),
        {"messages": [HI, {"role": "assistant", "content": "A", "reasoning_details": FORGED}, HI]},
        *(400, "Invalid `signature`"),
    ),
    "two efforts at OpenRouter": (
        *("openrouter", "openai/gpt-5.4"),
        {"reasoning": {"effort": "low"}, "reasoning_effort": "high"},
        *(400, "differ"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_service_refuses_is_refused(sim, case):
    service, model, change, status, words = REFUSED[case]
    refused = post(sim, service, **{"model": model, "sim": {}, **change})
    assert (refused.status_code, words in refused.text) == (status, True), refused.text


def test_an_older_claude_goes_on_with_what_was_begun_at_openrouter(sim):
    said = [HI, {"role": "assistant", "content": "Sure"}]
    assert post(sim, "openrouter", model="anthropic/claude-sonnet-4.5", messages=said).is_success
