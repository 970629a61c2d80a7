"""Calls that wait for somebody to decide, and how they go on: here, later, in another process."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_sim import Simulator

from chimeric import (
    Chimeric,
    CompletionResponse,
    ConfigurationError,
    Context,
    Message,
    Pause,
    PluginError,
    StreamChunk,
    Tool,
    ToolCall,
    ToolExecutionResult,
    from_json,
    hookimpl,
    run,
    to_json,
)

from .crew import MODES, Crew, Heard, calls, listen
from .speakers import QUESTION, SPEAKERS, TOOLS, Speaker, Way, ask, client_for_all_ways

pytestmark = pytest.mark.filterwarnings("error")

NO_RESULT = "not run, or ended before it had a result"


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew() as crew:
        yield crew


class Gate:
    """Says what its rules say of a tool."""

    def __init__(self, **rules: Any) -> None:
        self._rules = rules
        self.asked: list[str] = []

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Any:
        self.asked.append(call.name)
        verdict = self._rules.get(call.name)
        return verdict(call) if callable(verdict) else verdict


class AskingGate(Gate):
    """The same, as a generator."""

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Iterator[Any]:
        self.asked.append(call.name)
        return (yield from run(self._rules.get, call.name))


class Shop:
    """Tools that note what ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def tools(self) -> list[Tool]:
        return [self._tool(name) for name in ("pay", "ship", "look", "wrap")]

    def _tool(self, name: str) -> Tool:
        def function(amount: int = 1) -> str:
            self.ran.append(name)
            return f"{name} {amount}"

        return Tool(name=name, function=function)


PAUSED: dict[str, Any] = {"pay": Pause("over the limit"), "ship": "not today"}


def paused(crew: Crew, mode: str = "sync", shop: Shop | None = None) -> tuple[Heard, Shop]:
    """Three calls, of which one is paused, one denied, one run."""
    shop = shop or Shop()
    client = crew.client(Gate(**PAUSED))
    heard = listen(mode, client, calls("pay", "ship", "look"), tools=shop.tools())
    return heard, shop


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


# --- through JSON ---------------------------------------------------------------------------------

FIRST = """
import sys, msgspec
from chimeric import Pause, Tool
from tests.tools.crew import Crew, CrewProvider, calls
from tests.tools.test_pauses import Gate, PAUSED, Shop
from chimeric import Chimeric

with Chimeric(plugins=[CrewProvider(sys.argv[1]), Gate(**PAUSED)], only_plugins=[]) as client:
    response = client.generate(
        "crew:crew", calls("pay", "ship", "look"), tools=Shop().tools()
    )
decided = response.resume({call.id: True for call in response.pending})
sys.stdout.buffer.write(msgspec.json.encode(decided))
"""

SECOND = """
import sys, msgspec
from chimeric import Chimeric, Message
from tests.tools.crew import CrewProvider
from tests.tools.test_pauses import Gate, PAUSED, Shop

messages = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Message])
shop = Shop()
with Chimeric(plugins=[CrewProvider(sys.argv[1]), Gate(**PAUSED)], only_plugins=[]) as client:
    response = client.generate("crew:crew", messages, tools=shop.tools())
print(shop.ran, response.content)
"""


