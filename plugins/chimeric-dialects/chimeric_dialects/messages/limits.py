"""What Claude models refuse, each by its name, at Anthropic and at Bedrock.

Sources: the Messages API's reference and model pages as of version ``2026-10-21``; the words are
those of its errors.
"""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child
from chimeric_dialects.prompts import Turn

from .errors import bad_request

__all__ = ["ModelLimits"]


_NAME = re.compile(r"claude-(fable|mythos|opus|sonnet|haiku)-(\d+)(?:[-.](\d{1,2}))?(?!\d)")

_SAMPLING = ("temperature", "top_p", "top_k")

_LEVELS = ("low", "medium", "high", "xhigh", "max")

_MOST_TOKENS = {(4, 6): 128_000, (4, 5): 64_000, (4, 0): 32_000}
"""The longest answers, from a version on."""


class ModelLimits:
    """What a model refuses under an API version; no name means a model that refuses nothing."""

    def __init__(self, model: str, version: str) -> None:
        found = _NAME.search(model)
        self._model = model
        self._family = found[1] if found else ""
        self._number: tuple[int, int] = (int(found[2]), int(found[3] or 0)) if found else (0, 0)
        self._without_sampling = version >= "2026-10-21"
        newest = self._family in ("fable", "mythos")
        self.takes_system_turns = newest or (self._family == "opus" and self._number >= (4, 8))
        self._unforced = (newest and self._number >= (5, 1)) or (
            self._family in ("opus", "sonnet") and self._number >= (5, 5)
        )
        self._always_thinks = newest or (self._family == "opus" and self._number >= (5, 5))

    def check_sampling(self, body: dict[str, Any], thinking: str | None = None) -> None:
        """Temperature and the like, alone, together, and beside thinking."""
        given = [key for key in _SAMPLING if body.get(key) is not None]
        for key in given:
            value = body[key]
            if self._without_sampling:
                raise bad_request(key, "Extra inputs are not permitted")
            if self._number >= (4, 7):
                raise bad_request("", f"`{key}` is not supported by this model.")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise bad_request(key, "Input should be a valid number")
            if key != "top_k" and not 0 <= value <= 1:
                word = "less than or equal to 1" if value > 1 else "greater than or equal to 0"
                raise bad_request(key, f"Input should be {word}")
        if self._number >= (4, 1) and {"temperature", "top_p"} <= set(given):
            word = "`temperature` and `top_p` cannot both be specified for this model."
            raise bad_request("", f"{word} Please use only one.")
        if self._number == (0, 0) or thinking not in ("enabled", "adaptive"):
            return
        # The guide to extended thinking, "Feature compatibility".
        if "top_k" in given:
            raise bad_request("", "`top_k` must be unset when thinking is enabled.")
        if body.get("temperature") not in (None, 1):
            word = (
                "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."
            )
            raise bad_request("", word)
        if (body.get("top_p") or 1) < 0.95:
            word = (
                "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled."
            )
            raise bad_request("", word)

    def check_length(self, most: Any) -> None:
        """The length of the answer."""
        limit = next((m for n, m in _MOST_TOKENS.items() if self._number >= n), None)
        if limit is not None and isinstance(most, int) and most > limit:
            word = f"{most} > {limit}, which is the maximum allowed number of output tokens for"
            raise bad_request("max_tokens", f"{word} {self._model}")

    def check_effort(self, body: dict[str, Any]) -> None:
        """The effort: from Opus 4.5 and the others of 4.6 on."""
        effort = child(body, "output_config").get("effort")
        if effort is None or self._number == (0, 0):
            return
        known: tuple[str, ...] = ()
        if self._number >= (4, 7):
            known = _LEVELS
        elif self._number == (4, 6):
            known = ("low", "medium", "high", "max")
        elif (self._family, self._number) == ("opus", (4, 5)):
            known = _LEVELS[:3]
        if not known:
            raise bad_request("", "This model does not support the effort parameter.")
        if effort not in known:
            word = f"This model does not support effort level '{effort}'. Supported levels:"
            raise bad_request("", f"{word} {', '.join(known)}.")

    def check_thinking(self, thinking: str | None, choice: str) -> None:
        """The kind of thinking, and whether a tool may be forced."""
        if self._unforced and choice not in ("auto", "none"):
            word = "tool_choice: this model does not support forcing the use of a tool."
            raise bad_request("", word)
        if self._number == (0, 0):
            return
        if self._number >= (4, 7) and thinking == "enabled":
            word = "Use `thinking.type.adaptive` and `output_config.effort` to control thinking."
            message = f'"thinking.type.enabled" is not supported for this model. {word}'
            raise bad_request("", message)
        if self._number < (4, 6) and thinking == "adaptive":
            raise bad_request("", "adaptive thinking is not supported on this model")
        if thinking == "disabled" and self._always_thinks:
            raise bad_request("", '"thinking.type.disabled" is not supported for this model.')
        if thinking == "between_tools" and (self._family, self._number) < ("sonnet", (5, 5)):
            raise bad_request("", '"thinking.type.between_tools" is not supported for this model.')

    def check_last_turn(self, turn: Turn) -> None:
        """Whether the answer's beginning may be given, and how it ends."""
        if turn.role != "assistant":
            return
        if self._number >= (4, 6):
            word = "The conversation must end with a user message."
            raise bad_request("", f"This model does not support assistant message prefill. {word}")
        if turn.text != turn.text.rstrip():
            word = "final assistant content cannot end with trailing whitespace"
            raise bad_request("messages", word)
