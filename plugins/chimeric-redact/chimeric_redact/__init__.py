"""Takes secrets and personal data out of answers: text, reasoning and refusals, in streams too.

Pass ``Redact(...)`` to a client, or set ``CHIMERIC_REDACT`` to names of rules (``email,card``) for
all clients of a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError, StructuredOutputError, hookimpl

if TYPE_CHECKING:
    import re

    from chimeric import Context, StreamProcessor

    from .rules import Rule

__all__ = ["Redact", "chimeric_stream_failed", "chimeric_stream_processor"]


class Redact:
    """A plugin for ``Chimeric(plugins=[...])``. It is a guard: it sees what the caller will see.

    Args:
        patterns: names of rules (``email``, ``card``, ``key``), regular expressions as text or
            compiled.
        replacement: what stands in the place of a match; ``{name}`` is the rule's name.
        window: characters that are held back: every match of at most so many is found, however
            the text is cut into chunks.

    Raises:
        ValueError: for a pattern that is none, or one that matches the empty text.

    Example:
        >>> redact = Redact(["email", r"ACME-[0-9]{6}"], replacement="<{name}>")
    """

    chimeric_phase = "guard"

    def __init__(
        self,
        patterns: Iterable[str | re.Pattern[str]] = ("email", "card", "key"),
        *,
        replacement: str = "[{name}]",
        window: int = 128,
    ) -> None:
        from .rules import make_rules

        if window < 1:
            raise ValueError("window must be at least one character")
        self._rules: tuple[Rule, ...] = make_rules(patterns, replacement)
        self._window = window

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor:
        """A redactor with its own memory for each call."""
        from .processor import Redactor

        return Redactor(self._rules, self._window, context)

    @hookimpl
    def chimeric_stream_failed(self, context: Context, error: BaseException) -> None:
        """Say so where an answer does not fit its form since something was taken out."""
        _explain(context, error)


@lru_cache(maxsize=4)
def _of_environment(names: str) -> Redact:
    from .rules import NAMED

    told = [name.strip() for name in names.split(",") if name.strip()]
    for name in told:
        # A word is a rule's name: as a pattern it would let out what it was set to take out.
        if name.isidentifier() and name not in NAMED:
            known = ", ".join(NAMED)
            raise ConfigurationError(f"CHIMERIC_REDACT has {name!r}; its rules are {known}")
    try:
        return Redact(told)
    except ValueError as error:
        raise ConfigurationError(f"CHIMERIC_REDACT cannot be read: {error}") from None


def _explain(context: Context, error: BaseException) -> None:
    count = context.state.pop("chimeric-redact.numbers", 0)
    if count and isinstance(error, StructuredOutputError):
        error.add_note(
            f"chimeric-redact put a string in the place of {count} number(s) of the answer, in "
            "which it found what was to be taken out; ask for a string there, or leave the rule out"
        )


chimeric_api = (2, 2)
chimeric_phase = "guard"


def __getattr__(name: str) -> Any:
    """Say that there is nothing to do where ``CHIMERIC_REDACT`` names no rules."""
    if name != "chimeric_idle":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return not os.environ.get("CHIMERIC_REDACT")


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """The redactor that ``CHIMERIC_REDACT`` asks for, or none."""
    names = os.environ.get("CHIMERIC_REDACT")
    if not names:
        return None
    redactor: StreamProcessor = _of_environment(names).chimeric_stream_processor(context)
    return redactor


@hookimpl
def chimeric_stream_failed(context: Context, error: BaseException) -> None:
    """Say so where an answer does not fit its form since something was taken out."""
    _explain(context, error)
