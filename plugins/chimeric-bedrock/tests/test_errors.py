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


@pytest.mark.parametrize(
    ("status", "kind", "message", "advice"),
    [
        (
            400,
            "ValidationException",
            "Invocation of model ID x with on-demand throughput isn't supported.",
            "ARN of an inference profile",
        ),
        (400, "ValidationException", "The provided model identifier is invalid.", "eu-west-1"),
        (403, "ExpiredTokenException", "old", "aws sso login"),
        (403, "InvalidSignatureException", "Signature expired: x", "clock"),
        (403, "UnrecognizedClientException", "The security token is invalid", "AWS_SESSION_TOKEN"),
        (403, "AccessDeniedException", "You don't have access to the model", "ask for access"),
        (403, "AccessDeniedException", "x is not authorized to perform: y", "InvokeModelWith"),
        (429, "ThrottlingException", "slow", ""),
    ],
)
def test_the_next_step_is_told(
    configure: Configure, status: int, kind: str, message: str, advice: str
) -> None:
    told = answer({"message": message}, status, x_amzn_errortype=kind)
    info = plugin.chimeric_parse_error(told, configure(region="eu-west-1"))
    assert info is not None
    assert info.message.startswith(message.rstrip("."))
    assert advice in info.message


@pytest.mark.parametrize(
    "body",
    [
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        {"error": {"message": "Overloaded", "type": "server_error", "code": None}},
    ],
)
def test_errors_of_other_forms_are_read(configure: Configure, body: Any) -> None:
    info = plugin.chimeric_parse_error(answer(body, 500), configure())
    assert info is not None
    assert info.message == "Overloaded"
