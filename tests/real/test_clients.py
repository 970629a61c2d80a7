"""Other people's clients do with the simulator what they do with the real services."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric

from .cases import CASES, FAULTS, PROTOCOLS, RESULTS, SCHEMA, TOOLS, Asked, asked, error_class
from .environments import require
from .program import Program

require()

Running = Callable[[str], Program]

PROMPT = "Tell me about tides in 40 words"
SYSTEM = "Be brief."
UNKNOWN = {"anthropic": "claude-0", "google": "gemini-0"}
THEN = "And about ships in 30 words"


def all_of(case: str) -> Any:
    """The parameters of a case; what a client cannot do is marked."""
    assert case in CASES
    return pytest.mark.parametrize(
        "what",
        [
            pytest.param(
                what,
                id=str(what),
                marks=[pytest.mark.xfail(reason=reason)]
                if (reason := FAULTS.get(what[:4]))
                else [],
            )
            for what in asked(case)
        ],
    )


def do(
    program: Running, sim: Simulator, what: Asked, prompt: str = PROMPT, **more: Any
) -> dict[str, Any]:
    """Have a client do something; returns what it makes of the answers."""
    spoken = PROTOCOLS[what.protocol]
    task: dict[str, Any] = {
        "protocol": what.protocol,
        "case": what.case,
        "stream": what.how in ("stream", "limit"),
        "url": sim.url,
        "key": "a-key",
        "headers": {},
        "model": spoken.thinks if what.case == "thinking" else spoken.model,
        "prompt": prompt,
        "system": SYSTEM,
        "then": THEN,
        "tools": TOOLS,
        "results": RESULTS,
        "schema": SCHEMA,
        "way": what.way,
        **more,
    }
    return program(what.client).ask(task)


def story(sim: Simulator, prompt: str) -> str:
    """What the simulator says to a prompt."""
    with Chimeric(openai_base_url=sim.base_url("openai"), openai_api_key="a-key") as client:
        return client.generate("openai:gpt-4.1", prompt, api="chat_completions").content


def unbroken(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, where nothing was raised."""
    assert "raised" not in found, found["raised"][0] + ": " + found["message"] + found["trace"]
    return found


def statuses(sim: Simulator) -> list[int]:
    return [request.status for request in sim.requests]


@all_of("text")
def test_a_text_is_that_of_the_simulator(program, sim, what):
    found = unbroken(do(program, sim, what))
    assert statuses(sim) == [200]
    assert found["text"] == story(sim, PROMPT)
    assert (found["pieces"] > 1) is (what.how == "stream")


@all_of("turns")
def test_a_second_turn_holds_the_first(program, sim, what):
    found = unbroken(do(program, sim, what))
    assert statuses(sim) == [200, 200]
    said = json.dumps(sim.requests[-1].body, ensure_ascii=False)
    first = json.dumps(found["text"], ensure_ascii=False)[1:-1]
    for text in (SYSTEM, PROMPT, first, THEN):
        assert text in said
    assert found["last"]["text"] not in ("", found["text"])


@all_of("tools")
def test_tools_are_called_and_their_results_come_back(program, sim, what):
    tools_run(program, sim, what)


@all_of("thinking")
def test_thoughts_with_their_signatures_come_back_with_the_results(program, sim, what):
    tools_run(program, sim, what)


def tools_run(program: Running, sim: Simulator, what: Asked) -> None:
    found = unbroken(do(program, sim, what, "Weather in Rome, add 2 and 3"))
    assert statuses(sim) == [200, 200]
    assert found["calls"] == [
        {"name": "weather", "arguments": {"city": "Rome"}},
        {"name": "add", "arguments": {"x": 2, "y": 3}},
    ]
    for result in RESULTS.values():
        assert result in found["last"]["text"]


@all_of("structured")
def test_structured_output_fits_its_schema(program, sim, what):
    prompt = "a soup"
    if what.way == "json_mode":  # the service wants the word, and LangChain does not write it
        prompt += f" as JSON that fits {json.dumps(SCHEMA)}"
    value = unbroken(do(program, sim, what, prompt))["value"]
    assert statuses(sim) == [200]
    assert set(value) == set(SCHEMA["properties"])
    assert isinstance(value["title"], str)
    assert isinstance(value["minutes"], int)
    assert value["kind"] in ("soup", "salad")
    assert all(isinstance(step, str) for step in value["steps"])


@all_of("errors")
def test_a_refusal_is_read_as_the_client_s_own_error(program, sim, what):
    more: dict[str, Any] = {
        "key": {"key": "bad-key"},
        "limit": {"headers": {"x-sim-status": "429", "x-sim-retry-after": "7"}},
        "bad": {"headers": {"x-sim-status": "400"}},
        "model": {"model": UNKNOWN.get(what.protocol, "nope-0")},
    }[what.how]
    found = do(program, sim, what, **more)
    (status,) = statuses(sim)
    assert status >= 400
    assert error_class(what.client, what.protocol, what.how) in found["raised"]
    # litellm tells of Google's 400 for a key, and of OpenAI's for a model, what they should be.
    assert found["status"] == status or what.client == "litellm"
    if what.client == "ai-sdk":
        assert found["retryable"] is (what.how == "limit")
