"""Refused requests: the status tells what it is, whatever stands in the body."""

from __future__ import annotations

from typing import Any, Final

from chimeric import (
    AuthenticationError,
    BadRequestError,
    ChimericError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from chimeric_testing.approved import Approved
from chimeric_testing.harness import Harness
from chimeric_testing.play import Reply, play, prepare
from chimeric_testing.recorded import ErrorKind, RecordedError
from chimeric_testing.spellings import event_ends

from .marks import digest

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


HEADERS: Final[tuple[dict[str, str], ...]] = (
    *({"retry-after": value} for value in ("7", "0", "-1", "soon")),
    *({"retry-after-ms": "700"}, {"x-should-retry": "true"}, {"x-should-retry": "false"}),
    *({name: "zid"} for name in ("request-id", "x-request-id", "x-amzn-requestid", "x-goog-id")),
)
"""What services tell of an error beside its body."""


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

    def test_each_kind_of_error_is_raised_as_what_it_is(self, error_kind: ErrorKind) -> None:
        body = error_kind.body if error_kind.body is not None else self.error_body(error_kind)
        for streaming in (False, True):
            call = prepare(self._client_once, **self._call(stream=streaming))
            played = play(call, [Reply((body,), error_kind.status, error_kind.headers)])
            self._judge_kind(played.error, error_kind)
            assert isinstance(played.error, ProviderError)
            assert played.error.status_code == error_kind.status
        frame = self.error_event(error_kind)
        if frame is None or not self.streams:
            return
        stream = next(iter(self.streams.values()))
        ends = event_ends(stream.body, self._framer())
        played = self._stream(stream.body[: ends[len(ends) // 2]] + frame, stream)
        self._judge_kind(played.error, error_kind)
        assert played.error is not None
        assert played.error.partial is not None, "what had come was lost"

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

    def test_errors_are_told_as_it_was_approved(self) -> None:
        """Kinds of error with all that is told of them, and what is made of bodies without one."""
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        found: dict[str, Any] = {}
        statuses = sorted({*STATUSES, *(kind.status for kind in self.error_kinds.values()), 418})
        for body in (*PAGES, b"zfault \xff zend", b"[1]", b'{"message":"zfault"}'):
            told: list[str] = []
            for status in statuses:
                call = prepare(self._client_once, **self._call(stream=False))
                error = play(call, [Reply((body,), status)]).error
                told.append(f"{status} {_told(error)} {error and error.message}")
            found[repr(body)] = digest(told)
        for name, kind in self.error_kinds.items():
            body = kind.body if kind.body is not None else self.error_body(kind)
            call = prepare(self._client_once, **self._call(stream=False))
            told = [_told(play(call, [Reply((body,), kind.status, kind.headers)]).error)]
            if (frame := self.error_event(kind)) is not None and self.streams:
                told.append(_told(self._stream(frame, next(iter(self.streams.values()))).error))
            found[name] = told
        for name, recorded in self.errors.items():
            marks: list[str] = []
            for headers in HEADERS:
                call = prepare(self._client_once, **self._call(stream=False))
                reply = Reply((recorded.body,), recorded.status, {**recorded.headers, **headers})
                marks.append(f"{headers} {_told(play(call, [reply]).error)}")
            found[f"{name}, with headers"] = digest(marks)
        Approved(self.approved).check("kinds of error", found)

    def _judge_kind(self, error: ChimericError | None, kind: ErrorKind) -> None:
        assert type(error) is kind.error, repr(error)
        assert error is not None
        assert kind.message in error.message
        assert error.provider == self.provider
        for name in ("type", "code", "retryable", "retry_after"):
            value = getattr(kind, name)
            assert value is None or getattr(error, name) == value, f"{name} of {error!r}"


def _told(error: ChimericError | None) -> str:
    names = ("type", "code", "retry_after", "retryable", "request_id")
    fields = " ".join(f"{name}={getattr(error, name, None)!r}" for name in names)
    return f"{type(error).__name__} {fields} {type(error.__cause__).__name__ if error else ''}"
