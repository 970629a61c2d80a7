"""Who may run what: gates, tools of plugins, names, and how many run at a time."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import (
    Chimeric,
    ConfigurationError,
    PluginError,
    Tool,
    ToolExecutionResult,
    ToolRegistrationError,
    hookimpl,
)

from .speakers import (
    QUESTION,
    SPEAKERS,
    TOOLS,
    WAYS,
    Speaker,
    Way,
    add,
    ask,
    client_at,
    client_for_all_ways,
    weather,
)

ANTHROPIC = next(s for s in SPEAKERS if s.key == "anthropic")


class Gate:
    """A gate with one verdict on the tool ``add``."""

    def __init__(self, verdict: Any) -> None:
        self.verdict = verdict
        self.seen: list[tuple[str, str, int]] = []

    @hookimpl
    def chimeric_call_tool(self, call: Any, tool: Any, context: Any) -> Any:
        self.seen.append((call.name, call.arguments, context.turn))
        if call.name != "add":
            return None
        if self.verdict == "answer":
            return ToolExecutionResult(call.id, call.name, call.arguments, "forty-two")
        return self.verdict


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("verdict", "output", "is_error"),
    [
        (None, "5", False),
        (True, "5", False),
        (False, "denied: the call was denied", True),
        ("the user said no", "denied: the user said no", True),
        ("answer", "forty-two", False),
    ],
    ids=str,
)
def test_a_gate_allows_denies_or_answers(
    simulator: Simulator, way: Way, verdict: Any, output: str, is_error: bool
) -> None:
    gate, ran = Gate(verdict), []

    def add(x: int, y: int) -> int:
        """Add two numbers."""
        ran.append((x, y))
        return x + y

    with client_for_all_ways(simulator.url, plugins=[gate]) as client:
        response = ask(client, ANTHROPIC, way, QUESTION, tools=[weather, add]).response
    results = {r.name: r for r in response.tool_results}
    assert (results["add"].output, results["add"].is_error) == (output, is_error)
    assert results["weather"].output == "sunny in Rome"
    assert bool(ran) == (verdict in (None, True))
    assert output in response.content
    assert sorted(name for name, _, _ in gate.seen) == ["add", "weather"]
    assert {turn for _, _, turn in gate.seen} == {0}


def test_a_gate_that_fails_fails_the_call_with_everything_kept(simulator: Simulator) -> None:
    class Broken:
        @hookimpl
        def chimeric_call_tool(self, call: Any) -> Any:
            raise ZeroDivisionError("oops")

    with (
        client_at(simulator.url, plugins=[Broken()]) as client,
        pytest.raises(PluginError, match="chimeric_call_tool: ZeroDivisionError") as caught,
    ):
        ask(client, ANTHROPIC, "stream", QUESTION, tools=TOOLS)
    assert caught.value.partial is not None
    assert len(caught.value.partial.tool_calls) == 2


def test_a_gate_sees_a_call_for_an_unknown_tool(simulator: Simulator) -> None:
    seen: list[Any] = []

    class Watch:
        @hookimpl
        def chimeric_call_tool(self, call: Any, tool: Any) -> Any:
            seen.append((call.name, tool and tool.name))

    with client_at(simulator.url, plugins=[Watch()]) as client:
        ask(client, ANTHROPIC, "whole", f"{QUESTION} Use an unknown tool.", tools=TOOLS)
    assert ("no_such_tool", None) in seen


def test_plugins_bring_tools(simulator: Simulator) -> None:
    class Toolbox:
        @hookimpl
        def chimeric_register_tools(self, register: Any) -> None:
            register(weather)
            register(add, name="plus", description="Add.")

    with client_at(simulator.url, plugins=[Toolbox()]) as client:
        assert [tool.name for tool in client.tools] == ["weather", "plus"]
        response = ask(client, ANTHROPIC, "stream", QUESTION).response
        assert sorted(r.name for r in response.tool_results) == ["plus", "weather"]
        response = ask(client, ANTHROPIC, "whole", QUESTION, auto_tool=False).response
        assert response.tool_results == ()


def test_middleware_adds_and_takes_away_tools(simulator: Simulator) -> None:
    class Swap:
        @hookimpl
        def chimeric_prepare_request(self, request: Any) -> Any:
            kept = tuple(tool for tool in request.tools if tool.name != "weather")
            return request.replace(tools=(*kept, Tool.from_function(weather, name="forecast")))

    with client_at(simulator.url, plugins=[Swap()]) as client:
        response = ask(client, ANTHROPIC, "stream", QUESTION, tools=TOOLS).response
    assert sorted((r.name, r.is_error) for r in response.tool_results) == [
        ("add", False),
        ("forecast", False),
    ]


def test_two_tools_of_one_name_are_refused(client: Chimeric) -> None:
    with pytest.raises(ConfigurationError, match="two tools are named 'add'"):
        client.generate("anthropic:tools", "Hi", tools=[add, Tool.from_function(add)])


def test_a_name_is_registered_once(simulator: Simulator) -> None:
    with client_at(simulator.url) as client:
        client.tool()(add)
        with pytest.raises(ToolRegistrationError, match="'add' is registered already"):
            client.tool()(add)
        # A tool that is given for one call stands in for the registered one.
        response = ask(
            client, ANTHROPIC, "whole", QUESTION, tools=[Tool.from_function(times, name="add")]
        ).response
    assert {r.name: r.output for r in response.tool_results}["add"] == "6"


def times(x: int, y: int) -> int:
    """Multiply."""
    return x * y


class Meter:
    """Counts how many run at the same time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0

    def enter(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self) -> None:
        with self.lock:
            self.now -= 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(("parallel", "most"), [(1, 1), (8, 2)])
