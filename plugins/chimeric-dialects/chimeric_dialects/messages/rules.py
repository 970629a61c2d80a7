"""What Anthropic refuses in the fields of Messages."""

from __future__ import annotations

from typing import Any

from .errors import bad_request

__all__ = ["check_fields", "check_numbers"]


_KNOWN = frozenset(
    [
        "cache_control",
        "container",
        "context_management",
        "diagnostics",
        "fallbacks",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user_profile_id",
    ]
)


def check_fields(body: dict[str, Any], *, strict: bool) -> None:
    """Refuse a body without its required fields and, if ``strict``, with unknown ones."""
    for key in ("model", "messages", "max_tokens"):
        if body.get(key) is None:
            raise bad_request(key, "Field required")
    for key in body if strict else ():
        if key not in _KNOWN:
            raise bad_request(key, "Extra inputs are not permitted")


def check_numbers(body: dict[str, Any]) -> None:
    """Refuse a wrong limit or switch."""
    limit = body["max_tokens"]
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise bad_request("max_tokens", "Input should be a valid integer")
    if limit < 1:
        raise bad_request("max_tokens", "Input should be greater than or equal to 1")
    stops = body.get("stop_sequences") or ()
    # litellm, issue 3286.
    if any(isinstance(stop, str) and not stop.strip() for stop in stops):
        raise bad_request("stop_sequences", "each stop sequence must contain non-whitespace")
    if body.get("stream") is not None and not isinstance(body["stream"], bool):
        raise bad_request("stream", "Input should be a valid boolean")
