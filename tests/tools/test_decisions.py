"""Decisions that cannot be are refused by name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import (
    CompletionResponse,
    ConfigurationError,
    Message,
    PluginError,
    ToolExecutionResult,
)

from .crew import Crew, calls, listen
from .shop import Gate, Shop, paused

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ({"c9": True}, r"no call 'c9' is pending.*'c0' \(pay\)"),
        ({"c0": True, "c1": True}, "no call 'c1' is pending"),
        ({}, r"the call 'c0' \(pay\) has no decision"),
        ({"c0": None}, "the decision about the call 'c0' .* not NoneType"),
        ({"c0": 1}, "the decision about the call 'c0' .* not int"),
        ({"c0": ["yes"]}, "not list"),
        ({"c0": ToolExecutionResult("c1", "pay", "{}", "x")}, "has the call_id 'c1'"),
        (
            {"c0": ToolExecutionResult("c0", "pay", "{}", "x", status="progress")},
            "status 'progress'",
        ),
        (["c0"], "resume takes a dict"),
        ("c0", "resume takes a dict"),
        (None, "resume takes a dict"),
    ],
    ids=str,
)
def test_a_decision_that_cannot_be_is_refused_by_name(
    crew: Crew, decisions: Any, said: str
) -> None:
    heard, _ = paused(crew)
    with pytest.raises(ConfigurationError, match=said):
        heard.response.resume(decisions)


def test_nothing_is_resumed_where_nothing_waits(crew: Crew) -> None:
    response = listen("sync", crew.client(), "Hello").response
    with pytest.raises(ConfigurationError, match="no call of this response is pending"):
        response.resume({})
    with pytest.raises(ConfigurationError, match="no call 'c0' is pending"):
        response.resume({"c0": True})


def test_what_has_a_result_is_not_run_again(crew: Crew) -> None:
    heard, shop = paused(crew)
    response = heard.response
    approved = response.resume({"c0": True})
    messages = [*approved, Message("tool", "paid", tool_call_id="c0", name="pay")]
    heard = listen("sync", crew.client(), messages, tools=shop.tools())
    assert isinstance(heard.error, ConfigurationError)
    assert "'c0', which has a result" in str(heard.error)
    assert shop.ran == ["look"]
    response.messages[:] = messages
    with pytest.raises(ConfigurationError, match="'c0' has a result"):
        response.resume({"c0": True})
    after = listen("sync", crew.client(), approved, tools=shop.tools()).response
    with pytest.raises(ConfigurationError, match="no call 'c0' is pending"):
        after.resume({"c0": True})
    assert shop.ran == ["look", "pay"]
    listen("sync", crew.client(), [*after.messages, Message("user", "Hi")], tools=shop.tools())
    assert shop.ran == ["look", "pay"]


def test_a_resume_from_another_conversation_is_refused(crew: Crew) -> None:
    heard, shop = paused(crew)
    response = heard.response
    other = listen("sync", crew.client(), "Hello").response
    mixed = CompletionResponse(pending=response.pending, messages=other.messages)
    with pytest.raises(ConfigurationError, match="has no call 'c0'"):
        mixed.resume({"c0": True})
    stray = msgspec.structs.replace(other.messages[-1], approved=("c0",))
    heard = listen("sync", crew.client(), [*other.messages[:-1], stray], tools=shop.tools())
    assert isinstance(heard.error, ConfigurationError)
    assert "approves the call 'c0', and did not make it" in str(heard.error)


@pytest.mark.parametrize("kept", [[], ["look"]], ids=["none", "others"])
def test_an_approved_tool_that_is_not_given_is_named(crew: Crew, kept: list[str]) -> None:
    heard, shop = paused(crew)
    tools = [tool for tool in shop.tools() if tool.name in kept]
    messages = heard.response.resume({"c0": True})
    heard = listen("sync", crew.client(), messages, tools=tools)
    assert isinstance(heard.error, ConfigurationError)
    assert "is for the tool 'pay'" in str(heard.error)
    assert len(crew.requests) == 1


def test_a_gate_that_answers_with_progress_is_a_broken_plugin(crew: Crew) -> None:
    step = ToolExecutionResult("c0", "pay", "{}", "x", status="progress")
    heard = listen("sync", crew.client(Gate(pay=step)), calls("pay"), tools=Shop().tools())
    assert isinstance(heard.error, PluginError)
