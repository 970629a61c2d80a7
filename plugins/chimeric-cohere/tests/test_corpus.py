"""Recordings of real answers, where they are at hand: all of them, and the turns after them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import chimeric_cohere
import pytest
from chimeric_cohere.parser import Answer

from chimeric import (
    Delta,
    HTTPResponse,
    Message,
    ProviderConfig,
    ProviderState,
    Request,
    SSEFramer,
    ToolCall,
)

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared")) / "corpus"
if not (CORPUS / "check.py").exists():
    pytest.skip("the recordings are not at hand", allow_module_level=True)
sys.path.insert(0, str(CORPUS))
import check  # noqa: E402

sys.path.remove(str(CORPUS))  # its folders are named as the SDKs are

CASES = list(check.load_cases(CORPUS, provider="cohere"))
DECLARED = chimeric_cohere.chimeric_provider()
CONFIG = ProviderConfig(name="cohere", base_url=DECLARED.base_url, declaration=DECLARED)


def read(case: dict[str, Any], mode: str = "random") -> list[Delta]:
    answer = Answer()
    if not case["stream"]:
        reply = HTTPResponse(status=200, headers={}, body=check.body_bytes(case))
        return flat([chimeric_cohere.chimeric_parse_response(reply, answer)])
    framer = SSEFramer()
    events = [event for data in check.chunks(case, mode) for event in framer.feed(data)]
    said = [chimeric_cohere.chimeric_parse_event(event, answer) for event in events + framer.end()]
    return flat(said)


def flat(said: list[Any]) -> list[Delta]:
    """What a parser told, as deltas."""
    told = [d for one in said if one for d in (one if isinstance(one, list) else [one])]
    return [Delta(text=d) if isinstance(d, str) else d for d in told]


def calls(deltas: list[Delta]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for part in (part for delta in deltas for part in delta.tool_calls):
        call = found.setdefault(part.index or 0, {"id": None, "name": None, "arguments": ""})
        call["id"], call["name"] = call["id"] or part.id, call["name"] or part.name
        call["arguments"] += part.arguments
    return list(found.values())


@pytest.mark.parametrize("mode", ["random", "bytes", "whole"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_a_recorded_answer_is_read_as_the_official_sdk_read_it(case, mode):
    deltas = read(case, mode)
    end = next(d for d in deltas if d.finish_reason)
    got = {
        "text": "".join(d.text or "" for d in deltas),
        "tool_calls": calls(deltas),
        "finish_reason_native": end.finish_reason_native,
        "id": next(d.id for d in deltas if d.id),
    }
    expected = case["expected"]
    assert check.compare(case, got) == []
    reasoning = "".join(d.reasoning or "" for d in deltas) or None
    assert reasoning == (expected.get("tool_plan") or expected["reasoning"])
    assert end.usage_native == expected["usage_native"]
    assert end.usage is not None
    assert end.usage.prompt_tokens == expected["usage"]["input_tokens"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_a_citation_of_a_recording_stands_for_the_text_that_it_names(case):
    deltas = read(case)
    blocks: dict[Any, str] = {}
    block = None
    for delta in deltas:
        if not delta.reasoning:
            block = block if delta.block is None else delta.block
            blocks[block] = blocks.get(block, "") + (delta.text or "")
    body = check.body_bytes(case).decode()
    assert any(d.citations for d in deltas) == ('"sources"' in body)
    for citation in (c for d in deltas for c in d.citations):
        said = blocks[block][citation.start : citation.end]
        assert citation.native is None or citation.native["text"] == said
        assert f'"id":"{citation.source}"' in body
        assert citation.text
    listed = [c.native for d in deltas for c in d.citations if c.native]
    assert body.count('"sources"') == len(listed)


def added(case: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """What the later request has more; nothing where the recorded client began anew."""
    before = len(case["request"]["body"]["messages"])
    told: list[Any] = after["request"]["body"]["messages"][before:]
    return told


def pairs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    by_turn = {(c["group"], c["turn"]): c for c in CASES if c["request"].get("body")}
    return [
        (case, after)
        for (group, turn), case in by_turn.items()
        if case["expected"]["tool_calls"] and (after := by_turn.get((group, turn + 1)))
        if added(case, after)
    ]


@pytest.mark.parametrize(("case", "after"), pairs(), ids=lambda c: c["name"])
def test_the_next_request_carries_the_plan_the_calls_and_the_results(case, after):
    recorded = added(case, after)
    deltas = read(case)
    made = tuple(ToolCall(c["id"], c["name"], c["arguments"]) for c in calls(deltas))
    state = next(d.state for d in deltas if d.state)
    message = Message("assistant", tool_calls=made, state=ProviderState(Answer.api, state))
    results = [
        Message("tool", m["content"][0]["document"]["data"], tool_call_id=m["tool_call_id"])
        for m in recorded[1:]
    ]
    request = Request(model="command-r", messages=(Message("user", "x"), message, *results))
    sent: Any = chimeric_cohere.chimeric_build_request(request, CONFIG).body
    assert sent["messages"][1] == recorded[0]
    assert [m["tool_call_id"] for m in sent["messages"][2:]] == [
        m["tool_call_id"] for m in recorded[1:]
    ]
