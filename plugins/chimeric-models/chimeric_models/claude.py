"""What a Claude model takes, read from its name: limits, thinking, effort, sampling, forced calls.

The name is that of any service: ``claude-sonnet-4-5``, ``us.anthropic.claude-sonnet-4-5-...-v1:0``,
``anthropic/claude-sonnet-4.5``. Source: the Messages API reference and the model pages, as of
version ``2026-10-21``; rules with another source name it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

_NAME = re.compile(r"claude-(fable|mythos|opus|sonnet|haiku)-(\d+)(?:[-.](\d{1,2}))?(?!\d)")
_OLD_NAME = re.compile(r"claude-(\d)(?:[-.](\d))?(?!\d)")

BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384}
BUDGET_MAX: Final = 32_000
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
NON_STREAMING_MAX: Final = 21_333
"""More output than this cannot be made within the ten minutes that a plain answer may take."""


class Claude(msgspec.Struct, frozen=True):
    """A model's family and version; ``(0, 0)`` where the name tells nothing."""

    name: str
    version: tuple[int, int]

    @classmethod
    @lru_cache(256)
    def of(cls, model: str) -> Claude:
        """Read a model name.

        Example:
            >>> Claude.of("claude-sonnet-4-5-20250929")
            Claude(name='sonnet', version=(4, 5))
        """
        if found := _NAME.search(model.lower()):
            return cls(found[1], (int(found[2]), int(found[3] or 0)))
        if found := _OLD_NAME.search(model.lower()):
            return cls("", (int(found[1]), int(found[2] or 0)))
        return cls("", (0, 0))

    @property
    def known(self) -> bool:
        """Whether the name is one of a Claude model."""
        return self.version != (0, 0)

    @property
    def max_tokens(self) -> int:
        """The most tokens that an answer can have."""
        if self.version >= (4, 6):
            return 128_000
        if self.version >= (4, 5):
            return 64_000
        if self.version >= (4, 0):
            return 32_000
        return 4096 if self.known else 8192

    def length(self, wanted: int, dropped: list[str]) -> int:
        """A limit of the answer that the model takes: 400 "... > 64000, which is the maximum".

        Example:
            >>> Claude.of("claude-sonnet-4-5").length(100_000, [])
            64000
        """
        if not self.known or wanted <= self.max_tokens:
            return wanted
        dropped.append(f"max_tokens={wanted}: this model takes no more than {self.max_tokens}")
        return self.max_tokens

    @property
    def samples(self) -> bool:
        """Whether ``temperature``, ``top_p`` and ``top_k`` are taken (before 4.7)."""
        return self.version < (4, 7)

    @property
    def samples_one_way(self) -> bool:
        """Whether ``temperature`` and ``top_p`` exclude each other (from 4.1 on).

        Source: the model pages of Opus 4.1 and Sonnet 4.5: "cannot both be specified".
        """
        return self.version >= (4, 1)

    @property
    def prefills(self) -> bool:
        """Whether the beginning of the answer may be given (before 4.6).

        400 "This model does not support assistant message prefill. The conversation must end with
        a user message." of Opus and Sonnet 4.6 and all later ones.
        """
        return self.version < (4, 6)

    @property
    def system_turns(self) -> bool:
        """Whether system messages in the middle of a conversation are read where they stand."""
        if self.name == "opus":
            return self.version >= (4, 8)
        return self.name in ("fable", "mythos") and self.version >= (5, 0)

    @property
    def budgets(self) -> bool:
        """Whether ``thinking`` takes a budget of tokens (before 4.7)."""
        return self.version < (4, 7)

    @property
    def adaptive(self) -> bool:
        """Whether the model decides itself how long it thinks (from 4.6 on)."""
        return self.version >= (4, 6) or not self.known

    @property
    def forces_tools(self) -> bool:
        """Whether ``tool_choice`` can force a call."""
        newest = self.name in ("fable", "mythos") and self.version >= (5, 1)
        return not newest and not (self.name in ("opus", "sonnet") and self.version >= (5, 5))

    @property
    def efforts(self) -> tuple[str, ...]:
        """The effort levels that the model knows."""
        if not self.known or self.version >= (4, 7):
            return EFFORTS
        if self.version == (4, 6):
            return ("low", "medium", "high", "max")
        return EFFORTS[:3] if (self.name, self.version) == ("opus", (4, 5)) else ()

    @property
    def thinking_off(self) -> dict[str, Any] | None:
        """What switches thinking off: ``{}`` where it is off anyway, None where nothing does."""
        if self.name in ("fable", "mythos") or (self.name == "opus" and self.version >= (5, 5)):
            return None
        if self.name == "sonnet" and self.version >= (5, 5):
            return {"type": "between_tools"}
        return {"type": "disabled"} if self.version >= (5, 0) else {}


GO_ON: Final = "Go on."
NO_PREFILL: Final = (
    f"the beginning of the answer: this model takes none, {GO_ON!r} of the user was put behind it"
)
"""What is said to a model that wants a user's message at the end, and what is told of it."""


def audible(stops: Sequence[str], dropped: list[str]) -> list[str]:
    """Stop sequences without blank ones: 400 "each stop sequence must contain non-whitespace".

    Example:
        >>> lost = []
        >>> audible(["END", "\\n"], lost), lost
        (['END'], ["stop: Claude takes no blank sequence, '\\\\n' is not sent"])
    """
    blank = [stop for stop in stops if not stop.strip()]
    dropped += [f"stop: Claude takes no blank sequence, {stop!r} is not sent" for stop in blank]
    return [stop for stop in stops if stop.strip()]


SAMPLING: Final = ("temperature", "top_p", "top_k")


def effort_params(
    family: Claude, effort: str, max_tokens: int, dropped: list[str]
) -> dict[str, Any]:
    """``thinking`` and ``output_config.effort`` for a unified ``reasoning_effort``."""
    if effort == "none":
        off = family.thinking_off
        if off is None:
            dropped.append("reasoning_effort='none': this model always thinks; sent as 'low'")
            return {"output_config": {"effort": "low"}}
        return {"thinking": off} if off else {}
    params: dict[str, Any] = {}
    if family.efforts:
        params["output_config"] = {"effort": _level(family, effort, dropped)}
    if family.adaptive:
        return {**params, "thinking": {"type": "adaptive", "display": "summarized"}}
    if family.version < (3, 7):
        dropped.append("reasoning_effort: this model cannot think")
        return params
    budget = min(BUDGETS.get(effort, BUDGET_MAX), max_tokens - 1)
    if budget < BUDGETS["minimal"]:
        dropped.append("reasoning_effort: max_tokens leaves no room for 1024 thinking tokens")
        return params
    return {**params, "thinking": {"type": "enabled", "budget_tokens": budget}}


def _level(family: Claude, effort: str, dropped: list[str]) -> str:
    levels = family.efforts
    if effort in levels or (effort != "minimal" and effort not in EFFORTS):
        return effort
    nearest = "low" if effort == "minimal" else levels[-1]
    dropped.append(
        f"reasoning_effort={effort!r}: this model has no such level; sent as {nearest!r}"
    )
    return nearest
