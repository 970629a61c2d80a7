"""Messages in the JSON form that the conventions give for span attributes."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric import (
    AudioPart,
    CompletionResponse,
    FilePart,
    GeneratedFile,
    ImagePart,
    Message,
    ReasoningPart,
    Request,
    ServerToolChunk,
    TextPart,
    ToolCall,
)

__all__ = [
    "message_json",
    "messages_json",
    "output_json",
    "plain_json",
    "system_json",
    "tools_json",
]


def system_json(request: Request) -> str | None:
    """``gen_ai.system_instructions``, or None without any."""
    system = request.system()
    return None if system is None else _json([{"type": "text", "content": system}])


def messages_json(request: Request) -> str:
    """``gen_ai.input.messages``: the conversation without system messages."""
    return _json([_message(message) for message in request.conversation()])


def output_json(response: CompletionResponse, ending: str) -> str:
    """``gen_ai.output.messages``: what the model answered; ``ending`` where it gave no reason."""
    parts = [told for part in response.parts for told in _shown(part)]
    if response.refusal:
        parts.append({"type": "text", "content": response.refusal})
    finish = response.finish_reason or ending
    return _json([{"role": "assistant", "parts": parts, "finish_reason": finish}])


def message_json(message: Message, ending: str) -> str:
    """``gen_ai.output.messages`` of a turn that others follow."""
    return _json([{**_message(message), "finish_reason": ending}])


def tools_json(request: Request) -> str | None:
    """``gen_ai.tool.definitions``: the names alone, as the conventions advise; None without any."""
    told = [{"type": "function", "name": tool.name} for tool in request.tools]
    return _json(told) if told else None


def plain_json(value: Any) -> str:
    """Any value as JSON; what has no JSON form is told by its ``str``."""
    return _json(_plain(value))


def _shown(part: Any) -> list[dict[str, Any]]:
    """A block of an answer; a tool that the provider ran is a call and its response."""
    match part:
        case ReasoningPart():
            return [{"type": "reasoning", "content": part.reasoning}]
        case ToolCall():
            return [_call(part)]
        case GeneratedFile():
            return [_part(part.part)]
        case ServerToolChunk():
            call = {"type": part.kind, "arguments": _plain(part.input)}
            told = {"type": "server_tool_call", "id": part.id, "name": part.name}
            if part.status not in ("completed", "failed"):
                return [{**told, "server_tool_call": call}]
            came = {"type": part.kind, "status": part.status, "output": _plain(part.output)}
            answer = {"type": "server_tool_call_response", "id": part.id}
            return [
                {**told, "server_tool_call": call},
                {**answer, "server_tool_call_response": came},
            ]
        case _:
            return [_part(part)]


def _plain(value: Any) -> Any:
    """Plain data, with files as parts without their bytes."""
    if isinstance(value, GeneratedFile):
        return _part(value.part)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[object, object]", value).items()}
    return value


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        part = {
            "type": "tool_call_response",
            "id": message.tool_call_id,
            "response": message.text,
        }
        return {"role": "tool", "parts": [part]}
    if isinstance(message.content, str):
        parts = _texts(message.reasoning, message.content)
    else:
        parts = [*_texts(message.reasoning, ""), *map(_part, message.content)]
    return {"role": message.role, "parts": [*parts, *map(_call, message.tool_calls)]}


def _texts(reasoning: str | None, text: str) -> list[dict[str, Any]]:
    told = (("reasoning", reasoning), ("text", text))
    return [{"type": kind, "content": content} for kind, content in told if content]


def _call(call: ToolCall) -> dict[str, Any]:
    try:
        arguments: Any = msgspec.json.decode(call.arguments)
    except msgspec.DecodeError:
        arguments = call.arguments
    return {"type": "tool_call", "id": call.id, "name": call.name, "arguments": arguments}


def _part(part: Any) -> dict[str, Any]:
    """A part; the bytes of media are left out, since spans are no place for them."""
    if isinstance(part, TextPart):
        return {"type": "text", "content": part.text}
    if not isinstance(part, (ImagePart, FilePart, AudioPart)):
        return {"type": "generic"}
    media: dict[str, Any] = {"mime_type": part.media_type, "modality": _modality(part)}
    if part.url and not part.url.startswith("data:"):
        return {"type": "uri", "uri": part.url, **media}
    if part.file_id:
        return {"type": "file", "file_id": part.file_id, **media}
    return {"type": "blob", **media}


def _modality(part: ImagePart | FilePart | AudioPart) -> str:
    if isinstance(part, ImagePart):
        return "image"
    return "audio" if isinstance(part, AudioPart) else "document"


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
