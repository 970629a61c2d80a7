"""Which failures another model may do better."""

from __future__ import annotations

import re

from chimeric import (
    ChimericError,
    ProviderError,
    RateLimitError,
    ServerError,
    StreamError,
    TransportError,
)

__all__ = ["goes_elsewhere", "has_no_money"]

PASSING = (RateLimitError, ServerError, StreamError, TransportError)

NO_MONEY = re.compile(
    r"""insufficient[ _-]?(?:(?:account|user|token)[ _-]?)?(?:quota|balance|credit|fund)
    | (?:exceeded|over) [ _](?:your[ _])?current[ _]quota
    | credits?[ _-](?:balance|exhausted|limit|depleted)
    | (?:out[ _]of|no|not[ _]enough|all[ _]available|included)[ _]
      (?:\w+[ _])?credits?\b(?![ _-]card)
    | billing[ _-]?(?:hard[ _-]?limit|not[ _-]?active|error|required|disabled|issue)
    | key[ _]limit[ _]exceeded | spending[ _-]limit | payment[ _-]?required
    | arrear(?:age|s) | overdue[ _](?:payment|bill)
    | 余额不足 | 欠费""",
    re.IGNORECASE | re.VERBOSE,
)
"""What services say when an account is used up, in a code, a type or a sentence: OpenAI, Anthropic,
DeepSeek, Moonshot, OpenRouter, DashScope, xAI, Hugging Face, Zhipu."""

RATE_CODES = re.compile(r"rate_?limit|tokens_?per|too_?many", re.IGNORECASE)


def goes_elsewhere(error: ChimericError) -> bool:
    """Whether another model should be asked: for what passes, and for an account without money.

    A wrong key or a bad request is neither: it should be seen and mended.
    """
    if isinstance(error, PASSING):
        return True
    if not isinstance(error, ProviderError):
        return False
    # 408, 409: the client has tried again itself. 413 with such a code is Groq's and others' word
    # for tokens a minute.
    limited = bool(RATE_CODES.search(f"{error.code} {error.type}"))
    return error.retryable or limited or error.status_code in (408, 409) or has_no_money(error)


def has_no_money(error: ProviderError) -> bool:
    """Whether the provider wants to be paid first, whatever the status says."""
    if error.status_code == 402:
        return True
    told = f"{error.code}\n{error.type}\n{error.message}"
    return bool(NO_MONEY.search(told))