def process(program: str, url: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        [sys.executable, "-c", program, url], input=given, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_one_process_pauses_and_another_goes_on(crew: Crew) -> None:
    stored = process(FIRST, crew.url)
    assert json.loads(stored)[1]["approved"] == ["c0"]
    said = process(SECOND, crew.url, stored).decode()
    assert said.strip() == "['pay'] Got ['pay 1', 'denied: not today', 'look 1']"
    assert len(crew.requests) == 2


@pytest.mark.parametrize(
    "through",
    [
        lambda value: from_json(to_json(value)),
        lambda value: pickle.loads(pickle.dumps(value)),
        copy.deepcopy,
    ],
    ids=["json", "pickle", "copy"],
)
def test_a_paused_response_may_be_stored_too(crew: Crew, through: Any) -> None:
    heard, shop = paused(crew)
    stored = through(heard.response)
    assert stored.pending == heard.response.pending
    messages = through(stored.resume({"c0": True}))
    again = listen("sync", crew.client(), messages, tools=shop.tools())
    assert [r.output for r in again.response.tool_results] == ["pay 1"]
    (step,) = (chunk for chunk in again.chunks if chunk.tool_results)
    assert through(step).tool_results == step.tool_results


def test_an_approval_in_a_dict_is_refused(crew: Crew) -> None:
    heard, shop = paused(crew)
    plain = json.loads(msgspec.json.encode(heard.response.resume({"c0": True})))
    heard = listen("sync", crew.client(), plain, tools=shop.tools())
    assert isinstance(heard.error, ConfigurationError)
    assert "messages[1] approves tool calls, and is a dict" in str(heard.error)
    assert shop.ran == ["look"]
    assert len(crew.requests) == 1


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ({"c9": True}, r"no call 'c9' is pending.*'c0' \(pay\)"),
        ({"c0": True, "c1": True}, "no call 'c1' is pending"),
        ({}, r"the call 'c0' \(pay\) is not decided"),
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


# --- what is sent ---------------------------------------------------------------------------------


def test_a_paused_conversation_goes_on_without_a_decision(crew: Crew) -> None:
    heard, shop = paused(crew)
    messages = [*heard.response.messages, Message("user", "Never mind.")]
    listen("sync", crew.client(), messages, tools=shop.tools())
    assert crew.told[1][2:] == [
        ["tool", "c1", "denied: not today", True],
        ["tool", "c2", "look 1", False],
        ["tool", "c0", NO_RESULT, True],
        ["user", [], "Never mind.", False],
    ]
    assert shop.ran == ["look"]


@pytest.mark.parametrize("mode", MODES)
def test_a_conversation_that_was_left_while_tools_ran_can_be_sent_again(
    crew: Crew, mode: str
) -> None:
    def slow() -> Iterator[str]:
        yield "one step"
        yield "another"

    def read(chunk: StreamChunk) -> str | None:
        return "leave" if any(r.status == "progress" for r in chunk.tool_results) else None

    tools = [Tool(name="slow", function=slow), *Shop().tools()]
    heard = listen(
        mode, crew.client(max_parallel_tools=1), calls("slow", "look"), read, tools=tools
    )
    listen(mode, crew.client(), [*heard.response.messages, Message("user", "Hi")], tools=tools)
    assert crew.told[1][2:-1] == [
        ["tool", "c0", NO_RESULT, True],
        ["tool", "c1", NO_RESULT, True],
    ]


def test_results_that_the_caller_gives_are_left_as_they_are(crew: Crew) -> None:
    made = (ToolCall("a", "x"), ToolCall("b", "y"))
    messages = [
        Message("user", "Go"),
        Message("assistant", tool_calls=made),
        Message("tool", "two", tool_call_id="b"),
        Message("tool", "one", tool_call_id="a"),
        Message("user", "And?"),
    ]
    listen("sync", crew.client(), messages)
    assert [row[2] for row in crew.told[0]] == ["Go", "", "two", "one", "And?"]


def test_results_further_on_or_without_an_id_are_found(crew: Crew) -> None:
    messages = [
        Message("user", "Go"),
        Message("assistant", tool_calls=(ToolCall("a", "x"),)),
        Message("assistant", tool_calls=(ToolCall("b", "y"),)),
        Message("tool", "one", tool_call_id="a"),
        Message("tool", "two", tool_call_id="b"),
        Message("assistant", tool_calls=(ToolCall("", "x"), ToolCall("", "y"))),
        Message("tool", "three", name="x"),
        Message("user", "And?"),
    ]
    listen("sync", crew.client(), messages)
    told = [row[2] for row in crew.told[0]]
    assert told == ["Go", "", "", "one", "two", "", "three", NO_RESULT, "And?"]


# --- through every protocol -----------------------------------------------------------------------


def asked(
    simulator: Simulator, speaker: Speaker, way: Way, **rules: Any
) -> CompletionResponse[Any]:
    """Ask for two calls, and have a gate say what its rules say."""
    with client_for_all_ways(simulator.url, plugins=[Gate(**rules)]) as client:
        return ask(client, speaker, way, QUESTION, tools=TOOLS).response


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda s: s.key)
@pytest.mark.parametrize("way", ["stream", "async-whole"])
def test_every_provider_goes_on_after_a_pause(
    simulator: Simulator, client: Chimeric, speaker: Speaker, way: Way
) -> None:
    response = asked(simulator, speaker, way, weather=Pause("is it secret?"))
    (waiting,) = response.pending
    assert waiting.name == "weather"
    assert [r.output for r in response.tool_results] == ["5"]
    stored = msgspec.json.encode(response.resume({waiting.id: True}))
    messages = msgspec.json.decode(stored, type=list[Message])
    answer = ask(client, speaker, way, messages, tools=TOOLS).response
    assert [r.output for r in answer.tool_results] == ["sunny in Rome"]
    assert "sunny in Rome" in answer.content
    assert "5" in answer.content
    assert answer.finish_reason == "stop"


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda s: s.key)
def test_every_provider_takes_a_conversation_with_calls_that_nobody_answered(
    simulator: Simulator, client: Chimeric, speaker: Speaker
) -> None:
    response = asked(simulator, speaker, "stream", weather=Pause(), add=Pause())
    assert len(response.pending) == 2
    answer = ask(client, speaker, "stream", response.messages, tools=TOOLS).response
    assert NO_RESULT in answer.content
    response = asked(simulator, speaker, "stream", add=Pause())
    messages = [*response.messages, Message("user", "Never mind.")]
    assert ask(client, speaker, "stream", messages, tools=TOOLS).response.finish_reason == "stop"
