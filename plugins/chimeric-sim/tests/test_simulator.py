"""The simulator as an application's tests use it: requests, answers, recordings, the command."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from chimeric_sim import Recording, Simulator

HEADERS = {"authorization": "Bearer very-secret"}


def ask(sim: Simulator, text: str, model: str = "story", **more: object) -> str:
    body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
    reply = httpx.post(f"{sim.base_url()}/chat/completions", json=body, headers=HEADERS)
    return reply.json()["choices"][0]["message"]["content"]


def test_requests_are_recorded_without_their_keys(sim):
    ask(sim, "hello", "echo")
    (request,) = sim.requests
    assert (request.method, request.path, request.status) == ("POST", "/v1/chat/completions", 200)
    assert request.body["messages"][0]["content"] == "hello"
    assert request.headers["authorization"] == "Bearer ****"
    assert "very-secret" not in repr(request)


def test_an_answer_depends_on_prompt_and_seed_alone():
    with Simulator() as one, Simulator() as two, Simulator(seed=9) as seeded:
        assert ask(one, "Tell of tides") == ask(two, "Tell of tides")
        assert ask(one, "Tell of tides") != ask(one, "Tell of salt")
        assert ask(one, "Tell of tides", seed=3) != ask(one, "Tell of tides", seed=4)
        assert ask(seeded, "Tell of tides") == ask(one, "Tell of tides", seed=9)


def test_all_protocols_tell_the_same_story(sim):
    def post(path: str, body: dict[str, object]) -> dict[str, object]:
        headers = {**HEADERS, "x-goog-api-key": "any", "anthropic-version": "2026-10-21"}
        return httpx.post(sim.url + path, json={**body, "sim": settings}, headers=headers).json()

    settings = {"seed": 4, "tokens": 60}
    messages = [{"role": "user", "content": "Tell of tides"}]
    chat = {"model": "story", "messages": messages}
    parts = [{"parts": [{"text": "Tell of tides"}]}]
    converse = {
        "messages": [{"role": "user", "content": [{"text": "Tell of tides"}]}],
        "additionalModelRequestFields": {"sim": settings},
    }
    stories = {
        post("/v1/chat/completions", chat)["choices"][0]["message"]["content"],
        post("/v1/messages", {**chat, "max_tokens": 999})["content"][0]["text"],
        post("/v1/responses", {"model": "story", "input": messages})["output"][0]["content"][0][
            "text"
        ],
        post("/v1beta/models/story:generateContent", {"contents": parts})["candidates"][0][
            "content"
        ]["parts"][0]["text"],
        post("/v2/chat", chat)["message"]["content"][0]["text"],
        post("/api/chat", {**chat, "stream": False})["message"]["content"],
        post("/model/story/converse", converse)["output"]["message"]["content"][0]["text"],
    }
    assert len(stories) == 1


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "parameters": {
                "type": "object",
                "properties": {"x": {"type": "integer"}},
                "required": ["x"],
            },
        },
    }
]


def calls(simulator: Simulator, text: str, **more: object) -> list[tuple[str, dict[str, object]]]:
    body = {"model": "tools", "messages": [{"role": "user", "content": text}], "tools": TOOLS}
    url = f"{simulator.base_url()}/chat/completions"
    reply = httpx.post(url, json=body | more, headers=HEADERS)
    found = reply.json()["choices"][0]["message"].get("tool_calls", [])
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in found]


def test_a_prompt_steers_the_tool_calls(sim):
    assert calls(sim, "add 5") == [("add", {"x": 5})]
    assert calls(sim, "add twice: 5 and 6") == [("add", {"x": 5}), ("add", {"x": 6})]
    assert calls(sim, "call an unknown tool")[0][0] == "no_such_tool"
    assert calls(sim, "send bad arguments") == [("add", {"surprise": True})]
    assert calls(sim, "add 5", tool_choice="none") == []
    forced = {"type": "function", "function": {"name": "add"}}
    assert calls(sim, "hello", model="story", tool_choice=forced)
    assert calls(sim, "hello", model="story") == []


def test_tools_can_be_called_for_ever_or_for_some_rounds(sim):
    history: list[dict[str, object]] = []
    for n in range(4):
        call = {"id": f"c{n}", "type": "function", "function": {"name": "add", "arguments": "{}"}}
        history.append({"role": "assistant", "content": None, "tool_calls": [call]})
        history.append({"role": "tool", "tool_call_id": f"c{n}", "content": "1"})
    again = [{"role": "user", "content": "go on forever"}, *history]
    assert calls(sim, "", messages=again)
    once = [{"role": "user", "content": "add 1"}, *history[:2]]
    assert calls(sim, "", messages=once) == []
    assert calls(sim, "", messages=once, sim={"rounds": 2})


def test_a_recording_is_served_with_its_own_chunks_and_pace(sim, tmp_path: Path):
    file = tmp_path / "greeting.json"
    chunks = [
        {"text": 'data: {"choices":[{"delta":{"content":"Gr'},
        {"b64": base64.b64encode('ü"}}]}\n\n'.encode()).decode(), "wait": 0.2},
        {"text": "data: [DONE]\n\n"},
    ]
    headers = {"content-type": "text/event-stream", "x-request-id": "req_recorded"}
    file.write_text(json.dumps({"headers": headers, "chunks": chunks}))
    model = sim.replay(file)
    assert model == "replay:greeting"
    started = time.monotonic()
    body = {"model": model, "messages": [{"role": "user", "content": "x"}]}
    with httpx.stream(
        "POST", f"{sim.base_url()}/chat/completions", json=body, headers=HEADERS
    ) as reply:
        reads = list(reply.iter_raw())
    assert time.monotonic() - started >= 0.2
    assert reply.headers["x-request-id"] == "req_recorded"
    assert b"".join(reads).decode().startswith('data: {"choices":[{"delta":{"content":"Grü"')
    assert len(reads) >= 2


def test_an_exchange_with_a_response_object_can_be_replayed(tmp_path: Path):
    file = tmp_path / "limit.json"
    response = {"status": 429, "headers": {"retry-after": "9"}, "body_text": '{"error": {}}'}
    file.write_text(json.dumps({"response": response}))
    with Simulator(replays=[file]) as sim:
        body = {"model": "replay", "messages": [{"role": "user", "content": "x"}]}
        reply = httpx.post(f"{sim.base_url()}/chat/completions", json=body, headers=HEADERS)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "9")
    assert reply.json() == {"error": {}}


def test_a_recording_that_is_none_is_refused(sim, tmp_path: Path):
    file = tmp_path / "list.json"
    file.write_text("[]")
    with pytest.raises(ValueError, match="holds no recording"):
        sim.replay(file)
    assert sim.replay(Recording.of(b"x"), "named") == "replay:named"


def test_the_command_serves_until_it_is_terminated():
    process = subprocess.Popen(
        [sys.executable, "-m", "chimeric_sim", "--port", "0", "--seed", "1", "--key", "k1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        url = line.split()[2]
        body = {"model": "echo", "messages": [{"role": "user", "content": "hi"}]}
        good = httpx.post(
            f"{url}/v1/chat/completions", json=body, headers={"authorization": "Bearer k1"}
        )
        assert good.json()["choices"][0]["message"]["content"] == "hi"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, errors) == (0, "")


def test_importing_the_package_and_its_fixture_loads_no_server():
    code = (
        "import sys, chimeric_sim.fixture; "
        "heavy = {'asyncio', 'httpx', 'msgspec', 'chimeric', 'chimeric_sim.simulator'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
