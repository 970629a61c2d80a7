"""Blocks of Anthropic's answers, streamed and whole, and what was read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import chimeric_anthropic as plugin
import msgspec

from chimeric import (
    Citation,
    Delta,
    GeneratedFile,
    HTTPResponse,
    Request,
    ServerToolChunk,
)

Stream = Callable[..., list[Delta]]
Block = dict[str, Any]


def start(index: int, value: Block) -> Block:
    return {"type": "content_block_start", "index": index, "content_block": value}


def grown(index: int, **delta: Any) -> Block:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> Block:
    return {"type": "content_block_stop", "index": index}


def end(reason: str = "end_turn") -> list[Block]:
    return [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]


def call(id_: str, name: str, given: Block | None = None, **more: Any) -> Block:
    return {"type": "server_tool_use", "id": id_, "name": name, "input": given or {}, **more}


def result(id_: str, name: str, content: Any, **more: Any) -> Block:
    return {"type": f"{name}_tool_result", "tool_use_id": id_, "content": content, **more}


def streamed(content: list[Block], reason: str = "end_turn") -> Iterator[Block]:
    """Content as the service streams it: inputs and texts in pieces."""
    for index, block in enumerate(content):
        blank = {**block, "input": {}} if "input" in block else {**block}
        if block["type"] in ("text", "thinking"):
            blank = {"type": block["type"], block["type"]: ""}
        yield start(index, blank)
        for cited in block.get("citations") or ():
            yield grown(index, type="citations_delta", citation=cited)
        for name in ("text", "thinking"):
            if block["type"] == name:
                for piece in (block[name][:3], block[name][3:]):
                    yield grown(index, type=f"{name}_delta", **{name: piece})
        if block.get("input"):
            text = msgspec.json.encode(block["input"]).decode()
            for piece in ("", text[:5], text[5:]):
                yield grown(index, type="input_json_delta", partial_json=piece)
        yield stop(index)
    yield from end(reason)


def whole(content: list[Block], reason: str = "end_turn") -> list[Delta]:
    body = {"type": "message", "id": "m", "content": content, "stop_reason": reason, "usage": {}}
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    told = plugin.chimeric_parse_response(response, state)
    return [told] if isinstance(told, Delta) else told


def tools(deltas: list[Delta]) -> list[ServerToolChunk]:
    return [tool for delta in deltas for tool in delta.server_tools]


def final(deltas: list[Delta]) -> dict[str, ServerToolChunk]:
    """What all chunks of each tool say together."""
    found: dict[str, ServerToolChunk] = {}
    for tool in tools(deltas):
        told = {
            name: value
            for name in ("kind", "name", "status", "input", "output", "native")
            if (value := getattr(tool, name)) is not None
        }
        found[tool.id] = msgspec.structs.replace(found.get(tool.id, tool), **told, input_delta="")
    return found


def texts(deltas: list[Delta]) -> list[tuple[str, list[Citation]]]:
    """Texts of the blocks with their citations, as the core takes deltas together."""
    found: dict[Any, tuple[str, list[Citation]]] = {}
    last: Any = None
    for delta in deltas:
        if delta.text or delta.citations:
            last = last if delta.block is None else delta.block
            assert last is not None, "the first text of a block names it"
            text, cited = found.get(last, ("", []))
            found[last] = (text + (delta.text or ""), [*cited, *delta.citations])
    return list(found.values())


def files(deltas: list[Delta]) -> list[GeneratedFile]:
    return [file for delta in deltas for file in delta.files]


def both(stream: Stream, *content: Block, reason: str = "end_turn") -> list[Delta]:
    """The deltas of the stream, after those of the whole answer were found to say the same."""
    live, complete = stream(*streamed(list(content), reason)), whole(list(content), reason)
    assert final(live) == final(complete)
    assert texts(live) == texts(complete)
    assert files(live) == files(complete)
    assert live[-1].state == complete[-1].state
    return live
