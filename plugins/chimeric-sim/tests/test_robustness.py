"""Whatever a body holds, the simulator answers; and recordings come back byte for byte."""

from __future__ import annotations

import base64
import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chimeric_sim import Recording, Simulator

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer", "minimum": 1}}}
HEADERS = {
    "authorization": "Bearer any",
    "x-goog-api-key": "any",
    "anthropic-version": "2026-10-21",
}
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHAT = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": [{"type": "text", "text": "hi"}]},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "r"},
]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "model": "think",
        "messages": CHAT,
        "tools": [FUNCTION],
        "tool_choice": "required",
        "max_tokens": 50,
        "seed": 1,
        "stop": ["x"],
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    "/v1/responses": {
        "model": "think",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "r"},
        ],
        "tools": [{"type": "function", "name": "f", "parameters": SCHEMA}],
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
        "stream": True,
    },
    "/v1/messages": {
        "model": "think",
        "max_tokens": 50,
        "system": [{"type": "text", "text": "s"}],
        "messages": [
            {"role": "user", "content": "hi"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c", "content": "r"}],
            },
        ],
        "tools": [{"name": "f", "input_schema": SCHEMA}],
        "tool_choice": {"type": "any"},
        "stop_sequences": ["x"],
        "stream": True,
    },
    "/v1beta/models/think:streamGenerateContent": {
        "systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": SCHEMA}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        "generationConfig": {"maxOutputTokens": 50, "thinkingConfig": {"includeThoughts": True}},
    },
    "/v2/chat": {
        "model": "think",
        "messages": [*CHAT[:1], {"role": "user", "content": "hi"}, *CHAT[2:]],
        "response_format": {"type": "json_object", "json_schema": SCHEMA},
        "thinking": {"type": "enabled"},
        "p": 0.5,
        "stream": True,
    },
    "/api/chat": {
        "model": "think",
        "messages": [{"role": "user", "content": "hi", "images": ["aGk="]}],
        "tools": [FUNCTION],
        "options": {"num_predict": 50, "stop": ["x"], "seed": 1},
        "format": SCHEMA,
    },
    "/model/think/converse-stream": {
        "system": [{"text": "s"}],
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": SCHEMA}}}],
            "toolChoice": {"any": {}},
        },
        "inferenceConfig": {"maxTokens": 50, "stopSequences": ["x"]},
        "additionalModelRequestFields": {"sim": {"seed": 1}},
    },
}
ODD: list[Any] = [None, True, 0, -1, 2.5, "", "x", [], {}, [[]], [None], {"a": 1}, "\ud800", 10**30]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a body."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(body)
    target: Any = body
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return body


@pytest.mark.parametrize("path", BODIES)
def test_the_bodies_themselves_are_good(sim, path):
    reply = httpx.post(sim.url + path, json=BODIES[path], headers=HEADERS)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("path", BODIES)
def test_an_odd_value_anywhere_is_an_answer_or_a_clean_refusal(sim, path):
    rng = random.Random(1)
    bodies = [
        changed(BODIES[path], place, value)
        for place in places(BODIES[path])
        for value in rng.sample(ODD, 5)
    ]
    with httpx.Client(base_url=sim.url, headers=HEADERS) as client:
        for body in bodies:
            content = json.dumps(body).encode()
            reply = client.post(path, content=content)
            assert reply.status_code < 500, (body, reply.text)
            if reply.status_code >= 400:
                assert reply.json(), body


def corpus() -> Path:
    root = Path(__file__).resolve().parents[3].parent / "shared"
    return Path(os.environ.get("CHIMERIC_SHARED", root)) / "corpus"


@pytest.mark.skipif(not corpus().is_dir(), reason="the corpus of recordings is not here")
def test_every_recorded_response_is_replayed_byte_for_byte():
    files = sorted(corpus().rglob("*.json"))
    body = {"messages": [{"role": "user", "content": "x"}]}
    with Simulator(keep=0) as sim, httpx.Client(base_url=sim.url, headers=HEADERS) as client:
        for file in files:
            response = json.loads(file.read_text())["response"]
            model = sim.replay(Recording.load(file), str(file))
            reply = client.post("/v1/chat/completions", json={"model": model, **body})
            assert reply.status_code == response["status"]
            if "body_b64" in response:
                assert reply.content == base64.b64decode(response["body_b64"])
            else:
                assert reply.content == response["body_text"].encode()
    assert len(files) > 500
