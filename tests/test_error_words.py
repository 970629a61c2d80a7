"""The status that the words of an error mean, in the spellings that servers use."""

from __future__ import annotations

import pytest

from chimeric.exchange.error_words import snake, status_of

WORDS = {
    400: (
        "BadRequestError",
        "invalid_request_error",
        "InvalidParameter",
        "INVALID_ARGUMENT",
        "validation",
        "context_length_exceeded",
        "exceed_context_size_error",
        "content_filter",
        "DataInspectionFailed",
        "unsupported_value",
        "400",
    ),
    401: ("invalid_api_key", "InvalidApiKey", "authentication_error", "UNAUTHENTICATED"),
    402: ("billing_error", "insufficient_balance", "Arrearage"),
    403: ("permission_error", "PermissionDeniedError", "AccessDenied", "FORBIDDEN"),
    404: ("not_found_error", "NotFoundError", "model_not_found", "NOT_FOUND"),
    413: ("request_too_large",),
    429: (
        "rate_limit_exceeded",
        "too_many_requests",
        "TooManyRequests",
        "Throttling.AllocationQuota",
        "ThrottlingException",
        "insufficient_quota",
        "exceeded_current_quota_error",
        "rate_limit_reached_error",
        "usage_limit_reached",
        "too_many_tokens_error",
        "token_quota_exceeded",
        "RESOURCE_EXHAUSTED",
        "tokens",
        "429",
    ),
    500: ("internal_server_error", "InternalServerError", "server_error", "api_error", "INTERNAL"),
    502: ("upstream_error",),
    503: ("overloaded_error", "ServiceUnavailableError", "engine_overloaded_error", "MODEL-BUSY"),
    504: ("timeout_error", "DEADLINE_EXCEEDED"),
}


@pytest.mark.parametrize(
    ("word", "status"), [(word, status) for status, words in WORDS.items() for word in words]
)
def test_a_word_means_its_status_in_any_spelling(word: str, status: int) -> None:
    assert status_of([word]) == status


@pytest.mark.parametrize("word", ["glitch", "", None, True, 200, "200", 1302, 3.5, ["429"]])
def test_what_says_nothing_means_nothing(word: object) -> None:
    assert status_of([word]) is None


def test_the_first_word_that_says_something_decides() -> None:
    assert status_of(["glitch", "rate_limit_exceeded", "server_error"]) == 429
    assert status_of([None, "server_error"], "Rate limit exceeded") == 500


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("Rate limit reached for m-1", 429),
        ("The model is overloaded", 503),
        ("This model's maximum context length is 8192 tokens", 400),
        ("It fell over", None),
    ],
)
def test_a_message_is_looked_at_where_no_word_says_anything(
    message: str, status: int | None
) -> None:
    assert status_of(["glitch", None], message) == status


def test_a_word_of_any_length_is_read_in_bounded_time() -> None:
    assert status_of(["x" * 10_000_000 + "_not_found"]) is None
    assert snake("A" * 10_000) == "a" * 200
