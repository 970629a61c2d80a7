"""Which answers of a provider make another one be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_fallback import Fallback
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, RateLimitError, ServerError

GOOD = b'{"choices":[{"message":{"content":"from the second"},"finish_reason":"stop"}]}'
NO_MONEY: list[tuple[int, dict[str, Any]]] = [
    (429, {"message": "You exceeded your current quota", "type": "insufficient_quota"}),
    (402, {"message": "Insufficient credits", "code": 402}),
    (402, {"message": "whatever it says"}),
    (401, {"message": "You exceeded your current quota", "type": "insufficient_quota"}),
    (400, {"message": "Your credit balance is too low to access the Anthropic API."}),
    (403, {"message": "Your team has used all available credits"}),
    (403, {"message": "Key limit exceeded (total limit)"}),
    (403, {"message": "quota is used up", "code": "insufficient_user_quota"}),
    (403, {"message": "no", "code": "billing_not_active"}),
    (400, {"message": "Access denied, account not in good standing", "code": "Arrearage"}),
    (429, {"message": "Billing hard limit", "code": "billing_hard_limit_reached"}),
    (400, {"message": "Insufficient Balance", "code": "invalid_request_error"}),
    (403, {"message": "x", "type": "exceeded_current_quota_error"}),
    (412, {"message": "reached your monthly spending limit"}),
]
PASSING: list[tuple[int, dict[str, Any]]] = [
    (408, {"message": "timeout"}),
    (409, {"message": "conflict"}),
    (413, {"message": "Request too large", "code": "rate_limit_exceeded", "type": "tokens"}),
    (429, {"message": "slower"}),
    (500, {"message": "oops"}),
    (503, {"message": "busy"}),
    (529, {"message": "overloaded"}),
]
LASTING: list[tuple[int, dict[str, Any]]] = [
    (400, {"message": "max_tokens is too large", "code": "invalid_value"}),
    (400, {"message": "the prompt has too many tokens", "code": "context_length_exceeded"}),
    (401, {"message": "Incorrect API key provided", "code": "invalid_api_key"}),
    (403, {"message": "You have no access to this model"}),
    (404, {"message": "no such model", "code": "model_not_found"}),
    (413, {"message": "the body is too large"}),
    (422, {"message": "credit_card is no known field"}),
]


def reply(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nretry-after-ms: 1\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def outcome() -> Any:
    """Ask a model that fails so, with another one behind it; gives the answer or the error."""

    def run(status: int, error: dict[str, Any], **more: Any) -> tuple[Any, int]:
        bad = reply(status, json.dumps({"error": error}).encode())

        def answer(request: SeenRequest) -> Iterator[bytes]:
            yield reply(200, GOOD) if request.json()["model"] == "second" else bad

        with LoopbackServer(answer) as server:
            plugin = Fallback({"first": ["compatible:second"]}, **more)
            with Chimeric(base_url=server.url, max_retries=1, plugins=[plugin]) as client:
                try:
                    result: Any = client.generate("compatible:first", "Hi").content
                except ChimericError as failure:
                    result = failure
            return result, sum(r.json()["model"] == "first" for r in server.requests)

    return run


@pytest.mark.parametrize(("status", "error"), NO_MONEY)
def test_an_account_without_money_is_passed_over_at_once(outcome, status, error):
    assert outcome(status, error)[0] == "from the second"


@pytest.mark.parametrize(("status", "error"), PASSING)
def test_what_passes_is_passed_over_when_the_retries_are_used_up(outcome, status, error):
    result, asked = outcome(status, error)
    assert result == "from the second"
    assert asked in (1, 2)
    if status in (408, 409, 500):
        assert asked == 2


@pytest.mark.parametrize(("status", "error"), LASTING)
def test_what_no_other_model_mends_is_raised(outcome, status, error):
    result, asked = outcome(status, error)
    assert isinstance(result, ChimericError)
    assert not result.retryable
    assert asked == 1


def test_only_the_classes_of_on_count_where_it_is_given(outcome):
    no_money = {"message": "Insufficient credits"}
    assert isinstance(outcome(402, no_money, on=(RateLimitError,))[0], ChimericError)
    assert isinstance(outcome(503, {"message": "x"}, on=(RateLimitError,))[0], ServerError)
    assert outcome(429, {"message": "x"}, on=(RateLimitError,))[0] == "from the second"
    assert isinstance(outcome(503, {"message": "x"}, on=())[0], ServerError)
