"""Tools of the provider, and calls for the caller, through the whole client over loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest

from chimeric import (
    Chimeric,
    ImagePart,
    Message,
    RequestTimeoutError,
    ServerToolChunk,
    TextPart,
    Timeout,
    TokenLogprob,
    Tool,
    ToolCall,
)

KEY = "sk-loopback-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LIMITS = Timeout(read=30, first=2.2, gap=2.2)
SEARCH: dict[str, Any] = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "moon", "queries": ["moon"]},
}
APPROVAL: dict[str, Any] = {
    "id": "mcpr_1",
    "type": "mcp_approval_request",
    "server_label": "zip1",
    "name": "shorten",
    "arguments": '{"url":"https://x.test"}',
}
CALL: dict[str, Any] = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "shorten",
    "arguments": '{"url":"https://x.test"}',
    "status": "completed",
}
COMPUTER: dict[str, Any] = {
    "id": "cu_1",
    "type": "computer_call",
    "call_id": "call_2",
    "action": {"type": "screenshot"},
    "pending_safety_checks": [],
    "status": "completed",
}


def sse(kind: str, **fields: Any) -> bytes:
    name = f"response.{kind}"
    body = json.dumps({"type": name, **fields})
    event = f"event: {name}\ndata: {body}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def item(value: dict[str, Any], index: int = 0) -> list[bytes]:
    begun = {**value, "status": "in_progress"}
    return [
        sse("output_item.added", output_index=index, item=begun),
        sse("output_item.done", output_index=index, item=value),
    ]


def text(said: str, index: int, part: int = 0) -> bytes:
    return sse("output_text.delta", output_index=index, content_index=part, delta=said)


def end() -> bytes:
    return sse("completed", response={"id": "r_1", "status": "completed"}) + b"0\r\n\r\n"


class Script:
    """Answers requests with prepared steps, in order."""

    def __init__(self) -> None:
        self.answers: list[Iterable[bytes | Pause]] = []
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> Iterator[bytes | Pause]:
        yield HEAD
        yield from self.answers.pop(0)

    def input(self, number: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.server.requests[number].json()["input"]
        return items


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    script.server.close()


@pytest.fixture
def client(script: Script) -> Iterator[Chimeric]:
    with Chimeric(openai_api_key=KEY, openai_base_url=script.server.url, max_retries=0) as client:
        yield client


def searching(seconds: float) -> Iterator[bytes | Pause]:
    """A search with an event every 0.3 s, and then an answer."""
    yield sse("output_item.added", output_index=0, item={"id": "ws_1", "type": "web_search_call"})
    for _ in range(int(seconds / 0.3)):
        yield Pause(0.3)
        yield sse("web_search_call.searching", output_index=0, item_id="ws_1")
    yield sse("output_item.done", output_index=0, item=SEARCH)
    yield text("Found.", 1)
    yield end()


def test_a_search_of_three_seconds_lives_while_events_come(
    script: Script, client: Chimeric
) -> None:
    script.answers = [searching(3)]
    stream = client.generate("gpt-4o", "Hi", stream=True, timeout=LIMITS)
    chunks = list(stream)
    told = [tool.status for chunk in chunks for tool in chunk.server_tools]
    assert told == ["started", *["running"] * 10, "completed"]
    assert stream.response.content == "Found."
    search = stream.response.parts[0]
    assert isinstance(search, ServerToolChunk)
    assert (search.kind, search.status) == ("web_search", "completed")
    assert search.input == {"queries": ["moon"]}


def test_a_search_of_three_seconds_lives_for_an_async_caller_too(script: Script) -> None:
    script.answers = [searching(3)]

    async def main() -> str:
        url = script.server.url
        async with Chimeric(openai_api_key=KEY, openai_base_url=url, max_retries=0) as client:
            stream = await client.agenerate("gpt-4o", "Hi", stream=True, timeout=LIMITS)
            return (await stream.collect()).content

    assert asyncio.run(main()) == "Found."


def test_a_search_whose_events_stop_ends_at_gap_and_stands_as_failed(
    script: Script, client: Chimeric
) -> None:
    started = sse("output_item.added", output_index=0, item={**SEARCH, "status": "in_progress"})
    script.answers = [[started, Pause(60), end()]]
    stream = client.generate("gpt-4o", "Hi", stream=True, timeout=LIMITS)
    with pytest.raises(RequestTimeoutError) as caught:
        list(stream)
    assert caught.value.phase == "gap"
    partial = caught.value.partial
    assert partial is not None
    (search,) = partial.parts
    assert isinstance(search, ServerToolChunk)
    assert search.status == "failed"


def test_a_search_that_never_completes_is_completed_by_a_good_end(
    script: Script, client: Chimeric
) -> None:
    started = sse("output_item.added", output_index=0, item={"id": "w", "type": "web_search_call"})
    phase = sse("web_search_call.completed", output_index=0)
    script.answers = [[started, phase, text("Found.", 1), end()]]
    chunks = list(client.generate("gpt-4o", "Hi", stream=True))
    told = [tool.status for chunk in chunks for tool in chunk.server_tools]
    assert told == ["started", "running", "completed"]


def test_blocks_are_numbered_as_they_appear_and_text_is_whole(
    script: Script, client: Chimeric
) -> None:
    script.answers = [
        [
            sse("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="Hm."),
            *item(SEARCH, 1),
            text("One, ", 2),
            text("two, ", 3),
            text("three.", 2),
            end(),
        ]
    ]
    stream = client.generate("gpt-4o", "Hi", stream=True)
    told = [(chunk.block, chunk.delta) for chunk in stream if chunk.delta]
    assert told == [(2, "One, "), (3, "two, "), (2, "three.")]
    assert stream.response.content == "One, two, three."
    texts = [part.text for part in stream.response.parts if isinstance(part, TextPart)]
    assert texts == ["One, three.", "two, "]


def shorten(url: str) -> str:
    """Shorten a URL.

    Args:
        url: the URL.
    """
    raise AssertionError("nobody asked for this function")


@pytest.mark.parametrize(("content", "approve"), [("true", True), ("Not this one.", False)])
def test_an_approval_is_the_callers_though_a_function_has_the_name_of_the_tool(
    script: Script, client: Chimeric, content: str, approve: bool
) -> None:
    script.answers = [[*item(APPROVAL), end()], [text("Done.", 0), end()]]
    tools = [shorten, {"type": "mcp", "server_label": "zip1", "server_url": "https://x.test"}]
    response = client.generate("gpt-4o", "Hi", tools=tools, stream=True).collect()
    assert response.finish_reason == "tool_calls"
    (call,) = response.tool_calls
    assert (call.id, call.name, call.kind) == ("mcpr_1", "mcp_approval", "mcp_approval")
    assert call.parsed() == {
        "server": "zip1",
        "name": "shorten",
        "arguments": {"url": "https://x.test"},
    }
    answer = Message("tool", content, tool_call_id=call.id)
    again = client.generate("gpt-4o", [*response.messages, answer], tools=tools, stream=True)
    assert again.collect().content == "Done."
    asked, answered = script.input(1)[-2:]
    assert asked["type"] == "mcp_approval_request"
    assert answered["type"] == "mcp_approval_response"
    assert answered["approve"] is approve


def test_calls_of_functions_wait_for_the_caller_where_an_approval_stands_beside_them(
    script: Script, client: Chimeric
) -> None:
    script.answers = [[*item(APPROVAL, 0), *item(CALL, 1), end()]]
    response = client.generate("gpt-4o", "Hi", tools=[shorten], stream=True).collect()
    assert [call.kind for call in response.tool_calls] == ["mcp_approval", "function"]
    assert not response.tool_results


def test_a_function_of_the_name_of_the_kind_answers_it(script: Script, client: Chimeric) -> None:
    asked: list[Any] = []

    def mcp_approval(server: str, name: str, arguments: dict[str, Any]) -> bool:
        """Approve a call of the provider's own MCP.

        Args:
            server: its label.
            name: the tool.
            arguments: what it is called with.
        """
        asked.append((server, name, arguments))
        return True

    script.answers = [[*item(APPROVAL), end()], [text("Done.", 0), end()]]
    response = client.generate("gpt-4o", "Hi", tools=[mcp_approval], stream=True).collect()
    assert response.content == "Done."
    assert asked == [("zip1", "shorten", {"url": "https://x.test"})]
    assert script.input(1)[-1]["approve"] is True


def test_a_picture_of_the_screen_answers_a_computer(script: Script, client: Chimeric) -> None:
    script.answers = [[*item(COMPUTER), end()], [text("Seen.", 0), end()]]
    tools = [Tool(name="computer", native={"type": "computer"})]
    response = client.generate("gpt-4o", "Hi", tools=tools, stream=True).collect()
    (call,) = response.tool_calls
    assert call == ToolCall("call_2", "computer", '{"action":{"type":"screenshot"}}', "computer")
    screen = ImagePart(data="iVBO", media_type="image/png")
    answer = Message("tool", (screen,), tool_call_id=call.id)
    client.generate("gpt-4o", [*response.messages, answer], tools=tools, stream=True).collect()
    assert script.input(1)[-1] == {
        "type": "computer_call_output",
        "call_id": "call_2",
        "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBO"},
    }


@pytest.mark.parametrize(("wanted", "top"), [(True, None), (0, None), (3, 3)])
def test_logprobs_are_asked_for_and_shown(
    script: Script, client: Chimeric, wanted: Any, top: int | None
) -> None:
    entry = {"token": "Hi", "logprob": -0.5, "bytes": [72], "top_logprobs": []}
    said = sse("output_text.delta", output_index=0, content_index=0, delta="Hi", logprobs=[entry])
    script.answers = [[said, end()]]
    stream = client.generate("gpt-4o", "Hi", stream=True, logprobs=wanted)
    assert [chunk.logprobs for chunk in stream if chunk.delta] == [(TokenLogprob("Hi", -0.5),)]
    body = script.server.requests[0].json()
    assert body["include"] == ["message.output_text.logprobs"]
    assert body.get("top_logprobs") == top
    assert "logprobs" not in body


def test_events_of_no_known_type_are_shown_as_other(script: Script, client: Chimeric) -> None:
    strange = sse("divination.thrown", bones=3)
    script.answers = [[strange, strange, text("Hi", 0), end()]]
    chunks = list(client.generate("gpt-4o", "Hi", stream=True))
    told = [(t.kind, t.status) for chunk in chunks for t in chunk.server_tools]
    assert told == [("other", "started"), ("other", "completed")]
