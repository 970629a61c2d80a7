"""Log-probabilities of a text: asking for them, and reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import Request, TokenLogprob

__all__ = ["LOGPROBS", "asked", "logprobs_of", "wanted"]

LOGPROBS = "message.output_text.logprobs"


class Entry(msgspec.Struct, gc=False):
    """One token, and what could have stood in its place."""

    token: str
    logprob: float
    top_logprobs: list[Entry] | None = None


def wanted(told: Any) -> int | None:
    """How many alternatives of each token the unified parameter asks for; None: nothing."""
    return None if told is None or told is False else 0 if told is True else int(told)


def asked(request: Request | None) -> bool:
    """Whether a request asks for them, in unified form or in the protocol's own."""
    if request is None or not (request.extra or request.extra_body):
        return False
    told: Mapping[str, Any] = {**request.extra, **request.extra_body}
    include: Any = told.get("include")
    return wanted(told.get("logprobs")) is not None or (
        isinstance(include, (list, tuple)) and LOGPROBS in include
    )


def logprobs_of(told: Any) -> tuple[TokenLogprob, ...]:
    """Entries as values; none where they are told in another form."""
    try:
        entries = msgspec.convert(told or [], list[Entry])
    except msgspec.ValidationError:
        return ()
    return tuple(map(_value, entries))


def _value(entry: Entry) -> TokenLogprob:
    return TokenLogprob(entry.token, entry.logprob, tuple(map(_value, entry.top_logprobs or ())))
