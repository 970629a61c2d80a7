"""What Anthropic refuses in the fields of Messages."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.prompts import Turn

from .errors import bad_request

__all__ = ["ModelLimits", "check_fields", "check_numbers"]


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


_SAMPLING = ("temperature", "top_p", "top_k")


_NEWER = re.compile(r"claude-(?:opus-4-[78]|opus-5|sonnet-5|haiku-5|fable|mythos)")


_UNFORCED = re.compile(r"claude-(?:fable-5-[12]|mythos-5-[12]|opus-5-5|sonnet-5-5)")


_WITH_SYSTEM_TURNS = re.compile(r"claude-(?:opus-4-8|opus-5|fable-5|mythos-5)")


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
    if body.get("stream") is not None and not isinstance(body["stream"], bool):
        raise bad_request("stream", "Input should be a valid boolean")


class ModelLimits:
    """What a model refuses under an API version; no name means a model that refuses nothing."""

    def __init__(self, model: str, version: str) -> None:
        self._newer = _NEWER.search(model) is not None
        self._unforced = _UNFORCED.search(model) is not None
        self._without_sampling = version >= "2026-10-21"
        self.takes_system_turns = _WITH_SYSTEM_TURNS.search(model) is not None

    def check_sampling(self, body: dict[str, Any]) -> None:
        """Temperature and the like."""
        for key in _SAMPLING:
            value = body.get(key)
            if value is None:
                continue
            if self._without_sampling:
                raise bad_request(key, "Extra inputs are not permitted")
            if self._newer:
                raise bad_request("", f"`{key}` is not supported by this model.")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise bad_request(key, "Input should be a valid number")
            if key != "top_k" and not 0 <= value <= 1:
                word = "less than or equal to 1" if value > 1 else "greater than or equal to 0"
                raise bad_request(key, f"Input should be {word}")

    def check_thinking(self, thinking: str | None, choice: str) -> None:
        """The kind of thinking, and whether a tool may be forced."""
        if self._unforced and choice not in ("auto", "none"):
            word = "tool_choice: this model does not support forcing the use of a tool."
            raise bad_request("", word)
        if self._newer and thinking == "enabled":
            word = "Use `thinking.type.adaptive` and `output_config.effort` to control thinking."
            message = f'"thinking.type.enabled" is not supported for this model. {word}'
            raise bad_request("", message)

    def check_last_turn(self, turn: Turn) -> None:
        """Whether the answer's beginning may be given."""
        if turn.role == "assistant" and self._newer:
            word = "The conversation must end with a user message."
            raise bad_request("", f"This model does not support assistant message prefill. {word}")
