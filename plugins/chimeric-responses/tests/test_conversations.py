"""Recorded conversations: the next turn, built from what was read of the turn before."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from chimeric_responses import Dialect, ResponsesState, build_request

from chimeric import (
    HTTPResponse,
    Message,
    NativePart,
    Provider,
    ProviderConfig,
    ProviderState,
    Request,
    ToolCall,
)
from chimeric.values.messages import normalize_messages

_spec = importlib.util.spec_from_file_location(
    "responses_recordings", Path(__file__).with_name("recordings.py")
)
assert _spec is not None
assert _spec.loader is not None
recordings = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = recordings
_spec.loader.exec_module(recordings)

PROVIDER = ProviderConfig(name="test", base_url="http://test/v1", declaration=Provider(name="test"))


def pairs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A recorded answer with tool calls, and the recorded request that went on from it."""
    cases = recordings.cases(api="responses")
    by_place = {(c["group"], c["turn"]): c for c in cases if c["request"].get("body")}
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for (group, turn), case in by_place.items():
        after = by_place.get((group, turn + 1))
        calls = {call["id"] for call in case["expected"]["tool_calls"]}
        if after is None or not calls or case["response"]["status"] >= 400:
            continue
        answered = {i.get("call_id") for i in after["request"]["body"]["input"] if is_result(i)}
        if calls <= answered:
            found.append((case, after))
    return found


def is_result(item: dict[str, Any]) -> bool:
    return str(item.get("type")).endswith("_call_output")


PAIRS = pairs()
pytestmark = pytest.mark.skipif(not PAIRS, reason="the recordings are not beside this repository")


def answer(case: dict[str, Any]) -> Message:
    """The assistant message of a recorded answer, as the core would make it."""
    body, state = recordings.checker().body_bytes(case), ResponsesState()
    if case["stream"]:
        folded = recordings.Folded(recordings.deltas(state, body))
    else:
        response = HTTPResponse(status=200, headers={}, body=body)
        folded = recordings.Folded(recordings.several(state.parse_response(response)))
    calls = tuple(ToolCall(c["id"], c["name"], c["arguments"], c["kind"]) for c in folded.calls)
    return Message(
        "assistant",
        folded.text,
        tool_calls=calls,
        state=ProviderState(state.api, folded.last["state"]),
    )


def history(body: dict[str, Any]) -> list[Message]:
    """The recorded input as unified messages; items that are no messages pass as they are."""
    if isinstance(body["input"], str):
        return [Message("user", body["input"])]
    messages: list[Message] = []
    for item in body["input"]:
        if "role" in item and item.get("type", "message") == "message" and "content" in item:
            messages += normalize_messages(item)
        else:
            messages.append(Message("user", (NativePart(item),)))
    return messages


def essence(items: list[dict[str, Any]], spaced: set[str]) -> list[tuple[Any, ...]]:
    """What must be the same in both requests: calls, results and opaque content, in order.

    ``spaced`` are the calls whose namespace the server sent; one recorded client made up others.
    """
    told: list[tuple[Any, ...]] = []
    for item in items:
        kind = item.get("type")
        if kind in ("function_call", "custom_tool_call"):
            space = item.get("namespace") if item["call_id"] in spaced else None
            told.append((kind, item["call_id"], item["name"], space))
        elif is_result(item):
            told.append((kind, item["call_id"], item["output"]))
        elif kind == "reasoning" and item.get("encrypted_content"):
            told.append((kind, item["encrypted_content"]))
    return told


@pytest.mark.parametrize(("case", "after"), PAIRS, ids=lambda c: str(c["name"]).split("/")[-1])
def test_the_next_turn_says_what_the_recorded_one_said(
    case: dict[str, Any], after: dict[str, Any]
) -> None:
    recorded = after["request"]["body"]["input"]
    before = history(case["request"]["body"])
    message = answer(case)
    assert message.state is not None
    calls = {call.id for call in message.tool_calls}
    start = max(i for i, item in enumerate(recorded) if item.get("call_id") in calls
                and not is_result(item))  # fmt: skip
    results: list[Message] = []
    for item in recorded[start + 1 :]:
        if is_result(item):
            output = item["output"]
            parts = output if isinstance(output, str) else tuple(map(NativePart, output))
            results.append(Message("tool", parts, tool_call_id=item["call_id"]))
    request = Request(model="m", messages=(*before, message, *results))
    built = build_request(request, PROVIDER, Dialect())
    assert built.body is not None
    assert built.dropped == ()
    sent = {item["call_id"] for item in message.state.items if item.get("namespace")}
    ours = essence(built.body["input"], sent)
    theirs = essence(recorded, sent)
    missing = [entry for entry in theirs if entry not in ours]
    assert missing == []
    assert [e for e in ours if e in theirs] == theirs
