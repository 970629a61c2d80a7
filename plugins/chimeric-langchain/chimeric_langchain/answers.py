"""A whole answer as a message, and the chunks of a stream as message chunks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from chimeric import CompletionResponse, ServerToolChunk, StreamChunk, StreamError, ToolCallChunk

from .blocks import (
    annotation_of,
    arguments_of,
    blocks_of,
    file_of,
    metadata_of,
    name_of,
    result_of,
    usage_of,
)
from .state import stored

__all__ = ["Chunks", "result_of_answer"]

CALLS = ("tool_call", "invalid_tool_call")


def result_of_answer(response: CompletionResponse, *, standard: bool) -> ChatResult:
    """A whole answer; ``standard`` (``output_version="v1"``) puts every block into the content.

    Without, text alone is a string, and reasoning stands in ``additional_kwargs``.
    """
    blocks = blocks_of(response)
    more: dict[str, Any] = stored(response)
    content: Any = blocks
    if not standard:
        if response.reasoning:
            more["reasoning_content"] = response.reasoning
        content = [block for block in blocks if block["type"] not in (*CALLS, "reasoning")]
        if all(block.keys() == {"type", "text"} for block in content):
            content = "".join(block["text"] for block in content)
    metadata = metadata_of(response)
    if standard:
        metadata["output_version"] = "v1"
    message = AIMessage(
        content=content,
        tool_calls=[block for block in blocks if block["type"] == "tool_call"],
        invalid_tool_calls=[block for block in blocks if block["type"] == "invalid_tool_call"],
        usage_metadata=usage_of(response.usage),
        additional_kwargs=more,
        response_metadata=metadata,
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


class Chunks:
    """Makes LangChain's chunks of ours."""

    def __init__(self, *, standard: bool) -> None:
        self._standard = standard
        self._places: dict[tuple[str, Any], int] = {}
        self._calls: dict[str, tuple[int, str, bool]] = {}
        """Of each call by its id: its place, its arguments so far, and whether it is whole."""
        self._tools: dict[str, bool] = {}
        """Ids of tools that the provider runs, and whether their input was shown."""
        self._logprobs: list[Any] = []

    def take(self, chunk: StreamChunk) -> Iterator[ChatGenerationChunk]:
        """What a chunk of ours says."""
        if chunk.metadata.get("restarted"):
            raise StreamError(
                "another model restarted the answer, and what was already sent cannot be taken back"
            )
        if chunk.reasoning:
            yield self._reasoning(chunk.block, chunk.reasoning)
        if chunk.delta:
            yield self._text(chunk.block, chunk.delta)
        if chunk.citations:
            cited = [annotation_of(citation) for citation in chunk.citations]
            block = {"type": "text", "text": "", "annotations": cited}
            yield _content([{**block, "index": self._place("block", chunk.block)}])
        if chunk.refusal:
            block = {"type": "refusal", "refusal": chunk.refusal}
            yield _content([{**block, "index": self._place("refusal", None)}])
        for call in chunk.tool_calls:
            yield from self._called(call)
        for tool in chunk.server_tools:
            yield from self._ran(tool)
        for file in chunk.files:
            if not file.partial:
                yield _content([{**file_of(file), "index": self._place("file", file.id)}])
        self._logprobs.extend(msgspec.to_builtins(chunk.logprobs))

    def end(self, response: CompletionResponse) -> Iterator[ChatGenerationChunk]:
        """The last chunks, with what is known when the answer is over."""
        for place, arguments, whole in self._calls.values():
            if not whole:
                yield _calls(place, args=_unfinished(arguments))
        metadata = metadata_of(response)
        if self._logprobs:
            metadata["logprobs"] = {"content": self._logprobs}
        message = AIMessageChunk(
            content=[] if self._standard else "",
            usage_metadata=usage_of(response.usage),
            additional_kwargs=stored(response),
            response_metadata=metadata,
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=message)

    def _place(self, kind: str, name: Any) -> int:
        return self._places.setdefault((kind, name), len(self._places))

    def _text(self, block: int | None, text: str) -> ChatGenerationChunk:
        if not self._standard:
            return _content(text)
        return _content([{"type": "text", "text": text, "index": self._place("block", block)}])

    def _reasoning(self, block: int | None, text: str) -> ChatGenerationChunk:
        if not self._standard:
            told = {"reasoning_content": text}
            return ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs=told))
        place = self._place("block", block)
        return _content([{"type": "reasoning", "reasoning": text, "index": place}])

    def _called(self, call: ToolCallChunk) -> Iterator[ChatGenerationChunk]:
        place = self._place("call", call.id)
        begins = call.id not in self._calls
        before = "" if begins else self._calls[call.id][1]
        whole = call.status == "completed"
        told = before + call.arguments_delta
        self._calls[call.id] = place, told, whole
        if whole and told != call.arguments:  # the provider told all of them again
            if not begins:
                yield _calls(place, args=_unfinished(before))
            place = self._place("call told again", call.id)
            yield _calls(place, name=call.name, id=call.id, args=call.arguments)
        elif begins:
            yield _calls(place, name=call.name, id=call.id, args=call.arguments_delta)
        elif call.arguments_delta:
            yield _calls(place, args=call.arguments_delta)

    def _ran(self, tool: ServerToolChunk) -> Iterator[ChatGenerationChunk]:
        place = self._place("server tool", tool.id)
        block: dict[str, Any] = {"type": "server_tool_call_chunk", "index": place}
        if tool.id not in self._tools:
            self._tools[tool.id] = False
            yield _content([{**block, "id": tool.id, "name": name_of(tool), "args": ""}])
        if tool.input is not None and not self._tools[tool.id]:
            self._tools[tool.id] = True
            yield _content([{**block, "args": json.dumps(arguments_of(tool))}])
        if tool.status in ("completed", "failed"):
            yield _content([{**result_of(tool), "index": self._place("result", tool.id)}])


def _content(content: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=content))


def _calls(place: int, **told: Any) -> ChatGenerationChunk:
    call = tool_call_chunk(index=place, **told)
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[call]))


def _unfinished(arguments: str) -> str:
    """What makes arguments that broke off ones that cannot be read.

    LangChain completes half a JSON object, and the call would run. A bracket that closes what was
    not opened makes it an ``invalid_tool_call``.
    """
    inside = escaped = False
    stack: list[str] = []
    for char in arguments:
        if inside:
            inside = char != '"' or escaped
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]" and stack:
            stack.pop()
    wrong = "}" if stack and stack[-1] == "]" else "]"
    return ("\\" if escaped else "") + ('"' if inside else "") + wrong
