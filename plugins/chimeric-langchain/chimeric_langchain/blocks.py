"""Parts of an answer as LangChain's standard content blocks."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from chimeric import (
    AudioPart,
    Citation,
    CompletionResponse,
    GeneratedFile,
    ImagePart,
    ReasoningPart,
    ServerToolChunk,
    TextPart,
    ToolCall,
    Usage,
)

__all__ = [
    "annotation_of",
    "arguments_of",
    "blocks_of",
    "file_of",
    "metadata_of",
    "name_of",
    "result_of",
    "usage_of",
]


def blocks_of(response: CompletionResponse) -> list[dict[str, Any]]:
    """All blocks of a whole answer, in their order."""
    made = [block for part in response.parts for block in _blocks(part)]
    if response.refusal:
        made.append({"type": "refusal", "refusal": response.refusal})
    return made


def _blocks(part: Any) -> list[dict[str, Any]]:
    match part:
        case TextPart():
            cited = [annotation_of(citation) for citation in part.citations]
            block: dict[str, Any] = {"type": "text", "text": part.text}
            return [{**block, "annotations": cited} if cited else block]
        case ReasoningPart():
            return [{"type": "reasoning", "reasoning": part.reasoning}]
        case ServerToolChunk():
            call = {"type": "server_tool_call", "id": part.id, "name": name_of(part)}
            return [{**call, "args": arguments_of(part)}, result_of(part)]
        case GeneratedFile():
            return [file_of(part)]
        case _:
            return [_call(part)]


def _call(call: ToolCall) -> dict[str, Any]:
    try:
        args = call.parsed()
    except msgspec.DecodeError:
        args = None
    if isinstance(args, dict):
        return {"type": "tool_call", "id": call.id, "name": call.name, "args": args}
    return {
        "type": "invalid_tool_call",
        "id": call.id,
        "name": call.name,
        "args": call.arguments,
        "error": "the arguments are no JSON object",
    }


def name_of(tool: ServerToolChunk) -> str:
    """What LangChain calls a tool that the provider runs."""
    return tool.name if tool.kind == "other" and tool.name else tool.kind


def arguments_of(tool: ServerToolChunk) -> dict[str, Any]:
    """What a tool that the provider runs was called with."""
    given: Any = msgspec.to_builtins(tool.input, enc_hook=str)
    if given is None:
        return {}
    return cast("dict[str, Any]", given) if isinstance(given, dict) else {"input": given}


def result_of(tool: ServerToolChunk) -> dict[str, Any]:
    """What came of a tool that the provider ran."""
    return {
        "type": "server_tool_result",
        "tool_call_id": tool.id,
        "status": "error" if tool.status == "failed" else "success",
        "output": msgspec.to_builtins(tool.output, enc_hook=str),
    }


def annotation_of(citation: Citation) -> dict[str, Any]:
    """A source of a text."""
    told = {
        "url": citation.url,
        "title": citation.title,
        "cited_text": citation.text,
        "start_index": citation.start,
        "end_index": citation.end,
    }
    made: dict[str, Any] = {key: value for key, value in told.items() if value is not None}
    if citation.source is not None:
        made["extras"] = {"source": citation.source}
    return {"type": "citation", **made}


def file_of(file: GeneratedFile) -> dict[str, Any]:
    """A picture, a sound or a document that the model made."""
    part = file.part
    kind = "audio" if isinstance(part, AudioPart) else "file"
    kind = "image" if isinstance(part, ImagePart) else kind
    told = {
        "base64": part.data,
        "url": part.url,
        "file_id": part.file_id,
        "mime_type": part.media_type,
    }
    made = {key: value for key, value in told.items() if value is not None}
    return {"type": kind, "id": file.id, **made}


def usage_of(usage: Usage) -> UsageMetadata | None:
    """``usage_metadata``; None where the provider sent no counts."""
    if usage.source == "missing":
        return None
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    made = UsageMetadata(
        input_tokens=prompt,
        output_tokens=completion,
        total_tokens=usage.total_tokens or prompt + completion,
    )
    known, thought = InputTokenDetails(), usage.reasoning_tokens
    if usage.cached_tokens is not None:
        known["cache_read"] = usage.cached_tokens
    if usage.cache_write_tokens is not None:
        known["cache_creation"] = usage.cache_write_tokens
    if known:
        made["input_token_details"] = known
    if thought is not None:
        made["output_token_details"] = OutputTokenDetails(reasoning=thought)
    return made


def metadata_of(response: CompletionResponse) -> dict[str, Any]:
    """``response_metadata``. ``model_provider`` is ours: the content is in standard form."""
    told = response.metadata
    made = {
        "model_name": response.model,
        "provider": told.get("provider"),
        "finish_reason": response.finish_reason,
        "finish_reason_native": told.get("finish_reason_native"),
        "id": told.get("id"),
        "request_id": told.get("request_id"),
        "model_provider": "chimeric",
    }
    return {key: value for key, value in made.items() if value is not None}
