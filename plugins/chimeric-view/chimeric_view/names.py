"""Names and words that protocols are made of, and that tell nothing of what was said."""

from __future__ import annotations

import re
import sys

import msgspec

__all__ = ["COMMON", "COUNTED", "FREE", "STRUCTURAL", "WORD", "names_of"]

COMMON = frozenset(
    (
        # answers
        *("annotations", "choices", "code", "content", "created", "created_at", "delta", "done"),
        *("details", "error", "event", "finish_reason", "id", "index", "logprobs", "message"),
        *("model", "name", "object", "output", "param", "reason", "reasoning", "refusal"),
        *("request_id", "role", "status", "stop_reason", "text", "tool_calls", "type", "usage"),
        *("arguments", "function", "item", "item_id", "output_index", "content_index", "response"),
        *("sequence_number", "system_fingerprint", "service_tier", "obfuscation", "provider"),
        # usage
        *("completion_tokens", "input_tokens", "output_tokens", "prompt_tokens", "total_tokens"),
        *("cached_tokens", "reasoning_tokens", "audio_tokens", "prompt_tokens_details"),
        *("completion_tokens_details", "input_tokens_details", "output_tokens_details"),
        *("accepted_prediction_tokens", "rejected_prediction_tokens", "image_tokens"),
        # requests
        *("contents", "include", "include_usage", "input", "instructions", "json_schema", "key"),
        *("generationConfig", "inferenceConfig", "max_completion_tokens", "max_output_tokens"),
        *("max_tokens", "maxOutputTokens", "maxTokens", "messages", "metadata", "n", "options"),
        *("parallel_tool_calls", "parameters", "parts", "properties", "reasoning_effort"),
        *("response_format", "schema", "seed", "stop", "store", "stream", "stream_options"),
        *("strict", "system", "systemInstruction", "temperature", "thinking", "tool_choice"),
        *("tools", "top_k", "top_p", "toolConfig", "description", "required", "effort"),
        # chunks
        *("arguments_delta", "block", "citations", "files", "server_tools", "tool_results"),
        *("turn", "call_id", "is_error", "duration", "kind", "endpoint", "url"),
        *("finish_reason_native", "usage_native"),
    )
)
"""Names of members that are shown besides those of the provider's own structs."""

FREE = frozenset(
    (
        *(b"args", b"arguments", b"input", b"inputs", b"json", b"labels", b"logit_bias"),
        *(b"parameters", b"parametersJsonSchema", b"parsed", b"partial_json", b"properties"),
        *(b"result", b"results", b"schema", b"user_metadata", b"documents", b"bias"),
    )
)
"""Names of members whose value is the caller's or the model's own, with names of their making."""

STRUCTURAL = frozenset(
    (
        *(b"block_type", b"category", b"event", b"event_type", b"finishReason", b"finish_reason"),
        *(b"kind", b"modality", b"object", b"phase", b"probability", b"provider", b"reason"),
        *(b"role", b"service_tier", b"severity", b"status", b"stopReason", b"stop_reason"),
        *(b"type", b"done_reason", b"effort", b"reasoning_effort", b"trafficType", b"blockReason"),
    )
)
"""Names of members whose values are words of the protocol."""

COUNTED = re.compile(
    rb"(?:^|_)(?:index|tokens?|count|number|created|created_at|status|seconds|duration|turn|block"
    rb"|code|temperature|top_p|top_k|seed|retry_after)$|(?:Tokens?|Count|Index|Ms|Duration)$"
)
"""Names of members whose numbers count something."""

WORD = re.compile(
    r"[a-z]+(?:[._-][a-z]+){0,7}|[a-z]+(?:[A-Z][a-z]+){1,5}"
    r"|STOP|MAX_TOKENS|COMPLETE|TOOL_CALL|STOP_SEQUENCE|ERROR|ERROR_TOXIC|ERROR_LIMIT|SAFETY"
    r"|RECITATION|LANGUAGE|OTHER|BLOCKLIST|PROHIBITED_CONTENT|SPII|IMAGE_SAFETY"
    r"|MALFORMED_FUNCTION_CALL|UNEXPECTED_TOOL_CALL|TEXT|IMAGE|AUDIO|VIDEO|DOCUMENT|ON_DEMAND"
    r"|HARM_CATEGORY_[A-Z]{4,12}(?:_[A-Z]{4,10})?|NEGLIGIBLE|LOW|MEDIUM|HIGH|UNAVAILABLE"
    r"|INVALID_ARGUMENT|NOT_FOUND|PERMISSION_DENIED|RESOURCE_EXHAUSTED|UNAUTHENTICATED|INTERNAL"
)
"""Values of structural members that are shown: words in small letters, and known constants."""

_known: dict[type, frozenset[str]] = {}


def names_of(native: object) -> frozenset[str]:
    """The names of members in the structs of a provider, told by one of them."""
    kind = type(native)
    known = _known.get(kind)
    if known is None:
        module = vars(sys.modules.get(kind.__module__, msgspec))
        names: set[str] = set()
        for struct in (*module.values(), kind):
            if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
                tag = struct.__struct_config__.tag_field
                names |= {*struct.__struct_encode_fields__, *([tag] if tag else [])}
        known = _known[kind] = frozenset(names)
    return known
