"""Recorded traffic of real servers, next to this project where it is available.

The answers are compared with what the official SDK made of them; in recorded tool loops, the
request that follows an answer must carry the same content as the recorded one.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import chimeric_bedrock as plugin
import pytest
from chimeric_bedrock.eventstream import EventStreamFramer

from chimeric import (
    Delta,
    Event,
    HTTPResponse,
    Message,
    NativePart,
    ProviderConfig,
    ProviderState,
    Request,
    ToolCall,
    ToolCallDelta,
)

SHARED = Path(os.environ.get("CHIMERIC_SHARED") or Path(__file__).parents[4] / "shared")
CORPUS = SHARED / "corpus"
CASES = sorted((CORPUS / "bedrock" / "converse").glob("*.json"))
FOLLOWED = [path for path in CASES if path.stem[-2:] == "-1"]

pytestmark = pytest.mark.skipif(not CASES, reason="the recorded traffic is not available here")


class Folded:
    """What all deltas of an answer add up to."""

    def __init__(self, deltas: list[Delta]) -> None:
        self.text = "".join(d.text or "" for d in deltas)
        self.reasoning = "".join(d.reasoning or "" for d in deltas)
        self.error = next((d.error for d in deltas if d.error), None)
        self.server_tools = [tool for d in deltas for tool in d.server_tools]
        self.citations = [cited for d in deltas for cited in d.citations]
        self.blocks = blocks_of(deltas)
        self.calls: list[list[str]] = []
        for part in (call for d in deltas for call in d.tool_calls):
            if part.name:
                self.calls.append([part.id or "", part.name, ""])
            self.calls[-1][2] += part.arguments
        for name in ("id", "usage_native", "finish_reason_native", "finish_detail", "state"):
            told = [getattr(d, name) for d in deltas if getattr(d, name) is not None]
            setattr(self, name, told[-1] if told else None)

    id: str | None
    usage_native: Any
    finish_reason_native: str | None
    finish_detail: Any
    state: list[Any] | None

    @property
    def message(self) -> Message:
        calls = tuple(ToolCall(*call) for call in self.calls)
        state = ProviderState("bedrock.converse", self.state) if self.state else None
        return Message("assistant", self.text, calls, state=state)


def blocks_of(deltas: list[Delta]) -> dict[Any, str]:
    """The texts of blocks, as the core takes deltas together."""
    found: dict[Any, str] = {}
    last: Any = None
    for delta in deltas:
        if delta.text:
            last = last if delta.block is None else delta.block
            assert last is not None, "the first text of a block names it"
            found[last] = found.get(last, "") + delta.text
    return found


def load(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_bytes())
    return case


def listed(told: Delta | ToolCallDelta | str | list[Delta] | None) -> list[Delta]:
    if told is None:
        return []
    if isinstance(told, list):
        return told
    if isinstance(told, ToolCallDelta):
        return [Delta(tool_calls=(told,))]
    return [Delta(text=told) if isinstance(told, str) else told]


def fold(case: dict[str, Any], size: int = 7) -> Folded:
    response = case["response"]
    body = (
        base64.b64decode(response["body_b64"])
        if "body_b64" in response
        else response["body_text"].encode()
    )
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    if not case["stream"]:
        whole = HTTPResponse(status=200, headers={}, body=body)
        return Folded(listed(plugin.chimeric_parse_response(whole, state)))
    framer = EventStreamFramer()
    events: list[Event] = []
    for place in range(0, len(body), size):
        events += framer.feed(body[place : place + size])
    parsed = [plugin.chimeric_parse_event(event, state) for event in events + framer.end()]
    return Folded([delta for told in parsed for delta in listed(told)])


def is_answer(path: Path) -> bool:
    """Whether it is no error, which is read by its status."""
    return bool(load(path)["response"]["status"] < 400)


@pytest.mark.parametrize("path", list(filter(is_answer, CASES)), ids=lambda path: path.stem)
def test_an_answer_means_what_the_sdk_reads(path: Path) -> None:
    case = load(path)
    expected = case["expected"]
    got = fold(case)
    assert got.error is None
    assert got.text == expected["text"]
    assert "".join(got.reasoning.split()) == "".join((expected["reasoning"] or "").split())
    calls = [(c[0], c[1], json.loads(c[2] or "{}")) for c in got.calls]
    assert calls == [(c["id"], c["name"], c["arguments"]) for c in expected["tool_calls"]]
    assert got.usage_native == expected["usage_native"]
    assert got.finish_reason_native == expected["finish_reason_native"]
    assert not got.server_tools, "none of them ran a tool of the service"
    assert not got.citations
    if not case["stream"]:
        content = json.loads(case["response"]["body_text"])["output"]["message"]["content"]
        texts = [block["text"] for block in content if block.get("text")]
        assert list(got.blocks.values()) == texts


def turns(path: Path) -> list[dict[str, Any]]:
    """The cases of one recorded conversation, in order."""
    stem = path.stem[:-1]
    return [load(p) for n in range(1, 10) if (p := path.with_name(f"{stem}{n}.json")).exists()]


def results_in(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block["toolResult"] for block in content if "toolResult" in block]


def without_thinking_text(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The recording client writes unsigned reasoning into a text; we leave it out."""
    return [block for block in content if not block.get("text", "").startswith("<think>")]


Turn = tuple[Folded, list[dict[str, Any]], list[dict[str, Any]]]


def followed(path: Path) -> Iterator[Turn]:
    """Answers of a conversation that are followed by their tools' results: the answer, the blocks
    by which the recorded client sent it back, and the results."""
    for before, after in pairwise(turns(path)):
        recorded = after["request"]["body"]["messages"]
        if len(recorded) < 2:
            continue
        wanted = without_thinking_text(recorded[-2]["content"])
        results = results_in(recorded[-1]["content"])
        answer = fold(before)
        if results and {c[0] for c in answer.calls} == {r["toolUseId"] for r in results}:
            yield answer, wanted, results


def is_followed(path: Path) -> bool:
    return any(True for _ in followed(path))


@pytest.mark.parametrize("path", list(filter(is_followed, FOLLOWED)), ids=lambda path: path.stem)
def test_the_next_request_carries_what_the_recorded_one_does(
    path: Path, configure: Callable[..., ProviderConfig]
) -> None:
    for answer, wanted, results in followed(path):
        replies = [
            Message("tool", (NativePart(r["content"][0]),), tool_call_id=r["toolUseId"])
            for r in results
        ]
        request = Request(model="anthropic.x", messages=(answer.message, *replies))
        http = plugin.chimeric_build_request(request, configure())
        assert http.body is not None
        assistant, user = http.body["messages"]
        assert assistant["content"] == wanted
        sent = [(r["toolUseId"], r["content"]) for r in results_in(user["content"])]
        assert sent == [(r["toolUseId"], r["content"][:1]) for r in results]
