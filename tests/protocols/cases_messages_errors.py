"""Messages and Converse: errors inside an answer of status 200."""

from __future__ import annotations

from .case import Case, body_of, sse
from .endings import bedrock_event
from .expected import BAD, RATE, SERVER
from .messages import (
    START,
    STOP,
    called,
    claude,
    claude_whole,
    converse,
    end,
    grown,
    text,
    told,
    use,
)

__all__ = ["CASES"]

# --- errors ---

ERRORS: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "an unknown type": (
        sse(
            (
                "error",
                {"type": "error", "error": {"type": "too_many_requests", "message": "Too Many"}},
            )
        ),
        RATE,
        "Too Many",
    ),
    "a type of Anthropic's": (
        sse(
            (
                "error",
                {"type": "error", "error": {"type": "invalid_request_error", "message": "bad"}},
            )
        ),
        BAD,
        "bad",
    ),
    "a flat object": (
        sse(("error", {"type": "error", "message": "slow", "code": "429"})),
        RATE,
        "slow",
    ),
    "a text": (sse({"error": "Input is wrong", "error_type": "validation"}), BAD, "wrong"),
    "a detail": (sse({"detail": "Rate limit reached"}), RATE, "limit reached"),
    "a code in text": (sse({"error": {"message": "no", "code": "400"}}), BAD, "no"),
    "a bare line": (b'{"error":{"message":"engine died","code":500}}\n\n', SERVER, "engine died"),
    "an error field": (b'error: {"code":429,"message":"slow down"}\n\n', RATE, "slow down"),
    "a name without data": (b"event: error\n\n", SERVER, "says nothing"),
    "a name with words": (b"event: error\ndata: upstream gone\n\n", SERVER, "upstream gone"),
    "a list": (
        sse({"errors": [{"message": "quota exceeded for it"}], "success": False}),
        RATE,
        "quota",
    ),
    "an error beside the end": (
        sse({**end("error"), "error": {"message": "fell over", "code": 502}}),
        SERVER,
        "fell over",
    ),
    "an error in the delta": (
        sse(
            told("message_delta", delta={"stop_reason": "error", "error": {"message": "fell over"}})
        ),
        SERVER,
        "fell over",
    ),
}
FAILED = [
    case
    for name, (raw, errors, says) in ERRORS.items()
    for case in (
        claude(
            f"after text {name}",
            "error-class",
            START,
            text("Hel"),
            raw,
            end("end_turn"),
            STOP,
            text="Hel",
            errors=errors,
            says=says,
        ),
        claude(
            f"in a call {name}",
            "bare-error",
            START,
            use("wipe"),
            raw,
            end("tool_use"),
            STOP,
            errors=errors,
            says=says,
        ),
    )
] + [
    claude(
        "a bare line and [DONE]",
        "bare-error",
        START,
        text("Hel"),
        ERRORS["a bare line"][0],
        b"data: [DONE]\n\n",
        text="Hel",
        errors=SERVER,
    ),
    claude(
        "an error field first", "error-field", ERRORS["an error field"][0], errors=RATE, requests=3
    ),
    claude_whole(
        "a detail", "error-class", {"type": None, "detail": "Rate limit reached"}, errors=RATE
    ),
    claude_whole(
        "an error beside content",
        "error-class",
        {"content": [{"type": "text", "text": "Hel"}], "error": {"message": "bad", "code": 400}},
        text="Hel",
        errors=BAD,
    ),
    *(
        converse(
            f"{name}",
            "error-class",
            grown(text="Hel"),
            bedrock_event(name, {"message": "no"}, kind),
            text="Hel",
            errors=errors,
            says="no",
        )
        for name, kind, errors in (
            ("throttlingException", "exception", RATE),
            ("ThrottlingException", "event", RATE),
            ("tooManyRequestsException", "exception", RATE),
            ("newValidationException", "exception", BAD),
            ("somethingNewException", "exception", SERVER),
            ("modelStreamErrorException", "exception", SERVER),
        )
    ),
    converse(
        "an exception with a status",
        "error-class",
        grown(text="Hel"),
        bedrock_event("oddException", {"message": "no", "originalStatusCode": 429}, "exception"),
        text="Hel",
        errors=RATE,
    ),
    converse(
        "a document with an error",
        "error-class",
        body_of({"error": {"message": "slow", "code": "429"}}),
        errors=RATE,
        says="slow",
    ),
    converse(
        "an exception in a call",
        "half-received-call",
        called("wipe"),
        bedrock_event("internalServerException", {"message": "no"}, "exception"),
        errors=SERVER,
    ),
]


CASES: list[Case] = [*FAILED]
