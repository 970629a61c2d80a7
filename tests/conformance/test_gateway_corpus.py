"""Every recorded answer, replayed upstream of the gateway: what the SDK of each client protocol
reads is what the provider's own SDK read, text, tool calls and usage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.asking import PROTOCOLS
from tests.gateway.running import KEY, UPSTREAM_KEY, in_process
from tests.gateway.sdks import SDKs

from .corpus import CORPUS, EXCEPTIONS, cases, check, route
from .replay import Replay

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

CASES = list(cases())
ASKING = ("apply_patch", "mcp_approval", "tool_search")
"""What the caller has to answer is a call; the recordings have it among the service's own tools."""


def endpoint(case: dict[str, Any]) -> str:
    provider, options = route(case)
    return f"up-{provider}-{options.get('api', '')}"


@pytest.fixture(scope="module")
def sdks(replay: Replay) -> Iterator[SDKs]:
    endpoints: dict[str, Any] = {}
    for case in CASES:
        provider, options = route(case)
        endpoints[endpoint(case)] = {
            "provider": provider,
            "base_url": f"{replay.server.url}/v1",
            "api_key": KEY,
            "options": options,
        }
    with in_process({"endpoints": endpoints, "log": False}) as url, SDKs(url) as sdks:
        yield sdks


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_recorded_answer_is_the_same_through_the_gateway(
    case: dict[str, Any], protocol: str, replay: Replay, sdks: SDKs
) -> None:
    replay.case, replay.pieces = case, check.chunks(case, "random")
    stream = case["stream"] or bool(case.get("request_stream"))
    got = sdks.ask(protocol, f"{endpoint(case)}:{model_of(case)}", stream)
    assert UPSTREAM_KEY not in repr(got)
    if case["name"] in EXCEPTIONS:
        disowned = case["expected"]["tool_calls"] and not got.get("tool_calls")
        assert got["error"] or disowned, EXCEPTIONS[case["name"]]
        return
    if "all" in (case.get("ambiguous") or ()):
        return
    assert differences(case, protocol, got) == []


def model_of(case: dict[str, Any]) -> str:
    body = case["request"]["body"] or {}
    asked = body.get("model") if isinstance(body, dict) else None
    return asked or case["expected"]["model"] or "recorded-model"


def differences(case: dict[str, Any], protocol: str, got: dict[str, Any]) -> list[str]:
    """What is not as expected; of an error only that it is one, since its words are masked."""
    expected = case["expected"]
    if expected["error"] or got["error"]:
        same = bool(expected["error"]) is bool(got["error"])
        return [] if same else [f"error: expected {expected['error']}, got {got['error']}"]
    text = expected["text"]
    if protocol == "messages" and expected.get("refusal"):
        text = (text or "") + expected["refusal"]  # it has no other place for what refuses
    calls = [
        {
            **call,
            "id": call["id"] if case["api"] == protocol else None,
            "arguments": carried(call["arguments"], protocol),
        }
        for call in expected["tool_calls"]
    ]
    case = {**case, "expected": {**expected, "text": text, "tool_calls": calls}}
    made = [call for call in got["tool_calls"] if call["name"] not in ASKING]
    lines: list[str] = check.compare(case, {"text": got["text"], "tool_calls": made, "error": None})
    if len({call["id"] for call in got["tool_calls"]}) != len(got["tool_calls"]):
        lines.append("two calls have one id")
    wanted = usage_of(case, protocol)
    if "usage" not in (case.get("ambiguous") or ()):
        told = got["usage"] or {}
        lines += [
            f"usage {name}: expected {number}, got {told.get(name)}"
            for name, number in wanted.items()
            if told.get(name) != number
        ]
    return lines


def carried(arguments: Any, protocol: str) -> Any:
    """Arguments as a protocol can carry them: in Messages they are an object."""
    odd = isinstance(arguments, str) and arguments.strip()[:1] not in ("", "{")
    return {"input": arguments} if odd and protocol == "messages" else arguments


def usage_of(case: dict[str, Any], protocol: str) -> dict[str, int]:
    """Tokens of the whole prompt and of the whole answer, as the client protocols count them."""
    usage = case["expected"]["usage"] or {}
    found: dict[str, int] = {}
    if "input_tokens" in usage:
        found["prompt"] = usage["input_tokens"]
        if case["api"] in ("messages", "converse"):
            found["prompt"] += usage.get("cached_input_tokens", 0)
            found["prompt"] += usage.get("cache_write_tokens", 0)
        if case["api"] == "generate_content":  # what its own tools brought into the prompt
            found["prompt"] += (case["expected"]["usage_native"] or {}).get(
                "toolUsePromptTokenCount", 0
            )
    if "output_tokens" in usage:
        found["answer"] = usage["output_tokens"]
        # xAI counts thoughts apart, which passes where the client speaks the same protocol.
        apart = case["provider"] == "xai" and case["api"] == "chat_completions"
        if (apart and protocol != case["api"]) or case["api"] in (
            "generate_content",
            "interactions",
        ):
            found["answer"] += usage.get("reasoning_tokens", 0)
    return found