def test_calls_of_a_turn_run_together_up_to_the_limit(
    simulator: Simulator, way: Way, kind: str, parallel: int, most: int
) -> None:
    meter = Meter()

    def count(n: int) -> int:
        """Count."""
        meter.enter()
        time.sleep(0.03)
        until = time.monotonic() + 10
        while meter.most < most and time.monotonic() < until:
            time.sleep(0.01)
        meter.leave()
        return n

    async def acount(n: int) -> int:
        """Count."""
        meter.enter()
        await asyncio.sleep(0.03)
        until = time.monotonic() + 10
        while meter.most < most and time.monotonic() < until:
            await asyncio.sleep(0.01)
        meter.leave()
        return n

    tool = Tool.from_function(count if kind == "sync" else acount, name="count")
    with client_for_all_ways(simulator.url, max_parallel_tools=parallel) as client:
        response = ask(client, ANTHROPIC, way, "Count 4 and 5: twice.", tools=[tool]).response
    assert [r.is_error for r in response.tool_results] == [False, False]
    assert meter.most == most


def test_schema_only_tools_are_the_callers_to_run(client: Chimeric) -> None:
    offered = [Tool(name=t.__name__, parameters=Tool.from_function(t).parameters) for t in TOOLS]
    response = ask(client, ANTHROPIC, "stream", QUESTION, tools=offered).response
    assert response.finish_reason == "tool_calls"
    assert response.tool_results == ()
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"{call.name} says 7"}
        for call in response.tool_calls
    ]
    messages = [*response.messages, *results]
    response = ask(client, ANTHROPIC, "stream", messages, tools=offered).response
    assert "weather says 7" in response.content
    assert "add says 7" in response.content


FORCED = [
    pytest.param(speaker, choice, id=f"{speaker.key}-{choice}")
    for speaker in SPEAKERS
    for choice in ("required", "weather")
    # Ollama's protocol has no tool choice, Cohere's cannot force one tool.
    if speaker.provider != "ollama" and (speaker.provider, choice) != ("cohere", "weather")
]


@pytest.mark.parametrize(("speaker", "choice"), FORCED)
def test_a_forced_call_is_forced_in_the_first_turn_only(
    client: Chimeric, simulator: Simulator, speaker: Speaker, choice: str
) -> None:
    response = ask(client, speaker, "stream", QUESTION, tools=TOOLS, tool_choice=choice).response
    assert {"weather"} <= {r.name for r in response.tool_results}
    assert response.finish_reason == "stop"
    first, second = (forced(request.body) for request in simulator.requests[-2:])
    assert first
    assert not second


def forced(body: Any) -> Any:
    """The tool choice of a request, wherever the protocol keeps it."""
    config = body.get("toolConfig") or body.get("generation_config") or {}
    return (
        body.get("tool_choice")
        or config.get("tool_choice")
        or config.get("toolChoice")
        or config.get("functionCallingConfig")
    )


def test_a_call_of_a_tool_that_the_caller_runs_ends_the_stream(client: Chimeric) -> None:
    ran: list[str] = []

    def weather(city: str) -> str:
        """Tell the weather."""
        ran.append(city)
        return "sunny"

    mine = Tool(name="add", parameters=Tool.from_function(add).parameters)
    response = ask(client, ANTHROPIC, "stream", QUESTION, tools=[weather, mine]).response
    assert response.finish_reason == "tool_calls"
    assert ran == []
    assert len(response.tool_calls) == 2
