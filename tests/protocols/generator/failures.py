"""Errors as servers tell them, and the exception classes that are right for each."""

from __future__ import annotations

from typing import Any

import msgspec

from .draw import Draw
from .telling import PROVIDER_ERRORS, Failed

__all__ = ["Failure", "failure"]

BAD = ("BadRequestError",)
AUTH = ("AuthenticationError",)
DENIED = ("PermissionDeniedError",)
MISSING = ("NotFoundError",)
RATE = ("RateLimitError",)
SERVER = ("ServerError",)

WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("invalid_request_error", BAD),
    ("BadRequestError", BAD),
    ("context_length_exceeded", BAD),
    ("validation", BAD),
    ("authentication_error", AUTH),
    ("invalid_api_key", AUTH),
    ("permission_error", DENIED),
    ("model_not_found", MISSING),
    ("NotFoundError", MISSING),
    ("rate_limit_exceeded", RATE),
    ("rate_limit_error", RATE),
    ("too_many_requests", RATE),
    ("Throttling.AllocationQuota", RATE),
    ("insufficient_quota", RATE),
    ("server_error", SERVER),
    ("internal_error", SERVER),
    ("overloaded", (*RATE, *SERVER)),
    ("overloaded_error", (*RATE, *SERVER)),
    # Words that nobody knows: some error of the provider.
    ("reticulated", PROVIDER_ERRORS),
)
CODES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (400, BAD),
    (401, AUTH),
    (403, DENIED),
    (404, MISSING),
    (422, BAD),
    (429, RATE),
    (500, SERVER),
    (503, SERVER),
)


class Failure(msgspec.Struct):
    """An error: its message, a word or a code for what it is, and the right classes."""

    message: str
    word: str | None
    code: Any
    classes: tuple[str, ...]

    @property
    def told(self) -> Failed:
        """What an event with it tells."""
        return Failed(self.classes, self.message)

    def fields(self) -> dict[str, Any]:
        """The fields that most servers use."""
        known: dict[str, Any] = {"message": self.message}
        if self.word is not None:
            known["type"] = self.word
        if self.code is not None:
            known["code"] = self.code
        return known


def failure(draw: Draw, words: tuple[tuple[str, tuple[str, ...]], ...] = WORDS) -> Failure:
    """Draw an error, told by a word, by a code as number or text, or by nothing but its message."""
    message = f"the far side says no {draw.below(1000)}"
    how = draw.trait("error told by", ("word", "word", "number", "code as text", "message"))
    if how == "word":
        word, classes = draw.one(words)
        return Failure(message, word, None, classes)
    if how == "message":
        return Failure(message, None, None, PROVIDER_ERRORS)
    code, classes = draw.one(CODES)
    return Failure(message, None, str(code) if how == "code as text" else code, classes)
