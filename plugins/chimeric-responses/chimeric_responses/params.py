"""Names of the protocol's own parameters, for ``Provider(params=...)``."""

from __future__ import annotations

__all__ = ["PARAMS"]

PARAMS = (
    *("access_programs", "background", "background_options", "context_management", "conversation"),
    *("include", "input", "instructions", "max_output_tokens", "max_tool_calls", "metadata"),
    *("moderation", "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options"),
    *("prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store"),
    *("stream_options", "text", "top_logprobs", "truncation", "user"),
)
"""What the Responses API takes beside the unified parameters."""
