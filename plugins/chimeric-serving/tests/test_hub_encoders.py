"""An answer out of a hub is the same, byte for byte, as one that was never in a store."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

from chimeric_serving import (
    AGUIEncoder,
    NDJSONEncoder,
    SSEEncoder,
    StreamHub,
    UIStreamEncoder,
    encode,
)

from chimeric import (
    Chimeric,
    Citation,
    CompletionResponse,
    Delta,
    GeneratedFile,
    ImagePart,
    Pause,
    ServerToolChunk,
    StreamChunk,
    ToolCall,
    ToolCallDelta,
    Usage,
    hookimpl,
    wait,
)

from .hub_app import run

SEARCH: dict[str, Any] = {"id": "ws", "kind": "web_search", "name": "web_search"}
ENCODERS = {
    "sse": SSEEncoder,
    "ndjson": NDJSONEncoder,
    "ui": lambda: UIStreamEncoder(message_id="m1"),
    "ui5": lambda: UIStreamEncoder(message_id="m1", sdk=5),
    "ag-ui": lambda: AGUIEncoder(thread_id="t", run_id="r"),
}


def weather(city: str) -> Any:
    """Tell the weather.

    Args:
        city: where.
    """
    yield {"looked": city}
    if city == "Atlantis":
        raise KeyError("postgres://secret")
    return {"sky": "grey", "city": city}


def delete(path: str) -> str:
    """Delete a file.

    Args:
        path: which one.
    """
    return path


class Scripted:
    """Answers in the provider's place, with everything that a chunk can show."""

    turns = 0

    @hookimpl
    def chimeric_answer(self) -> Any:
        self.turns += 1
        return self.first() if self.turns == 1 else self.second()

    def first(self) -> Any:
        yield Delta(reasoning="Hm. ")
        yield from wait(0.01)
        yield Delta(reasoning="A search.")
        yield Delta(server_tools=(ServerToolChunk(**SEARCH, status="started"),))
        done = {"status": "completed", "input": {"query": "q"}, "output": [{"url": "u"}]}
        yield Delta(server_tools=(ServerToolChunk(**SEARCH, **done),))
        yield "Grüße\u2028, "
        cited = Citation(url="https://a.example", title="A", start=0, end=3)
        yield Delta(text="see there.", citations=(cited,))
        picture = ImagePart(data="aGk=", media_type="image/png")
        yield Delta(files=(GeneratedFile("ig", picture),))
        for number, city in enumerate(("Rome", "Atlantis")):
            call = {"index": number, "id": f"c{number}", "name": "weather"}
            yield Delta(tool_calls=(ToolCallDelta(**call, arguments='{"city":'),))
            yield Delta(tool_calls=(ToolCallDelta(index=number, arguments=f'"{city}"}}'),))
        yield Delta(finish_reason="tool_calls", usage=Usage.of(3, 4))

    def second(self) -> Any:
        yield "And now "
        yield from wait(0.01)
        yield "the file."
        call = {"index": 0, "id": "d", "name": "delete", "arguments": '{"path":"x"}'}
        yield Delta(tool_calls=(ToolCallDelta(**call),))
        yield Delta(finish_reason="tool_calls", usage=Usage.of(5, 6))

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> Any:
        return Pause("delete it?") if call.name == "delete" else None


class Kept:
    """Chunks that came, as a stream."""

    def __init__(self, chunks: list[StreamChunk], response: CompletionResponse[Any]) -> None:
        self.chunks = chunks
        self.response = response

    async def __aiter__(self) -> AsyncIterator[StreamChunk]:
        for chunk in self.chunks:
            yield chunk


class Teed(Kept):
    """A stream whose chunks are kept as they pass."""

    def __init__(self, stream: Any) -> None:
        super().__init__([], CompletionResponse())
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[StreamChunk]:
        async for chunk in self.stream:
            self.chunks.append(copy.deepcopy(chunk))  # what is told of the call grows at its end
            yield chunk
        self.response = self.stream.response


async def encoded(stream: Any, name: str) -> list[bytes]:
    return [event async for event in encode(stream, ENCODERS[name]())]


def test_every_encoder_writes_what_it_would_write_of_the_stream_itself(backend: str) -> None:
    async def main() -> None:
        async with Chimeric(plugins=[Scripted()]) as client, StreamHub() as hub:
            ask: dict[str, Any] = {"stream": True, "tools": [weather, delete]}
            teed = Teed(await client.agenerate("sim:echo", "Hi", **ask))
            key = await hub.start(teed)
            async with await hub.join(key) as reader:
                told = [chunk async for chunk in reader]
            assert reader.response is not None
            assert [call.id for call in reader.response.pending] == ["d"]
            assert len(told) == len(teed.chunks) > 15
            for seen in ("server_tools", "citations", "files", "tool_calls", "tool_results"):
                assert any(getattr(chunk, seen) for chunk in told), seen
            for name in ENCODERS:
                direct = await encoded(Kept(teed.chunks, teed.response), name)
                assert await encoded(await hub.join(key), name) == direct, name
                assert not any(b"postgres" in event for event in direct)

    run(backend, main)
