"""A check at work: called as it wants to be, within its time, and never taken at half a word."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Generator
from typing import Any, Literal, TypeAlias

from chimeric import (
    ConfigurationError,
    Context,
    PluginError,
    PluginWarning,
    RefusedError,
    run,
    within,
)

from .verdicts import Check, Passage, Refuse, Replace, Verdict

__all__ = ["Checking", "OnError", "Report"]

OnError: TypeAlias = Literal["pass", "fail"]
Asking: TypeAlias = "Generator[Any, Any, Verdict]"

WANTED = "a check returns True, False, Refuse(reason) or Replace(text)"


class Report:
    """What the guards of one call have to tell on its last chunk.

    Attributes:
        refused: why a guard has ended the turn, or None.
        kind: what kind of passage it was.
        replaced: how many passages became others.
        unchecked: how many came out without a verdict.
        error: what went wrong with the last of those.
    """

    def __init__(self) -> None:
        self.refused: str | None = None
        self.kind = ""
        self.replaced = 0
        self.unchecked = 0
        self.error = ""

    def told(self) -> dict[str, Any]:
        """What there is to tell, as plain data; empty when all went well."""
        names = ("refused", "kind", "replaced", "unchecked", "error")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


class Checking:
    """Asks a check for its verdicts.

    Attributes:
        inline: whether it is called where the chunk is, and not in a thread.
        looks_ahead: whether it judges the end of a passage by what follows it.

    Raises:
        ValueError: for a limit that is not positive, or another ``on_error``.
        TypeError: when the check cannot be called.
    """

    def __init__(
        self, check: Check, *, timeout: float | None, on_error: OnError, inline: bool | None
    ) -> None:
        if not callable(check):
            raise TypeError(f"a check is a function of a text, not {type(check).__name__}")
        if timeout is not None and not timeout > 0:
            raise ValueError("timeout is a number of seconds over 0, or None")
        if on_error not in ("pass", "fail"):
            raise ValueError(f"on_error must be 'pass' or 'fail', not {on_error!r}")
        self._check = check
        self._timeout = timeout
        self._fails = on_error == "fail"
        self._wants_passage = _takes_two(check)
        self._asks = any(map(inspect.isgeneratorfunction, (check, type(check).__call__)))
        self.inline = bool(getattr(check, "inline", False)) if inline is None else inline
        self.looks_ahead = bool(getattr(check, "looks_ahead", False))
        self.name = getattr(check, "__name__", None) or type(check).__name__

    def verdict(self, passage: Passage, report: Report) -> Asking:
        """What the check says of a passage; of one that fails, what ``on_error`` says.

        Raises:
            PluginError: when there is none to be had, with ``on_error="fail"``.
            ConfigurationError: when a call cannot ask it at all.
        """
        try:
            told: Any = self._begun(passage)
            while inspect.isgenerator(told):
                asking = told if self._timeout is None else within(self._timeout, told)
                told = yield from asking
            if not isinstance(told, (bool, Refuse, Replace)):
                raise TypeError(f"returned {type(told).__name__}; {WANTED}")
        except RefusedError as error:
            return Refuse(error.message)
        except ConfigurationError:
            raise
        except Exception as error:
            return self._failed(error, passage.context, report)
        return Refuse() if told is False else told

    def _begun(self, passage: Passage) -> Any:
        """What a check says at once, or a generator that asks for it."""
        args = (passage.text, passage) if self._wants_passage else (passage.text,)
        return self._check(*args) if self.inline or self._asks else run(self._check, *args)

    def _failed(self, error: Exception, context: Context | None, report: Report) -> Literal[True]:
        """A check gave no verdict. What it raised may quote the text, so only its kind is told."""
        late = isinstance(error, TimeoutError) and self._timeout is not None
        fault = f"gave no verdict in {self._timeout:g} s" if late else _fault(error)
        text = f"the guard's check {self.name!r} {fault}"
        if self._fails:
            raise PluginError(
                f"{text}: what it was asked about is not given out", plugin="guard"
            ) from error
        report.unchecked += 1
        report.error = fault
        if report.unchecked == 1:
            told = f"{text}: the text comes out unchecked (on_error='pass')"
            warnings.warn(PluginWarning(told), stacklevel=2)
        return True


def _fault(error: Exception) -> str:
    if isinstance(error, TypeError) and str(error).endswith(WANTED):
        return str(error)
    return f"raised {type(error).__name__}"


def _takes_two(check: Callable[..., Any]) -> bool:
    """Whether a check wants the passage, too."""
    try:
        parameters = inspect.signature(check).parameters.values()
    except (TypeError, ValueError):  # a builtin tells none
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    wanted = [p for p in parameters if p.kind in kinds and p.default is p.empty]
    named = any(p.name == "passage" and p.kind in kinds for p in parameters)
    return len(wanted) > 1 or named
