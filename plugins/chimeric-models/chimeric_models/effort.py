"""Rows about the effort, which has a field of its own or is a key of ``reasoning``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .rules import Asked, Rule

__all__ = ["effort_of", "effortless", "levels"]

EFFORT_FIELDS: Final = ("reasoning_effort", "reasoning")


def effort_of(asked: Asked) -> Any:
    """The effort that is asked for, or None."""
    return asked.object("reasoning").get("effort") or asked.get("reasoning_effort")


def effortless(*, models: str, source: str, holds: Callable[[Asked], bool]) -> Rule:
    """A row for models that take no effort: it is left out."""
    return Rule(
        said="`reasoning_effort`",
        models=models,
        done="left out",
        source=source,
        on=EFFORT_FIELDS,
        holds=holds,
        change=_leave_out,
    )


def levels(
    nearest: Callable[[Asked, str], str | None], *, said: str, models: str, source: str
) -> Rule:
    """A row for efforts that a model does not know: the nearest one is sent.

    Args:
        nearest: the level to send instead of one that is asked for; None for the same.
        said: which levels are refused, in words.
        models: of which models, in words.
        source: where the fact comes from.
    """

    def change(asked: Asked) -> str | None:
        wanted = effort_of(asked)
        if not isinstance(wanted, str) or asked.besides.keys() & EFFORT_FIELDS:
            return None
        kept = nearest(asked, wanted)
        if kept is None or kept == wanted:
            return None
        _put_effort(asked, kept)
        return f"reasoning_effort={wanted!r}: {asked.model} has no such level; sent as {kept!r}"

    return Rule(
        said=said,
        models=models,
        done="changed",
        how="the nearest level is sent",
        source=source,
        on=EFFORT_FIELDS,
        change=change,
    )


def _put_effort(asked: Asked, effort: str) -> None:
    nested = asked.object("reasoning")
    if "effort" in nested:
        asked.body["reasoning"] = {**nested, "effort": effort}
    else:
        asked.body["reasoning_effort"] = effort


def _leave_out(asked: Asked) -> str | None:
    """Leave the effort out, also where it is one of several keys."""
    nested = asked.object("reasoning")
    gone = asked.pop("reasoning_effort")
    if "reasoning" in asked.body and "effort" in nested:
        rest = {name: value for name, value in nested.items() if name != "effort"}
        gone += asked.pop("reasoning")
        if rest:
            asked.body["reasoning"] = rest
    if not gone:
        return None
    return f"reasoning_effort: {asked.model} at {asked.service} does not take it"
