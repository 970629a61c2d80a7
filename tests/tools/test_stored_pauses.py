"""Paused conversations go on later, in another process, and with every provider."""

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
    Message,
    Pause,
    StreamChunk,
    Tool,
    ToolCall,
    from_json,
    to_json,
)

from .crew import MODES, Crew, calls, listen
from .shop import NO_RESULT, Gate, Shop, paused
from .speakers import QUESTION, SPEAKERS, TOOLS, Speaker, Way, ask, client_for_all_ways

pytestmark = pytest.mark.filterwarnings("error")


FIRST = """
import sys, msgspec
from chimeric import Pause, Tool
from tests.tools.crew import Crew, CrewProvider, calls
from tests.tools.shop import Gate, PAUSED, Shop
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
from tests.tools.shop import Gate, PAUSED, Shop

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
