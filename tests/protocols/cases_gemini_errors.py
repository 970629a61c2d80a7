"""Gemini: errors inside an answer of status 200."""

from __future__ import annotations

from .case import Case, sse
from .cases_gemini import function, gemini, gemini_whole, part, words
from .expected import BAD, DONE, RATE, SERVER

__all__ = ["CASES"]

GEMINI_ERRORS: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "a code in text": (sse({"error": {"code": "429", "message": "slow"}}), RATE, "slow"),
    "a name as the code": (
        sse({"error": {"code": "RESOURCE_EXHAUSTED", "message": "slow"}}),
        RATE,
        "slow",
    ),
    "a number of RPC": (sse({"error": {"code": 8, "message": "slow"}}), RATE, "slow"),
    "an array": (sse([{"error": {"code": 400, "message": "bad"}}]), BAD, "bad"),
    "a text": (sse({"error": "Rate limit reached"}), RATE, "limit"),
    "an error in the message": (
        sse({"error": {"code": 500, "message": '{"error": {"code": 429, "message": "slow"}}'}}),
        RATE,
        "slow",
    ),
    "an error beside candidates": (
        sse({**words(""), "error": {"code": 503, "message": "busy"}}),
        SERVER,
        "busy",
    ),
    "a bare line": (b'{"error": {"code": 400, "message": "bad"}}\n\n', BAD, "bad"),
    "an error field": (b'error: {"code": 429, "message": "slow"}\n\n', RATE, "slow"),
    "a name with words": (b"event: error\ndata: upstream gone\n\n", SERVER, "upstream gone"),
    "a name without data": (b"event: error\n\n", SERVER, "says nothing"),
    "a detail": (sse({"detail": "Rate limit reached"}), RATE, "limit"),
}
GEMINI_FAILED = [
    case
    for name, (raw, errors, says) in GEMINI_ERRORS.items()
    for case in (
        gemini(
            f"after text {name}",
            "error-class",
            words("Hel"),
            raw,
            text="Hel",
            errors=errors,
            says=says,
        ),
        gemini(
            f"in a call {name}",
            "bare-error",
            part(function("wipe")),
            raw,
            DONE,
            errors=errors,
            says=says,
        ),
    )
] + [
    gemini_whole(
        "a text as the error", "error-class", {"error": "Rate limit reached"}, errors=RATE
    ),
    gemini_whole(
        "an array as the error",
        "error-class",
        [{"error": {"code": 400, "message": "bad"}}],
        errors=BAD,
    ),
    gemini_whole(
        "an error beside candidates",
        "error-class",
        {**words("Hel", finish="STOP"), "error": {"code": "429", "message": "slow"}},
        text="Hel",
        errors=RATE,
    ),
]


CASES: list[Case] = [*GEMINI_FAILED]
