"""Refused requests: the status tells what it is, whatever stands in the body."""

from __future__ import annotations

from typing import Final

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from chimeric_testing.harness import Harness
from chimeric_testing.play import Reply, play, prepare
from chimeric_testing.recorded import RecordedError

__all__ = ["ErrorChecks"]

STATUSES: Final[dict[int, type[ProviderError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: BadRequestError,
    429: RateLimitError,
    500: ServerError,
    503: ServerError,
}
PAGES: Final = (
    *(b"", b"<html>busy</html>", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"{}", b"7"),
    *(b'{"error":null}', b'{"error":[]}', b'{"error":{}}', b'{"error":7}', b'{"message":{}}'),
)
"""Bodies that say nothing of the error: those of proxies, and of faults of the service."""


class ErrorChecks(Harness):
    """Answers with a status of 400 and above."""

    def test_an_error_answer_is_raised_with_the_providers_message(
        self, error: RecordedError
    ) -> None:
        for streaming in (False, True):
            call = prepare(self._client_once, **self._call(stream=streaming))
            played = play(call, [self._reply(error.body, error, error.status)])
            self._judge_error(played.error, error)
            assert isinstance(played.error, ProviderError)
            assert played.error.status_code == error.status
            assert len(played.requests) == 1

    def test_an_error_answer_that_says_nothing_is_known_by_its_status(self) -> None:
        for body in PAGES:
            for status, kind in STATUSES.items():
                call = prepare(self._client_once, **self._call(stream=False))
                error = play(call, [Reply((body,), status)]).error
                assert type(error) is kind, f"status {status} and {body!r}: {error!r}"
                assert isinstance(error, ProviderError)
                assert error.status_code == status
                assert error.provider == self.provider
                assert error.__cause__ is None or not isinstance(error.__cause__, AssertionError)

    def test_a_time_to_wait_is_told(self) -> None:
        for status in (429, 503):
            call = prepare(self._client_once, **self._call(stream=False))
            played = play(call, [Reply((b"{}",), status, {"retry-after": "7"})])
            assert isinstance(played.error, ProviderError)
            assert played.error.retry_after == 7, "retry-after, in seconds"
