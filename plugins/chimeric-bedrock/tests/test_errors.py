"""Errors: in answers, inside a stream, and what is told to do about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chimeric_bedrock as plugin
import pytest

from chimeric import Delta, ProviderConfig

from .conftest import answer

Stream = Callable[..., list[Delta]]
Configure = Callable[..., ProviderConfig]


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("exception:throttlingException", 429, None),
        ("exception:validationException", 400, None),
        ("exception:serviceUnavailableException", 503, None),
        ("exception:internalServerException", 500, None),
        ("exception:modelStreamErrorException", 424, "server"),
        ("error:SomethingNew", None, None),
    ],
)
def test_exceptions_carry_what_they_mean(
    stream: Stream, name: str, status: int | None, kind: str | None
) -> None:
    said = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}})
    error = stream(said, (name, {"message": "m"}))[-1].error
    assert error is not None
    assert (error.message, error.status, error.kind) == ("m", status, kind)
    assert error.type == name.partition(":")[2]


def test_an_exception_of_any_shape_and_a_document_are_errors(stream: Stream) -> None:
    odd = stream(("exception:odd", b"gone"))[0].error
    assert odd is not None
    assert odd.message == "gone"
    document = stream(("document", {"Message": "no access", "__type": "a#AccessDeniedException"}))
    assert document[0].error is not None
    assert document[0].error.status == 403


@pytest.mark.parametrize("body", [b'"gone"', {"error": "gone"}, {"detail": "gone"}])
def test_words_of_an_exception_are_found_wherever_they_are(stream: Stream, body: Any) -> None:
    error = stream(("exception:odd", body))[0].error
    assert error is not None
    assert (error.message, error.type) == ("gone", "odd")


def test_an_error_answer_is_read(configure: Configure) -> None:
    info = plugin.chimeric_parse_error(
        answer(
            {"message": "slow"},
            429,
            x_amzn_errortype="ThrottlingException:http://x/",
            x_amz_retry_after="1500",
        ),
        configure(),
    )
    assert info is not None
    assert (info.message, info.type, info.retry_after) == ("slow", "ThrottlingException", 1.5)
    expired = answer({"Message": "old"}, 403, x_amzn_errortype="ExpiredTokenException")
    told = plugin.chimeric_parse_error(expired, configure())
    assert told is not None
    assert told.kind == "auth"
    assert plugin.chimeric_parse_error(answer(b"<html>", 502), configure()) is None
