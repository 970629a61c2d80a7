"""Results of tools that answer no call, a second time, or out of their place: one rule for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chimeric import ConfigurationError, Message, ToolCall

from .round_trip import TARGETS, Judge
from .served import ask

USER = Message("user", "Hi")
CALL = Message("assistant", "", (ToolCall("call_1", "now", "{}"),))
ANSWER = Message("assistant", "It is noon.")
STRICT = [name for name in TARGETS if name != "ollama"]
"""Ollama takes results of any order, and matches them by the names of the tools."""


def result(said: str = "noon", identity: str = "call_1", **more: Any) -> Message:
    return Message("tool", said, tool_call_id=identity, **more)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as judge:
        yield judge


@pytest.mark.parametrize("target", STRICT)
@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([USER, result()], r"messages\[1\] .*'call_1', which no message before it makes"),
        (
            [USER, CALL, result(), result("2", "call_2"), USER],
            r"messages\[3\] .*'call_2'.*did you mean 'call_1'",
        ),
        ([USER, result(), CALL], r"messages\[1\] .*messages\[2\] makes it later"),
        ([USER, Message("tool", "noon"), USER], r"messages\[1\].*tool_call_id"),
    ],
    ids=["no call", "another id", "before its call", "no id"],
)
def test_a_result_that_answers_no_call_is_an_error_that_names_it(
    target: str, messages: list[Message], words: str, judge: Judge
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        judge.judge(messages, target)


@pytest.mark.parametrize("target", STRICT)
@pytest.mark.parametrize(
    "messages",
    [
        [USER, CALL, result("first words"), result("second words"), USER],
        [USER, CALL, result("first words"), ANSWER, result("second words"), USER],
    ],
    ids=["at once", "later"],
)
def test_a_second_result_of_a_call_goes_with_the_first_which_is_told(
    target: str, messages: list[Message], judge: Judge
) -> None:
    body, told = judge.judge(messages, target)
    assert "first words" in body
    assert "second words" in body
    assert sum("a second result of the call 'call_1'" in sentence for sentence in told) == 1


@pytest.mark.parametrize("target", STRICT)
@pytest.mark.parametrize(
    "messages",
    [
        [USER, CALL, Message("user", "And?"), result()],
        [USER, CALL, Message("system", "Be brief."), result()],
        [USER, CALL, USER, ANSWER, Message("user", "And?"), result()],
        [USER, CALL, ANSWER, Message("user", "And?"), result()],
    ],
    ids=["behind the user", "behind the system", "behind an answer", "behind a longer turn"],
)
def test_a_late_result_is_taken_and_told_where_it_is_moved(
    target: str, messages: list[Message], judge: Judge
) -> None:
    body, told = judge.judge(messages, target)
    assert "noon" in body
    moved = [sentence for sentence in told if "stands apart" in sentence]
    assert len(moved) <= 1
    if target in ("openai, chat", "groq", "mistral", "cohere"):
        assert moved


def test_a_moved_result_stands_behind_its_call_and_the_other_results() -> None:
    calls = Message("assistant", "", (ToolCall("a", "now", "{}"), ToolCall("b", "now", "{}")))
    said = [USER, calls, result("1", "a"), USER, result("2", "b"), USER]
    sent = ask("compatible:some-model", said)
    roles = [message["role"] for message in sent.body["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "user", "user"]
    assert [m["content"] for m in sent.body["messages"][2:4]] == ["1", "2"]


def test_equal_ids_in_two_turns_are_two_calls() -> None:
    said = [USER, CALL, result("1"), CALL, result("2"), USER]
    sent = ask("compatible:some-model", said)
    assert [m["content"] for m in sent.body["messages"] if m["role"] == "tool"] == ["1", "2"]
    assert sent.told == []


def test_ollama_gets_results_as_they_are() -> None:
    sent = ask("ollama:llama3.2", [USER, result("noon", "zz", name="now"), USER])
    assert sent.body["messages"][1] == {"role": "tool", "content": "noon", "tool_name": "now"}
    assert sent.told == []


@pytest.mark.parametrize(
    "params", [{"previous_response_id": "resp_1"}, {"extra_body": {"conversation": "conv_1"}}]
)
def test_a_conversation_that_the_service_has_stored_may_hold_the_call(
    params: dict[str, Any],
) -> None:
    sent = ask("openai:gpt-5.4", [result()], **params)
    assert sent.body["input"][0]["type"] == "function_call_output"


def test_a_call_in_the_providers_own_form_is_one() -> None:
    item = {"type": "function_call", "call_id": "call_9", "name": "now", "arguments": "{}"}
    sent = ask("openai:gpt-5.4", [USER, item, result("noon", "call_9")])
    assert "noon" in msgspec.json.encode(sent.body).decode()


def test_calls_of_tools_that_are_not_offered_any_more_go_as_they_are() -> None:
    def other() -> str:
        """Do something else."""
        return ""

    for target in ("compatible:some-model", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-pro"):
        sent = ask(target, [USER, CALL, result(), USER], tools=[other])
        assert "now" in msgspec.json.encode(sent.body).decode(), target
        assert sent.told == [], target
