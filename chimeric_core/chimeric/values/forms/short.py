"""Values as one short line, for a prompt, a log or a debugger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimeric.values.chunks import StreamChunk, ToolCallChunk
    from chimeric.values.responses import CompletionResponse

__all__ = ["chunk_line", "response_line", "shortened", "tool_call_line"]

LONG = 60
"""Characters of a text that are shown."""


def shortened(text: str, size: int = LONG) -> str:
    """A text in quotes, at most so many characters of it, all on one line.

    Example:
        >>> shortened("one\\ntwo and three", 8)
        "'one\\\\ntwo ...'"
    """
    return repr(text if len(text) <= size else f"{text[:size]}...")


def chunk_line(chunk: StreamChunk) -> str:
    """What a chunk says, in a line."""
    told = [f"turn={chunk.turn}"]
    if chunk.block is not None:
        told.append(f"block={chunk.block}")
    texts = {"delta": chunk.delta, "reasoning": chunk.reasoning, "refusal": chunk.refusal}
    told += [f"{name}={shortened(text)}" for name, text in texts.items() if text]
    told += [f"tool_call={call.name!r} {call.status}" for call in chunk.tool_calls]
    told += [f"server_tool={tool.kind} {tool.status}" for tool in chunk.server_tools]
    told += [f"tool_result={shortened(result.output, 30)}" for result in chunk.tool_results]
    rare = {"citations": chunk.citations, "files": chunk.files, "logprobs": chunk.logprobs}
    told += [f"{name}={len(values)}" for name, values in rare.items() if values]
    if chunk.finish_reason:
        told.append(f"finish_reason={chunk.finish_reason!r}")
    return f"StreamChunk({', '.join(told)})"


def tool_call_line(call: ToolCallChunk) -> str:
    """What a chunk says of a call, in a line."""
    delta = f", arguments_delta={shortened(call.arguments_delta)}" if call.arguments_delta else ""
    return f"ToolCallChunk({call.index}, {call.id!r}, {call.name!r}, {call.status}{delta})"


def response_line(response: CompletionResponse[Any]) -> str:
    """What a response says, in a line."""
    told = [shortened(response.content)]
    told += [f"refusal={shortened(response.refusal)}"] if response.refusal else []
    if response.tool_calls:
        told.append(f"tool_calls={[call.name for call in response.tool_calls]}")
    told += [f"finish_reason={response.finish_reason!r}", f"model={response.model!r}"]
    usage = response.usage
    if usage.total_tokens is not None:
        told.append(f"tokens={usage.prompt_tokens}+{usage.completion_tokens}")
    return f"CompletionResponse({', '.join(told)})"
