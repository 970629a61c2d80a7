"""What OpenAI refuses in the parameters of Responses."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child
from chimeric_dialects.openai.rules import (
    check_metadata,
    check_reasoning_limits,
    expect,
    is_reasoning,
)
from chimeric_dialects.problems import Problem

__all__ = ["check_parameters"]


_KNOWN = frozenset(
    [
        "background",
        "billing",
        "context_management",
        "conversation",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "moderation",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ]
)


def check_parameters(body: dict[str, Any], *, official: bool) -> None:
    """Refuse wrong types and values; for ``official`` models also what they do not take."""
    unknown = [key for key in body if key not in _KNOWN]
    if official and unknown:
        message = f"Unknown parameter: '{unknown[0]}'."
        raise Problem("bad_request", message, param=unknown[0], code="unknown_parameter")
    expect(body, "reasoning", dict, None)
    if official:
        check_metadata(body)
        check_reasoning_limits(body["model"], body, child(body, "reasoning").get("effort"))
    include = expect(body, "include", list, None) or ()
    if official and "reasoning.encrypted_content" in include and not is_reasoning(body["model"]):
        message = "Encrypted content is not supported with this model."
        raise Problem("bad_request", message, param="include")
    expect(body, "stream", bool, None)
    if expect(body, "background", bool, None) and body.get("store") is False:
        message = "Background mode requires 'store' to be true."
        raise Problem("bad_request", message, param="background")
    limit = expect(body, "max_output_tokens", int, None)
    if official and limit is not None and limit < 16:
        message = (
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, "
            f"but got {limit} instead."
        )
        code = "integer_below_min_value"
        raise Problem("bad_request", message, param="max_output_tokens", code=code)
