"""Whatever was said, the simulated services of Claude take the request."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from chimeric_dialects import Converse, Messages, Request, Service

from .served import ask

MODELS = (
    *("claude-sonnet-4-5", "claude-opus-4-8", "claude-opus-4-1", "claude-sonnet-4-6"),
    *("claude-opus-4-7", "claude-opus-5-5"),
)
IDS = ("now:0", "", "a" * 80, "ok_1", "ok_1")
MARKED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}


def now() -> str:
    """The time."""
    return "12"


def said(pick: random.Random) -> list[dict[str, Any]]:
    """A conversation with calls of any ids, and system messages anywhere."""
    system = {"role": "system", "content": "Be brief."}
    talk: list[dict[str, Any]] = []
    for _ in range(pick.randint(1, 5)):
        kind = pick.choice(("user", "system", "calls", "calls"))
        if kind == "system":
            talk.append(system)
            continue
        talk.append({"role": "user", "content": pick.choice(("Hi", [MARKED]))})
        if kind == "calls":
            ids = [pick.choice(IDS) for _ in range(pick.randint(1, 3))]
            calls = [{"id": i, "function": {"name": "now", "arguments": "{}"}} for i in ids]
            talk.append({"role": "assistant", "content": None, "tool_calls": calls})
            for identity in ids:
                talk += [system] * (pick.random() < 0.2)
                talk.append({"role": "tool", "tool_call_id": identity, "content": "12"})
            talk += [{"role": "assistant", "content": "It is 12."}] * (pick.random() < 0.5)
    return [*talk, {"role": "user", "content": "Go on."}]


def params(pick: random.Random) -> dict[str, Any]:
    wanted = {
        "temperature": pick.choice((None, 0, 0.3, 1)),
        "top_p": pick.choice((None, 0.5)),
        "reasoning_effort": pick.choice((None, "low", "high")),
        "tool_choice": pick.choice((None, "auto", "required", "now")),
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return {**given, "tools": [now]}


@pytest.mark.parametrize("seed", range(60))
def test_a_request_is_taken_by_both_services(seed: int) -> None:
    pick = random.Random(seed)
    model, talk, wanted = pick.choice(MODELS), said(pick), params(pick)
    body = ask(f"anthropic:{model}", talk, **wanted).body
    sampled = not {"temperature", "top_p"}.isdisjoint(body)
    version = "2023-06-01" if sampled else "2026-10-21"
    headers = {"anthropic-version": version, "x-api-key": "k"}
    sent = Request("POST", "/v1/messages", headers, json.dumps(body).encode())
    assert Messages().read(sent, Service())
    cloud = f"us.anthropic.{model}-v1:0"
    body = ask(f"bedrock:{cloud}", talk, **wanted).body
    path = f"/model/{cloud.replace(':', '%3A')}/converse"
    sent = Request("POST", path, {"authorization": "Bearer k"}, json.dumps(body).encode())
    assert Converse().read(sent, Service())
