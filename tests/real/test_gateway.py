"""Real clients ask the gateway, a process of its own, in front of the simulator as many providers:
each client protocol in front of each upstream protocol."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from chimeric_sim import Simulator

from tests.gateway.running import KEY, UPSTREAM_KEY, at_work

from .cases import RESULTS, SCHEMA, TOOLS
from .environments import require
from .program import Program

require()

Running = Callable[[str], Program]

CLIENTS = {
    "sdks": ("chat", "responses", "anthropic"),
    "openai-node": ("chat", "responses"),
    "ai-sdk": ("chat", "responses", "anthropic"),
}
UPSTREAMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "chat": ("openai", "gpt-4.1", {"api": "chat_completions"}),
    "responses": ("openai", "gpt-5.4", {"api": "responses"}),
    "messages": ("anthropic", "claude-sonnet-4-5", {}),
    "gemini": ("google", "gemini-2.5-flash", {}),
    "cohere": ("cohere", "command-a-03-2025", {}),
    "mistral": ("mistral", "mistral-large-latest", {}),
    "ollama": ("ollama", "llama3.1", {}),
    "converse": ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", {}),
}
"""Provider, model and options, by what is spoken."""

THINKING = {"responses": "gpt-5.4", "messages": "claude-sonnet-4-5"}
CLIENT_KEY = "sk-client-0123456789abcdef"
PROMPT = "Tell me about tides in 40 words"
SYSTEM = "Be brief."
THEN = "And about ships in 30 words"


class Asked(NamedTuple):
    """Who asks, in what protocol, and what is behind the gateway."""

    client: str
    protocol: str
    upstream: str

    def __str__(self) -> str:
        return "-".join(self)


EVERY = [
    Asked(client, protocol, upstream)
    for client, protocols in CLIENTS.items()
    for protocol, upstream in itertools.product(protocols, UPSTREAMS)
]
WAYS = {"whole": False, "stream": True}

all_of_them = pytest.mark.parametrize("what", EVERY, ids=str)
both_ways = pytest.mark.parametrize("stream", WAYS.values(), ids=WAYS.keys())


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with Simulator(seed=7) as sim:
        yield sim


@pytest.fixture(scope="module")
def gateway(service: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with at_work(settings(service), tmp_path_factory.mktemp("gateway")) as server:
        yield server.url
        assert UPSTREAM_KEY not in server.log()
        assert CLIENT_KEY not in server.log()
        assert "Traceback" not in server.log()


def settings(service: Simulator) -> dict[str, Any]:
    endpoints: dict[str, Any] = {}
    models: dict[str, Any] = {}
    special: dict[str, dict[str, Any]] = {
        "": {},
        "limited": {"headers": {"x-sim-status": "429", "x-sim-retry-after": "7"}},
        "closed": {"api_key": "bad-upstream-key"},
        "slow": {"headers": {"x-sim-rate": "20"}},
        "breaking": {"headers": {"x-sim-fail-after": "5"}},
        "cut": {"headers": {"x-sim-cut-after": "5"}},
    }
    for upstream, (provider, model, options) in UPSTREAMS.items():
        for kind, more in special.items():
            name = "-".join(filter(None, ("at", upstream, kind)))
            place = {"provider": provider, "base_url": service.base_url(provider), "api_key": KEY}
            endpoints[name] = {**place, "options": options, **more}
            models[name] = {"model": f"{name}:{model}"}
    key_hash = "sha256:" + hashlib.sha256(CLIENT_KEY.encode()).hexdigest()
    return {"endpoints": endpoints, "models": models, "clients": {"app": {"key_hash": key_hash}}}


def do(
    program: Running, gateway: str, what: Asked, case: str, stream: bool, **more: Any
) -> dict[str, Any]:
    """Have a client do something; returns what it makes of the answers."""
    task: dict[str, Any] = {
        "protocol": what.protocol,
        "case": case,
        "stream": stream,
        "url": gateway,
        "key": CLIENT_KEY,
        "headers": {},
        "model": f"at-{what.upstream}",
        "prompt": PROMPT,
        "system": SYSTEM,
        "then": THEN,
        "tools": TOOLS,
        "results": RESULTS,
        "schema": SCHEMA,
        "way": "",
        # Without a store of its own the gateway wants every item in the request.
        "options": {"openai": {"store": False}} if what.protocol == "responses" else None,
        **more,
    }
    found = program(what.client).ask(task)
    assert UPSTREAM_KEY not in json.dumps(found)
    return found


def unbroken(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, where nothing was raised."""
    assert "raised" not in found, f"{found['raised'][0]}: {found['message']}\n{found['trace']}"
    return found


