"""Structures that are nested deeply: a typed error, whatever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pydantic
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, StructuredOutputError
from chimeric.transport.tool_threads import run_tool
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

DEPTHS = [300, 400, 600, 900, 990, 5_000, 100_000]


class Loose(msgspec.Struct):
    a: Any
    b: int


class Tree(msgspec.Struct):
    a: list[Tree]
    b: int = 0


class Branch(pydantic.BaseModel):
    a: list[Any]
    b: int


def answering(text: str) -> LoopbackServer:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        events: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"content": text}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        ]
        body = b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)
        yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    return LoopbackServer(answer)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kind", [Loose, Tree, Branch])
def test_a_structured_answer_of_any_depth_is_read_or_a_typed_error(kind: Any, depth: int) -> None:
    inner = "[" * depth + "]" * depth
    if kind is Tree:
        inner = '[{"a":' * depth + "[]" + "}]" * depth
    for text in (f'{{"a":{inner},"b":"no"}}', f'{{"a":{inner},"b":1}}'):
        with answering(text) as server, Chimeric(base_url=server.url) as client:
            ask: dict[str, Any] = {"response_format": kind, "stream": True}
            caught: ChimericError | None = None
            try:
                for chunk in client.generate("compatible:m", "Hi", **ask):
                    _ = chunk.partial
            except ChimericError as error:
                caught = error
        if caught is None:
            assert text.endswith('"b":1}')
            continue
        assert isinstance(caught, StructuredOutputError)
        assert caught.partial is not None
        assert caught.partial.content == text


@pytest.mark.parametrize("depth", DEPTHS)
def test_arguments_of_any_depth_are_read_or_refused(depth: int) -> None:
    def tool(a: Any, b: int) -> int:
        return b

    inner = "[" * depth + "]" * depth
    result = run_tool(Tool.from_function(tool), ToolCall("1", "tool", f'{{"a":{inner},"b":"no"}}'))
    assert result.is_error
    assert result.output.startswith("invalid arguments for tool: ")
