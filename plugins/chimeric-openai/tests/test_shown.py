"""Every recorded answer over a loopback server: all that stands in its body is shown, once."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, CompletionResponse, GeneratedFile, StreamChunk, TextPart

_spec = importlib.util.spec_from_file_location(
    "openai_recordings",
    Path(__file__).parents[2] / "chimeric-responses" / "tests" / "recordings.py",
)
assert _spec is not None
assert _spec.loader is not None
recordings = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = recordings
_spec.loader.exec_module(recordings)

CASES = [
    case
    for case in recordings.cases(api="responses")
    if case["response"]["status"] < 400 and not case["expected"]["error"]
    and "deepseek-reasoning" not in case["name"]
]  # fmt: skip
pytestmark = pytest.mark.skipif(not CASES, reason="the recordings are not beside this repository")

CALLS = ("function_call", "custom_tool_call", "mcp_approval_request", "apply_patch_call")
RESULTS = ("shell_call_output", "tool_search_output")
KEY = "sk-loopback-0123456789"


class Player:
    """Answers every request with the same bytes."""

    def __init__(self) -> None:
        self.body, self.kind = b"", "application/json"
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> list[bytes]:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {self.kind}\r\ncontent-length: {len(self.body)}"
        return [f"{head}\r\n\r\n".encode(), self.body]


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    player = Player()
    yield player
    player.server.close()


@pytest.fixture(scope="module")
def client(player: Player) -> Iterator[Chimeric]:
    urls = {"openai": player.server.url, "grok": player.server.url}
    keys = {"openai": KEY, "grok": KEY}
    with Chimeric(api_keys=keys, base_urls=urls, max_retries=0) as client:
        yield client


def played(
    player: Player, client: Chimeric, case: dict[str, Any], body: bytes, *, stream: bool
) -> tuple[list[StreamChunk], CompletionResponse]:
    """What a client shows of a body."""
    player.body = body
    player.kind = "text/event-stream" if stream else "application/json"
    model = "grok:m" if case["provider"] == "xai" else "openai:m"
    tools = [{"type": "custom", "name": call["name"]} for call in case["expected"]["tool_calls"]]
    if not stream:
        return [], client.generate(model, "Hi", tools=tools or None)
    running = client.generate(model, "Hi", stream=True, tools=tools or None)
    return list(running), running.response


def items_of(case: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
    """The items of a recorded body, complete."""
    if not case["stream"]:
        return list(json.loads(body)["output"])
    events = [json.loads(event.data) for event in recordings.events(body)]
    done = [e["item"] for e in events if e["type"] == "response.output_item.done"]
    return list(events[-1]["response"]["output"]) or done


def annotations_of(items: list[dict[str, Any]]) -> list[Any]:
    contents = [item["content"] for item in items if item["type"] == "message"]
    parts = [part for content in contents for part in content if isinstance(part, dict)]
    return [a for part in parts for a in part.get("annotations") or ()]


def is_call(item: dict[str, Any]) -> bool:
    return item["type"] in CALLS or item.get("execution") == "client"


def by_id(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata whose tools are in one order: some recorded tools were done in another."""
    tools = sorted(metadata.get("server_tool_calls", []), key=lambda tool: str(tool["id"]))
    return {**metadata, "server_tool_calls": tools}


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_item_and_every_annotation_is_shown_once(
    player: Player, client: Chimeric, case: dict[str, Any]
) -> None:
    body = recordings.checker().body_bytes(case)
    items = items_of(case, body)
    chunks, response = played(player, client, case, body, stream=case["stream"])
    tools = [i for i in items if i["type"] not in ("message", "reasoning") and not is_call(i)]
    ids = [tool["id"] for tool in tools if tool["type"] not in RESULTS]
    shown = [part for part in response.parts if type(part).__name__ == "ServerToolChunk"]
    assert sorted(part.id for part in shown) == sorted(ids)
    assert {part.status for part in shown} <= {"completed", "failed"}
    assert all(part.kind != "other" for part in shown)
    asked = [item for item in items if is_call(item)]
    assert len(response.tool_calls) == len(asked)
    cited = [c.native for part in response.parts if isinstance(part, TextPart)
             for c in part.citations]  # fmt: skip
    assert cited == annotations_of(items)
    assert response.metadata.get("citations", []) == cited
    natives = response.metadata.get("server_tool_calls", [])
    assert sorted(n["id"] for n in natives) == sorted(tool["id"] for tool in tools)
    if case["stream"]:
        told = Counter((t.id, t.status) for chunk in chunks for t in chunk.server_tools)
        assert [told[name, "started"] for name in ids] == [1] * len(ids)
        assert [told[n, "completed"] + told[n, "failed"] for n in ids] == [1] * len(ids)
        assert [c.native for chunk in chunks for c in chunk.citations] == cited


@pytest.mark.parametrize("case", [c for c in CASES if c["stream"]], ids=named)
def test_a_stream_and_the_whole_answer_show_the_same(
    player: Player, client: Chimeric, case: dict[str, Any]
) -> None:
    body = recordings.checker().body_bytes(case)
    last = json.loads(list(recordings.events(body))[-1].data)
    whole = last["response"]
    whole["output"] = items_of(case, body)
    chunks, streamed = played(player, client, case, body, stream=True)
    _, at_once = played(player, client, case, json.dumps(whole).encode(), stream=False)
    assert streamed.parts == at_once.parts
    assert by_id(streamed.metadata) == by_id(at_once.metadata)
    assert [file for chunk in chunks for file in chunk.files if not file.partial] == [
        part for part in at_once.parts if isinstance(part, GeneratedFile)
    ]