def since(service: Simulator) -> Callable[[], list[Any]]:
    """What came to the simulator after this."""
    before = service.traffic.requests

    def told() -> list[Any]:
        new = service.traffic.requests - before
        return list(service.requests)[-new:] if new else []

    return told


@both_ways
@all_of_them
def test_a_text_comes_with_its_usage(program, gateway, what, stream):
    found = unbroken(do(program, gateway, what, "text", stream))
    assert len(found["text"].split()) > 20
    assert (found["pieces"] > 1) is stream
    usage = found["usage"]
    names = ("prompt_tokens", "input_tokens", "inputTokens")
    assert any((usage.get(name) or 0) > 0 for name in names), usage


@both_ways
@all_of_them
def test_a_second_turn_holds_the_first(program, gateway, service, what, stream):
    told = since(service)
    found = unbroken(do(program, gateway, what, "turns", stream))
    said = json.dumps(told()[-1].body, ensure_ascii=False)
    first = json.dumps(found["text"], ensure_ascii=False)[1:-1]
    for text in (SYSTEM, PROMPT, first, THEN):
        assert text in said
    assert found["last"]["text"] not in ("", found["text"])


@both_ways
@all_of_them
def test_tools_are_called_and_their_results_come_back(program, gateway, what, stream):
    prompt = "Weather in Rome, add 2 and 3"
    found = unbroken(do(program, gateway, what, "tools", stream, prompt=prompt))
    called = [{name: c[name] for name in ("name", "arguments")} for c in found["calls"]]
    assert called == [
        {"name": "weather", "arguments": {"city": "Rome"}},
        {"name": "add", "arguments": {"x": 2, "y": 3}},
    ]
    for result in RESULTS.values():
        assert result in found["last"]["text"]


@both_ways
@pytest.mark.parametrize(
    "what", [w for w in EVERY if w.client == "ai-sdk" and w.upstream in THINKING], ids=str
)
def test_thoughts_come_back_with_the_results(program, gateway, what, stream):
    prompt = "Weather in Rome, add 2 and 3"
    found = unbroken(do(program, gateway, what, "thinking", stream, prompt=prompt))
    assert [c["name"] for c in found["calls"]] == ["weather", "add"]
    for result in RESULTS.values():
        assert result in found["last"]["text"]


@both_ways
@all_of_them
def test_structured_output_fits_its_schema(program, gateway, what, stream):
    found = do(program, gateway, what, "structured", stream, prompt="a soup")
    value = unbroken(found)["value"]
    assert set(value) == set(SCHEMA["properties"])
    assert isinstance(value["minutes"], int)
    assert value["kind"] in ("soup", "salad")
    assert all(isinstance(step, str) for step in value["steps"])


ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "key": (401, {"key": "sk-of-nobody"}),
    "model": (404, {"model": "nope-0"}),
    "limit": (429, {"kind": "limited"}),
    "closed": (502, {"kind": "closed"}),
}


@both_ways
@pytest.mark.parametrize("which", ERRORS)
@all_of_them
def test_a_refusal_has_its_status(program, gateway, what, which, stream):
    status, told = ERRORS[which]
    more = {name: value for name, value in told.items() if name != "kind"}
    if "kind" in told:
        more["model"] = f"at-{what.upstream}-{told['kind']}"
    found = do(program, gateway, what, "text", stream, **more)
    assert found["status"] == status, found
    if which == "limit":
        assert found["after"] == "7"
    assert "bad-upstream-key" not in json.dumps(found)


@pytest.mark.parametrize("kind", ["breaking", "cut"])
@all_of_them
def test_a_stream_that_breaks_is_raised(program, gateway, what, kind):
    model = f"at-{what.upstream}-{kind}"
    found = do(program, gateway, what, "text", True, model=model)
    assert "raised" in found, found


@all_of_them
def test_a_client_that_leaves_ends_the_upstream(program, gateway, service, what):
    told = since(service)
    more = {"model": f"at-{what.upstream}-slow", "prompt": "Tell me about tides forever"}
    found = unbroken(do(program, gateway, what, "abort", True, **more))
    assert found["left"]
    until = time.monotonic() + 20
    while service.traffic.streaming and time.monotonic() < until:
        time.sleep(0.02)
    assert service.traffic.streaming == 0
    assert len(told()) == 1
