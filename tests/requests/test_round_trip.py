"""What one provider answered, all others take: a sample of the recordings, always the same one.

The whole table is ``python -m tests.requests.round_trip``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chimeric import Message, ToolCall
from tests.conformance import corpus

from .round_trip import TARGETS, Answer, Judge, answers, faults
from .served import ask

needs_recordings = pytest.mark.skipif(
    corpus.check is None, reason=f"no recordings at {corpus.CORPUS}"
)


@pytest.fixture(scope="module")
def sample() -> list[Answer]:
    return list(answers(every=12))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as judge:
        yield judge


@needs_recordings
@pytest.mark.parametrize("target", TARGETS)
def test_what_another_provider_answered_is_taken_and_nothing_of_it_is_lost(
    target: str, sample: list[Answer], judge: Judge
) -> None:
    found = {a.name: wrong for a in sample if (wrong := faults(a, judge, target))}
    assert found == {}
    assert len(sample) > 50


@pytest.mark.parametrize("target", TARGETS)
def test_an_answer_that_was_cut_off_before_it_said_anything_is_taken(
    target: str, judge: Judge
) -> None:
    said = [
        Message("user", "Hi"),
        Message("assistant", "", reasoning="Let me see."),
        Message("user", "Go on."),
    ]
    body, told = judge.judge(said, target)
    assert "Let me see." in body or "reasoning" in " ".join(told)


@pytest.mark.parametrize("target", TARGETS)
def test_calls_that_nobody_answered_get_a_result_that_says_so(target: str, judge: Judge) -> None:
    calls = (ToolCall("call 1", "now", "{}"), ToolCall("call 1", "now", '{"zone": "CET"}'))
    said = [Message("user", "Hi"), Message("assistant", "", calls)]
    body, _ = judge.judge(said, target)
    assert body.count("ended before it had a result") == 2
    body, _ = judge.judge([*said, Message("user", "And?")], target)
    assert body.count("ended before it had a result") == 2


def test_a_call_of_an_anthropic_tool_without_its_result_is_left_out_unless_the_turn_goes_on() -> (
    None
):
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    text = {"type": "text", "text": "Found."}
    paused = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [text, use]}]

    def sent(*more: dict[str, object]) -> tuple[list[str], list[str]]:
        asked = ask("anthropic:claude-sonnet-4-5", [*paused, *more])
        blocks = [
            b for m in asked.body["messages"] if m["role"] == "assistant" for b in m["content"]
        ]
        return [block["type"] for block in blocks], asked.told

    assert sent() == (["text", "server_tool_use"], [])
    assert sent({"role": "assistant", "content": [found, text]})[0] == [
        "text",
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ]
    kinds, told = sent({"role": "user", "content": "Go on."})
    assert kinds == ["text"]
    assert "web_search" in told[0]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("cerebras:gpt-oss-120b", "reasoning"),
        ("groq:openai/gpt-oss-120b", "reasoning"),
        ("ollama:qwen3", "thinking"),
        ("openrouter:openai/gpt-4o", "reasoning"),
    ],
)
def test_reasoning_of_another_model_goes_where_the_service_has_a_field_for_it(
    model: str, field: str
) -> None:
    said = [Message("user", "Hi"), Message("assistant", "Hello", reasoning="Greet."), "Go on."]
    sent = ask(model, said)
    assert sent.body["messages"][1][field] == "Greet."
    assert sent.told == []
