"""What content filters say: in streams as they were recorded, and as they are documented."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_azure.filters import blocked_by

from chimeric import Chimeric, CompletionResponse

from .resource import KEY, Resource, sse

SAFE = {"filtered": False, "severity": "safe"}
PROMPTS = [{"prompt_index": 0, "content_filter_results": {"hate": SAFE}}]
BLANK: dict[str, Any] = {"id": "", "model": "", "object": "", "created": 0}
HEAD = {"id": "chatcmpl-C1", "model": "gpt-5-nano-2025-08-07", "created": 1762317021}


def chunk(delta: dict[str, Any], results: dict[str, Any], finish: str | None = None) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {**HEAD, "choices": [{**choice, "content_filter_results": results}]}


def verdict(end: int, results: dict[str, Any], finish: str | None = None) -> Any:
    """A verdict of the asynchronous filter, which has no delta."""
    offsets = {"check_offset": 44, "start_offset": 44, "end_offset": end}
    choice = {"index": 0, "finish_reason": finish, "content_filter_results": results}
    return {**BLANK, "choices": [{**choice, "content_filter_offsets": offsets}], "usage": None}


FIRST = {**BLANK, "choices": [], "prompt_filter_results": PROMPTS}
ROLE = chunk({"content": "", "refusal": None, "role": "assistant"}, {})
USAGE = {"prompt_tokens": 15, "completion_tokens": 78, "total_tokens": 93}


def answered(*events: Any) -> CompletionResponse:
    """What a stream of these events makes, read to its end."""
    with Resource(sse(*events)) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY, max_retries=0)
        with client, client.generate("azure:mine", "Hi", stream=True) as stream:
            for _ in stream:
                pass
            response: CompletionResponse = stream.response
    return response


def test_verdicts_go_into_the_metadata_and_never_into_the_text() -> None:
    response = answered(
        FIRST,
        ROLE,
        chunk({"content": "Capital"}, {"hate": SAFE}),
        chunk({"content": " of"}, {"hate": SAFE, "violence": SAFE}),
        chunk({}, {}, "stop"),
        {**HEAD, "choices": [], "usage": USAGE},
        "[DONE]",
    )
    assert response.content == "Capital of"
    assert response.finish_reason == "stop"
    assert response.metadata["id"] == "chatcmpl-C1"
    assert response.metadata["model"] == "gpt-5-nano-2025-08-07"
    assert response.metadata["prompt_filter_results"] == PROMPTS
    assert response.metadata["content_filter_results"] == {"hate": SAFE, "violence": SAFE}
    assert response.usage.total_tokens == 93


def test_the_worst_verdict_of_a_category_is_kept() -> None:
    found = {"detected": True, "filtered": False}
    response = answered(
        ROLE,
        chunk({"content": "a"}, {"protected_material_text": found}),
        chunk({"content": "b"}, {"protected_material_text": {"detected": False}}),
        chunk({}, {}, "stop"),
        "[DONE]",
    )
    assert response.metadata["content_filter_results"] == {"protected_material_text": found}


def test_an_answer_that_the_filter_cuts_ends_as_such_and_keeps_what_came_before() -> None:
    stopped = {"hate": {"filtered": True, "severity": "high"}}
    response = answered(
        FIRST,
        ROLE,
        chunk({"content": "So far"}, {"hate": SAFE}),
        chunk({}, stopped, "content_filter"),
        "[DONE]",
    )
    assert response.content == "So far"
    assert response.finish_reason == "content_filter"
    assert response.metadata["content_filter_results"] == stopped


@pytest.mark.parametrize("ended", [True, False])
def test_a_late_verdict_withdraws_what_was_shown(ended: bool) -> None:
    stopped = {"protected_material_text": {"detected": True, "filtered": True}}
    response = answered(
        chunk({"role": "assistant", "content": "Tokens come"}, {}),
        verdict(198, {"hate": SAFE}),
        chunk({"content": " at once"}, {}),
        *([chunk({}, {}, "stop")] if ended else []),
        verdict(1056, stopped, "content_filter"),
        "[DONE]",
    )
    assert response.content == "Tokens come at once"
    assert response.finish_reason == "content_filter"
    assert response.metadata["content_filter_results"] == {"hate": SAFE, **stopped}
    assert response.metadata["content_filter_offsets"]["end_offset"] == 1056
    assert response.metadata["id"] == "chatcmpl-C1"


def test_a_verdict_after_the_end_changes_nothing_but_itself() -> None:
    response = answered(
        chunk({"role": "assistant", "content": "All"}, {}),
        chunk({}, {}, "stop"),
        {**HEAD, "choices": [], "usage": USAGE},
        verdict(44, {"hate": SAFE}),
        "[DONE]",
    )
    assert response.finish_reason == "stop"
    assert response.metadata["content_filter_results"] == {"hate": SAFE}
    assert response.usage.total_tokens == 93


@pytest.mark.parametrize("name", ["content_filter_results", "content_filter_result"])
def test_a_filter_that_failed_says_that_nothing_was_checked(name: str) -> None:
    failed = {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}}
    event = chunk({"content": "x"}, {})
    del event["choices"][0]["content_filter_results"]
    event["choices"][0][name] = failed
    response = answered(ROLE, event, chunk({}, {}, "stop"), "[DONE]")
    assert response.metadata["content_filter_results"] == failed


def test_what_blocked_something_is_named_with_its_severity() -> None:
    results = {
        "hate": {"filtered": True, "severity": "high"},
        "jailbreak": {"filtered": True, "detected": True},
        "sexual": SAFE,
        "custom_blocklists": [],
    }
    assert blocked_by(results) == ["hate (high)", "jailbreak"]
    assert blocked_by(None) == []


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_the_simulator_cuts_an_answer_as_azure_does(sim: Any, api: str, stream: bool) -> None:
    client = Chimeric(azure_base_url=sim.base_url("azure"), azure_api_key=KEY, azure_api=api)
    with client:
        asked = {"sim": {"filter": "answer"}}
        answer: Any = client.generate("azure:gpt-5.4", "Hi", stream=stream, extra_body=asked)
        response = answer.collect() if stream else answer
    assert response.finish_reason == "content_filter"
    assert response.content
    told = response.metadata
    if api == "responses":
        assert [entry["blocked"] for entry in told["content_filters"]] == [False, True]
    else:
        assert blocked_by(told["content_filter_results"]) == ["violence (high)"]
