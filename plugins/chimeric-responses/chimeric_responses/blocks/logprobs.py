"""Log-probabilities of a text: asking for them, and reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import Request, TokenLogprob

__all__ = ["LOGPROBS", "Entry", "asked", "logprobs_of", "wanted"]

LOGPROBS = "message.output_text.logprobs"


class Entry(msgspec.Struct, gc=False):
    """One token, and what could have stood in its place."""

    token: str = ""
    logprob: float = 0.0
    top_logprobs: list[Entry] | None = None


def wanted(request: Request) -> int | None:
    """How many alternatives of each token the unified parameter asks for; None: nothing."""
    told: Any = request.extra.get("logprobs")
    return None if told is None or told is False else 0 if told is True else int(told)


def asked(request: Request | None) -> bool:
    """Whether a request asks for them, in unified form or in the protocol's own."""
    if request is None:
        return False
    told: Mapping[str, Any] = {**request.extra, **request.extra_body}
    include: Any = told.get("include")
    return wanted(request) is not None or (
        isinstance(include, (list, tuple)) and LOGPROBS in include
    )


def logprobs_of(entries: list[Entry] | None) -> tuple[TokenLogprob, ...]:
    """Entries as values."""
    return tuple(
        TokenLogprob(entry.token, entry.logprob, logprobs_of(entry.top_logprobs))
        for entry in entries or ()
    )
