"""What the words of an error mean as an HTTP status, for errors that have no status of their own.

An error inside an answer of status 200 tells by its code or type what it is. Providers, their
clouds and the gateways before them use the same few words in many spellings
(``rate_limit_exceeded``, ``Throttling.AllocationQuota``, ``TooManyRequestsError``), so these are
read by what they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["status_of"]

EXACT = {
    "tokens": 429,
    "requests": 429,
    "slow_down": 503,
    "api_error": 500,
    "server_error": 500,
    "service_tier_capacity_exceeded": 429,
    "upstream_error": 502,
    "bad_gateway": 502,
}
"""Words that the patterns would not find, or would take for something else."""

PATTERNS = (
    # A request that is too long says so with the words of a limit: first.
    (400, "context_length|context_window|context_size|prompt_too_long|input_too_long"),
    (413, "too_large|payload_too|entity_too"),
    (402, "billing|insufficient_balance|insufficient_credit|insufficient_fund|payment|arrear"),
    (429, "rate_limit|ratelimit|too_many|throttl|quota|resource_exhausted|resource_has_been_"),
    (429, "usage_limit|limit_reached|limit_exceeded|limit_burst|concurren|credits_exhausted"),
    (401, "unauthenticated|unauthori[sz]ed|authenticat|invalid_token|expired_token|token_expired"),
    (
        401,
        "(invalid|incorrect|missing|expired|bad|wrong)_(api_?)?key|key_invalid|invalid_signature",
    ),
    (403, "permission|forbidden|access_denied|not_authori[sz]ed|not_allowed|country_not_supp"),
    (404, "not_found|no_such_model|unknown_model|model_not_exist|does_not_exist"),
    (408, "request_timeout"),
    (504, "timeout|timed_out|deadline"),
    (503, "overload|unavailable|capacity|not_ready|busy|loading|starting"),
    (400, "content_filter|content_policy|policy_violation|moderation|sensitive|inspection"),
    (400, "bad_request|validation|malformed|unsupported|failed_precondition|out_of_range"),
    (400, "invalid|missing_required|parameter_error|data_error|too_long|exceed_context"),
    (422, "unprocessable"),
    (500, "internal|server_error|engine|unknown_error|inference_fail|processing_error"),
)
"""By status, the first that is found decides."""

COMPILED = tuple((status, re.compile(pattern)) for status, pattern in PATTERNS)

SENTENCES = (
    (429, "rate limit|rate-limit|too many requests|quota exceeded"),
    (503, "overloaded|at capacity"),
    (400, "maximum context length|context size|exceed context limit|prompt is too long"),
    (400, "longer than the model's context|exceeds the maximum number of tokens"),
)
"""What a message says beyond doubt, where no code or type says anything."""

SAID = tuple((status, re.compile(pattern)) for status, pattern in SENTENCES)


def status_of(words: Iterable[object], message: str = "") -> int | None:
    """The HTTP status that an error's words mean; None where they say nothing.

    Args:
        words: codes and types, the most telling first. A number from 400 to 599 is a status,
            also one in text.
        message: what is said to people; looked at last.

    Example:
        >>> status_of(["Throttling.AllocationQuota"]), status_of(["429"]), status_of(["glitch"])
        (429, 429, None)
    """
    for word in words:
        found = _status(word)
        if found is not None:
            return found
    text = message.lower()
    return next((status for status, pattern in SAID if pattern.search(text)), None)


def _status(word: object) -> int | None:
    if isinstance(word, bool) or not isinstance(word, (int, str)):
        return None
    number = int(word) if isinstance(word, int) or word.isdecimal() else None
    if number is not None:
        return number if 400 <= number < 600 else None
    told = snake(str(word))
    if told in EXACT:
        return EXACT[told]
    return next((status for status, pattern in COMPILED if pattern.search(told)), None)


def snake(word: str) -> str:
    """A word in any spelling as lower-case words joined by ``_``.

    Example:
        >>> snake("Throttling.AllocationQuota"), snake("BadRequestError"), snake("MODEL-BUSY")
        ('throttling_allocation_quota', 'bad_request_error', 'model_busy')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", word[:200])
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
