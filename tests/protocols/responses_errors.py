"""Cases of Responses: errors, in events and bare."""

from __future__ import annotations

from typing import Any

from .case import sse
from .responses_forms import case, delta, end, event

KIND = "error-class"
WORDS: list[tuple[str, Any, str]] = [
    (
        "too-many",
        {"error": {"type": "too_many_requests", "code": "too_many_requests"}},
        "RateLimit",
    ),
    ("status", {"status": 429}, "RateLimit"),
    ("code-text", {"error": {"code": "429"}}, "RateLimit"),
    ("code-401", {"code": "401"}, "Authentication"),
    ("code-403", {"code": 403}, "PermissionDenied"),
    ("code-404", {"error": {"code": 404}}, "NotFound"),
    ("status-code", {"status_code": 400, "error": {"type": "usage_limit_reached"}}, "BadRequest"),
    ("limit", {"error": {"type": "usage_limit_reached"}}, "RateLimit"),
    ("filter", {"error": {"code": "content_filter"}}, "BadRequest"),
    ("vllm", {"error": {"type": "BadRequestError"}}, "BadRequest"),
    ("vllm-404", {"error": {"type": "NotFoundError"}}, "NotFound"),
    ("http", {"error": {"http_status_code": 422}}, "BadRequest"),
    ("dashscope", {"code": "Throttling.AllocationQuota"}, "RateLimit"),
    ("limit-code", {"code": "rate_limit_exceeded"}, "RateLimit"),
    ("both", {"error": {"type": "server_error", "code": "rate_limit_exceeded"}}, "RateLimit"),
    ("unheard", {"code": "gremlins"}, "Server"),
    ("overloaded", {"error": {"type": "overloaded_error"}}, "Server"),
    ("context", {"code": "context_length_exceeded"}, "BadRequest"),
    ("key", {"code": "invalid_api_key"}, "Authentication"),
]
for label, fields, name in WORDS:
    inner = fields.get("error")
    said = (
        {**fields, "error": {**inner, "message": "No."}} if inner else {**fields, "message": "No."}
    )
    case(
        f"error-{label}",
        KIND,
        delta("Hel", output_index=0),
        event("error", **said),
        text="Hel",
        errors=(f"{name}Error",),
        says="No.",
    )
    case(
        f"failed-{label}",
        KIND,
        delta("Hel", output_index=0),
        end("failed", error={**said, **(said.get("error") or {}), "error": None}),
        text="Hel",
        errors=(f"{name}Error",),
        says="No.",
    )
case(
    "error-400-once",
    KIND,
    event("error", error={"code": "400", "message": "bad"}),
    errors=("BadRequestError",),
    says="bad",
    requests=1,
)

KIND = "failed-then-error"
FAILED = end("failed", error=None, incomplete_details=None, usage=None)
LIMITED = event(
    "error",
    error={"type": "too_many_requests", "code": "rate_limit_exceeded", "message": "Exceeded."},
)
case(
    "failed-then-error",
    KIND,
    delta("Hel"),
    FAILED,
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "failed-then-done",
    KIND,
    delta("Hel"),
    FAILED,
    done=True,
    text="Hel",
    errors=("ServerError",),
    says="did not say why",
)
case(
    "failed-alone",
    KIND,
    delta("Hel"),
    FAILED,
    text="Hel",
    errors=("ServerError",),
    says="did not say why",
)
case(
    "error-without-words-then-words",
    KIND,
    delta("Hel"),
    event("error"),
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "error-then-failed",
    KIND,
    delta("Hel"),
    LIMITED,
    FAILED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "failed-with-empty-error",
    KIND,
    delta("Hel"),
    end("failed", error={}),
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)

KIND = "bare-error"
BARE: dict[str, tuple[bytes, str, str]] = {
    "object": (b'{"error":{"message":"engine died","type":"server_error"}}\n\n', "Server", "died"),
    "detail": (b'{"detail":"engine died"}\n\n', "Server", "died"),
    "text": (b'{"error":"engine died"}\n\n', "Server", "died"),
    "pretty": (b'{\n  "error": {\n    "message": "engine died"\n  }\n}\n\n', "Server", "died"),
    "field": (b'error: {"code":400,"message":"context size"}\n\n', "BadRequest", "context size"),
    "field-text": (b"error: engine died\n\n", "Server", "engine died"),
    "named": (b'event: error\ndata: {"reason":"died"}\n\n', "Server", "died"),
    "wordless": (b"event: error\n\n", "Server", "did not say why"),
    "cloudflare": (
        b'data: {"errors":[{"message":"engine died"}],"success":false}\n\n',
        "Server",
        "died",
    ),
    "problem": (b'data: {"status":429,"title":"Too Many Requests"}\n\n', "RateLimit", "Too Many"),
    "baidu": (b'data: {"error_code":336501,"error_msg":"engine died"}\n\n', "Server", "died"),
    "plain": (b'data: {"code":"429","message":"engine died"}\n\n', "RateLimit", "died"),
}
for label, (raw, name, words) in BARE.items():
    for last, ending in (("cut", b""), ("done", b"data: [DONE]\n\n"), ("ended", sse(end()))):
        case(
            f"{label}-{last}",
            "error-field" if label.startswith("field") else KIND,
            delta("Hel", output_index=0),
            raw,
            ending,
            text="Hel",
            errors=(f"{name}Error",),
            says=words,
        )
case("ping-then-bare", KIND, b": ping\n\n", BARE["object"][0], errors=("ServerError",), says="died")
