"""The look through a request, and what the service asked takes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from chimeric import Request, Tool

__all__ = ["Takes", "heard"]

SayAllowed: TypeAlias = Callable[[str, Sequence[Tool]], "Mapping[str, Any] | None"]

RARE = frozenset(("allowed_tools", "prompt_cache"))


class Takes(msgspec.Struct, frozen=True, kw_only=True):
    """What a service takes of what can be said to all.

    Attributes:
        service: its name, for the words.
        details: values of ``ImagePart.detail`` that it has a form for; None for all.
        results: where the results of a call may stand: right behind it (``next``), anywhere before
            the next answer (``turn``), anywhere behind it (``later``), or without any call
            (``loose``).
        stored: names of parameters that continue a conversation that the service has stored, in
            which calls may be that nobody says here.
        cache: key that sets a cache point on a part or a tool, or "" where there is none.
        tools_cached: whether tools take such a key too.
        allowed: makes fields of the body of a mode (``auto``, ``required``) and the only tools that
            may be called; None where it has no form for these.
    """

    service: str
    details: tuple[str, ...] | None = ()
    results: Literal["next", "turn", "later", "loose"] = "next"
    stored: tuple[str, ...] = ()
    cache: Literal["", "cache_control", "prompt_cache_breakpoint"] = ""
    tools_cached: bool = True
    allowed: SayAllowed | None = None


def heard(request: Request, takes: Takes | Callable[[], Takes], dropped: list[str]) -> Request:
    """The request as the service takes it; ``dropped`` gets a sentence for each change.

    Nothing more is looked at in a conversation of plain text, nor is it asked what is taken.

    Raises:
        ConfigurationError: for a tool's result that answers no call, for bytes that are no
            picture, and for cache points or allowed tools that are not there; the text says where.
    """
    answers = parts = False
    for message in request.messages:
        answers = answers or message.role == "tool"
        parts = parts or not isinstance(message.content, str)
    rare = bool(request.extra) and not RARE.isdisjoint(request.extra)
    if not (answers or parts or rare):
        return request
    takes = takes if isinstance(takes, Takes) else takes()
    messages = request.messages
    if answers:
        from .results import in_place

        messages = in_place(request, takes, dropped)
    if parts:
        from .pictures import looked_at

        messages = looked_at(messages, takes, dropped)
    if messages is not request.messages:
        request = request.replace(messages=messages)
    if rare:
        from .allowed import with_allowed
        from .cache import with_cache_points

        request = with_cache_points(with_allowed(request, takes, dropped), takes, dropped)
    return request
