"""What OpenAI refuses in the parameters of Chat Completions."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import is_array
from chimeric_dialects.openai.rules import check_metadata, check_reasoning_limits, expect
from chimeric_dialects.problems import Problem

__all__ = ["check_parameters"]


_KNOWN = frozenset(
    [
        "messages",
        "model",
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "metadata",
        "modalities",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    ]
)
"""The parameters that exist (types of the official SDK 3.54)."""


_RANGES = (
    ("temperature", 0, 2),
    ("top_p", 0, 1),
    ("frequency_penalty", -2, 2),
    ("presence_penalty", -2, 2),
)


def check_parameters(body: dict[str, Any], model: str, *, official: bool) -> None:
    """Refuse values out of range; for ``official`` models also what they do not take."""
    unknown = [key for key in body if key not in _KNOWN]
    if official and unknown:
        message = f"Unrecognized request argument supplied: {unknown[0]}"
        raise Problem("bad_request", message, param=unknown[0], code="unknown_parameter")
    expect(body, "stream", bool, None)
    expect(body, "max_tokens", int, None)
    expect(body, "max_completion_tokens", int, None)
    expect(body, "seed", int, None)
    for key, low, high in _RANGES:
        value = body.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            message = f"Invalid type for '{key}': expected a decimal, but got {value!r} instead."
            raise Problem("bad_request", message, param=key, code="invalid_type")
        if not low <= value <= high:
            side, bound = ("above_max", high) if value > high else ("below_min", low)
            word = "maximum" if value > high else "minimum"
            message = (
                f"Invalid '{key}': decimal {side.split('_')[0]} {word} value. Expected a value "
                f"{'<=' if value > high else '>='} {bound}, but got {value} instead."
            )
            raise Problem("bad_request", message, param=key, code=f"decimal_{side}_value")
    if (body.get("n") or 1) != 1:
        raise Problem("bad_request", "This server makes one choice: 'n' must be 1.", param="n")
    stop = body.get("stop")
    # OpenAI, Groq and Cerebras say "up to 4", DeepSeek 16, others nothing (API references).
    if official and is_array(stop) and len(stop) > 4:
        message = "Invalid 'stop': array too long. Expected an array with maximum length 4."
        raise Problem("bad_request", message, param="stop", code="array_above_max_length")
    if official:
        check_metadata(body)
        check_reasoning_limits(model, body, body.get("reasoning_effort"))
