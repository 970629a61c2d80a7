"""What recorded answers show besides text and calls: each thing once, streamed and whole alike."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chimeric_anthropic as plugin
import msgspec
import pytest

from chimeric import Delta, HTTPResponse, Request

SHARED = Path(os.environ.get("CHIMERIC_SHARED") or Path(__file__).parents[4] / "shared")
CASES = sorted(
    path
    for provider in ("anthropic", "gateway", "bedrock")
    for path in (SHARED / "corpus" / provider / "messages").glob("*.json")
)
SPOKEN = ("text", "thinking", "redacted_thinking", "tool_use")
GROWTH = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}

pytestmark = pytest.mark.skipif(not CASES, reason="the recorded traffic is not available here")

Block = dict[str, Any]
Stream = Callable[..., list[Delta]]


def events_of(case: Block) -> list[Block]:
    """The events of a recorded stream, by a reading of our own."""
    lines = case["response"]["body_text"].splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


def content_of(events: list[Block]) -> list[Block]:
    """The blocks that a stream adds up to."""
    blocks: dict[int, Block] = {}
    written: dict[int, str] = {}
    for event in events:
        index = event.get("index", -1)
        if event["type"] == "content_block_start":
            blocks[index] = {**event["content_block"]}
        if event["type"] != "content_block_delta":
            continue
        delta = event["delta"]
        if name := GROWTH.get(delta["type"]):
            blocks[index][name] = (blocks[index].get(name) or "") + delta[name]
        elif delta["type"] == "input_json_delta":
            written[index] = written.get(index, "") + delta["partial_json"]
        elif delta["type"] == "citations_delta":
            known = blocks[index].get("citations") or []
            blocks[index]["citations"] = [*known, delta["citation"]]
        elif delta["type"] == "compaction_delta":
            blocks[index]["content"] = delta["content"]
    for index, text in written.items():
        blocks[index]["input"] = json.loads(text or "{}")
    return list(blocks.values())


def streamed(message: Block) -> Iterator[Block]:
    """A whole message as a stream."""
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        bare = {**block, "citations": None} if block["type"] == "text" else {**block}
        grown = []
        for kind, name in GROWTH.items():
            if block["type"] in ("text", "thinking") and name in block:
                bare[name] = ""
                grown.append({"type": kind, name: block[name]})
        cites = [{"type": "citations_delta", "citation": c} for c in block.get("citations") or ()]
        if block.get("input"):
            bare["input"] = {}
            grown.append({"type": "input_json_delta", "partial_json": json.dumps(block["input"])})
        yield {"type": "content_block_start", "index": index, "content_block": bare}
        for delta in (*cites, *grown):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": message["stop_reason"]},
        "usage": message["usage"],
    }
    yield {"type": "message_stop"}


def whole(message: Block) -> list[Delta]:
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(message))
    told = plugin.chimeric_parse_response(response, state)
    return [told] if isinstance(told, Delta) else told


def shown(deltas: list[Delta]) -> dict[str, Any]:
    """All that deltas say of blocks, in a form that can be compared."""
    texts: dict[Any, str] = {}
    cited: dict[Any, list[Any]] = {}
    last: Any = None
    for delta in deltas:
        last = delta.block if delta.block is not None and (delta.text or delta.citations) else last
        if delta.text:
            texts[last] = texts.get(last, "") + delta.text
        if delta.citations:
            cited.setdefault(last, []).extend(delta.citations)
    tools = [tool for delta in deltas for tool in delta.server_tools]
    return {
        "texts": list(texts.values()),
        "citations": list(cited.values()),
        "tools": [
            (tool.id, tool.kind, tool.name, tool.status, tool.output, tool.native)
            for tool in tools
            if tool.status != "input_streaming"
        ],
        "inputs": [(tool.id, tool.input) for tool in tools if tool.status == "running"],
        "files": [file for delta in deltas for file in delta.files],
        "calls": [part.id for delta in deltas for part in delta.tool_calls if part.id],
        "state": deltas[-1].state,
        "reason": next(d.finish_reason for d in reversed(deltas) if d.finish_reason),
    }


def message_of(case: Block) -> Block:
    if not case["stream"]:
        message: Block = json.loads(case["response"]["body_text"])
        return message
    events = events_of(case)
    ends = [event for event in events if event["type"] == "message_delta"]
    content = content_of(events)
    return {"content": content, **ends[-1]["delta"], "usage": {"input_tokens": 1}}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_tool_begins_and_ends_once_and_every_citation_is_told_once(
    path: Path, stream: Stream
) -> None:
    case = json.loads(path.read_bytes())
    if case["response"]["status"] >= 400 or "wire:duplicate_message_start" in case["features"]:
        return  # no answer; test_recordings.py has both
    message = message_of(case)
    complete = shown(whole(message))
    live = shown(stream(*(events_of(case) if case["stream"] else streamed(message))))
    assert live == complete
    content = message["content"]
    uses = {b["id"] for b in content if b["type"] in ("server_tool_use", "mcp_tool_use")}
    results = {b["tool_use_id"] for b in content if "tool_use_id" in b}
    others = [b for b in content if not b["type"].endswith(("_use", "_result"))]
    others = [b for b in others if b["type"] not in SPOKEN]
    begun = Counter(tool[0] for tool in live["tools"] if tool[3] == "started")
    ended = Counter(tool[0] for tool in live["tools"] if tool[3] in ("completed", "failed"))
    assert set(begun.values()) <= {1}
    assert set(ended.values()) <= {1}
    assert len(begun) == len(uses | results) + len(others)
    # What is left open belongs to a turn that pauses, or to one whose tools the caller runs.
    assert set(begun) - set(ended) == uses - results
    assert not uses - results or live["reason"] in ("pause", "tool_calls")
    cited = [c for block in content for c in block.get("citations") or ()]
    assert [c.native for group in live["citations"] for c in group] == cited
    texts = [block["text"] for block in content if block["type"] == "text" and block["text"]]
    assert live["texts"] == texts
