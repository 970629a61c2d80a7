"""Events and cases of Anthropic's Messages and Bedrock's Converse, in few words."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of, sse
from .endings import bedrock_stream

__all__ = [
    "COUNTS",
    "ENDED",
    "METADATA",
    "START",
    "STOP",
    "add",
    "arguments",
    "begin",
    "called",
    "claude",
    "claude_whole",
    "close",
    "converse",
    "converse_whole",
    "end",
    "grown",
    "stopped",
    "text",
    "told",
    "untyped",
    "use",
]

COUNTS = {"input_tokens": 5, "output_tokens": 3}
STOP = {"type": "message_stop"}


def told(type_: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, **fields}


def begin(index: int | None = 0, **block: Any) -> dict[str, Any]:
    return told("content_block_start", index=index, content_block=block)


def add(index: int | None = 0, **delta: Any) -> dict[str, Any]:
    return told("content_block_delta", index=index, delta=delta)


def close(index: int | None = 0) -> dict[str, Any]:
    return told("content_block_stop", index=index)


def text(words: str, index: int | None = 0) -> dict[str, Any]:
    return add(index, type="text_delta", text=words)


def arguments(json: str, index: int | None = 0) -> dict[str, Any]:
    return add(index, type="input_json_delta", partial_json=json)


def end(word: Any, **more: Any) -> dict[str, Any]:
    return told("message_delta", delta={"stop_reason": word}, usage=COUNTS, **more)


def use(name: str, index: int | None = 0, **more: Any) -> dict[str, Any]:
    return begin(index, **{"type": "tool_use", "id": "c1", "name": name, "input": {}, **more})


START = told("message_start", message={"id": "m", "model": "m-1", "content": []})


def claude(name: str, kind: str, *events: Any, **seen: Any) -> Case:
    """A streamed answer of Anthropic; an event is named by its type, bytes stay as they are."""
    named = [event if isinstance(event, bytes) else (event["type"], event) for event in events]
    return Case(name=f"anthropic {name}", kind=kind, provider="anthropic", body=sse(*named), **seen)


def untyped(*events: tuple[str | None, dict[str, Any]]) -> bytes:
    """Events whose data has no type; their names stay."""
    return sse(
        *(event if event[0] else event[1] for event in events),
    )


def claude_whole(name: str, kind: str, body: dict[str, Any], **seen: Any) -> Case:
    return Case(
        name=f"anthropic {name}, whole",
        kind=kind,
        provider="anthropic",
        body=body_of({"type": "message", "id": "m", **body}),
        stream=False,
        **seen,
    )


def converse(name: str, kind: str, *events: Any, **seen: Any) -> Case:
    """A streamed answer of Bedrock."""
    frames = [event if isinstance(event, bytes) else bedrock_stream(event) for event in events]
    return Case(
        name=f"bedrock {name}", kind=kind, provider="bedrock", body=b"".join(frames), **seen
    )


def converse_whole(name: str, kind: str, content: Any, word: Any, **seen: Any) -> Case:
    body = {"output": {"message": {"content": content}}, "stopReason": word}
    whole = {"stream": False, "body": body_of(body)}
    return Case(name=f"bedrock {name}, whole", kind=kind, provider="bedrock", **whole, **seen)


def grown(**delta: Any) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": 0, "delta": delta}


def called(name: str, **more: Any) -> tuple[str, Any]:
    use = {"toolUseId": "t1", "name": name, **more}
    return "contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": use}}


ENDED = ("contentBlockStop", {"contentBlockIndex": 0})


def stopped(word: Any) -> tuple[str, Any]:
    return "messageStop", {} if word is None else {"stopReason": word}


METADATA = ("metadata", {"usage": {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8}})
