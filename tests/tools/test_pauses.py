"""Calls that wait for somebody to decide, and how they go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chimeric import Context, Message, Pause, Tool, ToolExecutionResult, hookimpl

from .crew import MODES, Crew, calls, listen
from .shop import PAUSED, AskingGate, Gate, Shop, paused

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [Gate, AskingGate], ids=["gate", "gate that asks"])
def test_of_three_calls_one_waits_one_is_denied_and_one_runs(
    crew: Crew, mode: str, kind: type[Gate]
) -> None:
    gate, shop = kind(**PAUSED), Shop()
    question = calls(("pay", {"amount": 7}), "ship", "look")
    heard = listen(mode, crew.client(gate), question, tools=shop.tools())
    response = heard.response
    assert heard.error is None
    assert gate.asked == ["pay", "ship", "look"]
    assert shop.ran == ["look"]
    assert [call.name for call in response.pending] == ["pay"]
    assert response.pending[0].parsed() == {"amount": 7}
    assert response.finish_reason == "tool_calls"
    assert response.metadata["paused"] == {"c0": "over the limit"}
    assert [r.output for r in response.tool_results] == ["denied: not today", "look 1"]
    assert [m.role for m in response.messages] == ["user", "assistant", "tool", "tool"]
    assert len(crew.requests) == 1

    again = Gate(**PAUSED)
    heard = listen(mode, crew.client(again), response.resume({"c0": True}), tools=shop.tools())
    assert heard.error is None
    assert shop.ran == ["look", "pay"]
    assert again.asked == []
    assert heard.steps == [("pay", "completed", "pay 7")]
    assert heard.chunks[0].tool_results
    assert heard.response.content == "Got ['pay 7', 'denied: not today', 'look 1']"
    assert [row[1] for row in crew.told[1][2:]] == ["c0", "c1", "c2"]
    assert heard.response.pending == ()
    assert [m.role for m in heard.response.messages] == [
        "user",
        "assistant",
        "tool",
        "tool",
        "tool",
        "assistant",
    ]
    assert not any(message.approved for message in heard.response.messages)


@pytest.mark.parametrize("mode", MODES)
def test_what_was_approved_runs_together_before_the_first_request(crew: Crew, mode: str) -> None:
    import threading

    met = threading.Barrier(2, timeout=10)

    def pay() -> str:
        met.wait()
        return f"paid after {len(crew.requests)} requests"

    tools = [Tool(name="pay", function=pay), Tool(name="ship", function=pay)]
    gate = Gate(pay=Pause(), ship=Pause())
    response = listen(mode, crew.client(gate), calls("pay", "ship"), tools=tools).response
    assert [call.id for call in response.pending] == ["c0", "c1"]
    messages = response.resume({"c0": True, "c1": True})
    heard = listen(mode, crew.client(), messages, tools=tools)
    assert [r.output for r in heard.response.tool_results] == ["paid after 1 requests"] * 2
    assert len(crew.requests) == 2


@pytest.mark.parametrize(
    ("decision", "told", "is_error"),
    [
        (False, "denied: the call was denied", True),
        ("ask me tomorrow", "denied: ask me tomorrow", True),
        (ToolExecutionResult("c0", "pay", "{}", "paid by hand"), "paid by hand", False),
    ],
    ids=["denied", "with a reason", "answered"],
)
def test_what_is_not_approved_does_not_run(
    crew: Crew, decision: Any, told: str, is_error: bool
) -> None:
    heard, shop = paused(crew)
    messages = heard.response.resume({"c0": decision})
    listen("sync", crew.client(), messages, tools=shop.tools())
    assert shop.ran == ["look"]
    assert crew.told[1][2:] == [
        ["tool", "c0", told, is_error],
        ["tool", "c1", "denied: not today", True],
        ["tool", "c2", "look 1", False],
    ]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("verdict", "output"),
    [
        (False, "denied: the call was denied"),
        ("no", "denied: no"),
        (ToolExecutionResult("c0", "pay", "{}", "free"), "free"),
    ],
    ids=["denied", "with a reason", "answered"],
)
def test_denials_and_results_win_over_a_pause(
    crew: Crew, order: int, verdict: Any, output: str
) -> None:
    gates = [Gate(pay=Pause()), Gate(pay=verdict)][::order]
    response = listen("sync", crew.client(*gates), calls("pay"), tools=Shop().tools()).response
    assert response.pending == ()
    assert response.content == f"Got ['{output}']"


def test_a_pause_in_a_later_turn_keeps_all_turns(crew: Crew) -> None:
    shop = Shop()
    with crew.client(Gate(pay=lambda call: Pause() if call.arguments != "{}" else None)) as client:
        first = client.generate("crew:crew", calls("pay"), tools=shop.tools())
        again = [*first.messages, Message("user", calls(("pay", {"amount": 5}), "look"))]
        second = client.generate("crew:crew", again, tools=shop.tools())
        assert [call.parsed() for call in second.pending] == [{"amount": 5}]
        third = client.generate("crew:crew", second.resume({"c0": True}), tools=shop.tools())
    assert shop.ran == ["pay", "look", "pay"]
    # The same ids were used in both turns: the approval is the second one's.
    assert [row[2] for row in crew.told[-1] if row[0] == "tool"] == ["pay 1", "pay 5", "look 1"]
    assert third.finish_reason == "stop"


def test_an_approved_tool_may_be_a_generator_with_a_context(crew: Crew) -> None:
    def pay(context: Context) -> Iterator[str]:
        yield "opening the till"
        return f"paid by {context.user}"

    tools = [Tool(name="pay", function=pay)]
    response = listen("sync", crew.client(Gate(pay=Pause())), calls("pay"), tools=tools).response
    messages = response.resume({"c0": True})
    heard = listen("sync", crew.client(), messages, tools=tools, user_context="Ada")
    assert heard.steps == [
        ("pay", "progress", "opening the till"),
        ("pay", "completed", "paid by Ada"),
    ]


def test_a_forced_call_is_not_forced_again_after_the_pause(crew: Crew) -> None:
    seen: list[Any] = []

    class Watch:
        @hookimpl
        def chimeric_attempt(self, request: Any) -> None:
            seen.append(request.tool_choice)

    shop = Shop()
    heard, _ = paused(crew, shop=shop)
    messages = heard.response.resume({"c0": True})
    listen("sync", crew.client(Watch()), messages, tools=shop.tools(), tool_choice="required")
    assert seen == [None]


def test_tools_that_a_plugin_brings_run_when_they_are_approved(crew: Crew) -> None:
    shop = Shop()

    class Bring:
        @hookimpl
        def chimeric_prepare_request(self, request: Any) -> Any:
            return request.replace(tools=tuple(shop.tools()))

    response = listen("sync", crew.client(Bring(), Gate(**PAUSED)), calls("pay")).response
    heard = listen("sync", crew.client(Bring()), response.resume({"c0": True}))
    assert heard.response.content == "Got ['pay 1']"
