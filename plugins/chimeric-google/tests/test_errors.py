"""Error answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_google import chimeric_parse_error

from chimeric import HTTPResponse


def answer(body: Any, status: int = 400) -> HTTPResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HTTPResponse(status=status, headers={}, body=data)


def test_the_delay_of_a_rate_limit_is_read():
    details = [{"@type": "google.rpc.RetryInfo", "retryDelay": "34.4s"}]
    error = {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED", "details": details}
    info = chimeric_parse_error(answer({"error": error}, 429))
    assert (info.message, info.type, info.code) == ("slow", "RESOURCE_EXHAUSTED", 429)
    assert info.retry_after == 34.4
    assert info.retryable is None


def test_a_daily_quota_is_not_worth_a_retry():
    details = [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProject-FreeTier"}]}]
    error = {"code": 429, "message": "used up", "details": details}
    assert chimeric_parse_error(answer({"error": error}, 429)).retryable is False


def test_a_bad_key_is_an_authentication_error_though_its_status_is_400():
    error = {"code": 400, "message": "bad key", "details": [{"reason": "API_KEY_INVALID"}]}
    assert chimeric_parse_error(answer({"error": error})).kind == "auth"


def test_an_error_in_a_list_is_read():
    assert chimeric_parse_error(answer([{"error": {"message": "m"}}])).message == "m"


@pytest.mark.parametrize("body", [b"<html>", {}, [], 5, {"error": None}])
def test_what_is_no_error_object_is_left_to_the_core(body):
    assert chimeric_parse_error(answer(body)) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"code": "429"}, 429),
        ({"code": "RESOURCE_EXHAUSTED"}, 429),
        ({"code": 8}, 429),
        ({"status": "unavailable"}, 503),
        ({"message": '{"error": {"code": 403, "message": "no"}}', "code": 500}, 403),
        ({"message": "{not json"}, None),
        ([{"code": 400}], 400),
        ({"code": True}, None),
        ({"code": 99}, None),
    ],
)
def test_a_status_is_read_from_any_spelling_of_a_code(error, status):
    assert chimeric_parse_error(answer({"error": error})).status == status
