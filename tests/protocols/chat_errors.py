"""Errors, in every place and shape."""

from __future__ import annotations

import json
from typing import Any

from .case import sse
from .chat_forms import EVERYWHERE, GOOD, OTHERS, chunk, message, say, stream, whole

SERVER, RATE, BAD = ("ServerError",), ("RateLimitError",), ("BadRequestError",)

NO = "engine died"
KIND = "error-field"
LLAMA = {
    "code": 400,
    "message": "exceeds the available context size",
    "type": "invalid_request_error",
}
field = b"error: " + json.dumps(LLAMA).encode() + b"\n\n"
CONTEXT: dict[str, Any] = {"errors": BAD, "says": "context size", "requests": 1}
stream(KIND, "first", field, providers=EVERYWHERE, **CONTEXT)
stream(KIND, "in-the-middle", say("Hel"), field, text="Hel", **CONTEXT)
stream(KIND, "without-done", say("Hel"), field, done=False, text="Hel", **CONTEXT)
stream(KIND, "no-space", say("Hel"), field.replace(b": ", b":", 1), text="Hel", **CONTEXT)
stream(KIND, "not-json", say("Hel"), b"error: engine died\n\n", text="Hel", errors=SERVER, says=NO)
stream(KIND, "after-the-reason", say("Hel"), chunk(finish="stop"), field, text="Hel", **CONTEXT)
stream(
    KIND,
    "same-block-as-data",
    sse(say("Hel")).rstrip(b"\n") + b"\n" + field,
    text="Hel",
    **CONTEXT,
)

KIND = "bare-error"
DIED = {"error": {"message": NO, "type": "server_error", "code": 500}}
PLAIN: dict[str, Any] = {"text": "Hel", "errors": SERVER, "says": NO}
bare = json.dumps(DIED).encode() + b"\n\n"
stream(KIND, "in-the-middle", say("Hel"), bare, providers=EVERYWHERE, **PLAIN)
stream(KIND, "without-done", say("Hel"), bare, done=False, **PLAIN)
stream(KIND, "first", bare, errors=SERVER, says=NO)
stream(KIND, "first-without-done", bare, done=False, errors=SERVER, says=NO)
stream(KIND, "without-end", say("Hel"), bare.rstrip(), done=False, **PLAIN)
stream(KIND, "after-a-ping", b": ping\n\n", say("Hel"), bare, **PLAIN)
stream(KIND, "detail", say("Hel"), b'{"detail":"engine died"}\n\n', **PLAIN)
stream(KIND, "named", say("Hel"), ("error", DIED), **PLAIN)
stream(KIND, "named-text", say("Hel"), b"event: error\ndata: engine died\n\n", **PLAIN)
stream(KIND, "named-unknown", say("Hel"), ("error", {"reason": NO}), **PLAIN)
stream(KIND, "named-odd", say("Hel"), ("error", {"message": NO, "choices": "none"}), **PLAIN)
stream(KIND, "named-without-data", say("Hel"), b"event: error\n\n", text="Hel", errors=SERVER)
stream(KIND, "named-blank", say("Hel"), b"event: error\ndata:\n\n", text="Hel", errors=SERVER)
stream(
    KIND,
    "named-chunk",
    ("error", say("Hel")),
    ("error", say("lo")),
    chunk(finish="stop"),
    text="Hello",
    finish=("stop",),
)
SHAPES: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "cloudflare": ({"errors": [{"code": 7009, "message": NO}], "success": False}, SERVER, NO),
    "problem": ({"status": 429, "title": "Too Many Requests"}, RATE, "too many"),
    "problem-detail": (
        {"type": "about:blank", "status": 503, "title": "Busy", "detail": NO},
        SERVER,
        NO,
    ),
    "qianfan": ({"error_code": 336501, "error_msg": "Rate limit reached for RPM"}, RATE, "RPM"),
    "minimax": (
        {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}},
        RATE,
        "rate limit",
    ),
    "minimax-beside-choices": (
        {**chunk(), "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
        ("AuthenticationError",),
        "login fail",
    ),
    "text": ({"error": NO}, SERVER, NO),
    "choices-empty": ({"choices": [], **DIED}, SERVER, NO),
    "choices-null": ({"choices": None, **DIED}, SERVER, NO),
    "beside-choices": ({**chunk(finish="error"), **DIED}, SERVER, NO),
    "flat": ({"code": "engine_died", "message": NO}, SERVER, NO),
    "flat-msg": ({"code": 500, "msg": NO, "success": False}, SERVER, NO),
    "flat-beside-empty-choices": ({"choices": [], "code": 500, "message": NO}, SERVER, NO),
    "success-false": ({"success": False, "message": NO}, SERVER, NO),
    "object-error": ({"object": "error", "message": NO, "code": 500}, SERVER, NO),
    "list": ([DIED], SERVER, NO),
    "nested": ({"error": {"message": "failed", "error": {"message": NO}}}, SERVER, NO),
    "inner": (
        {"error": {"code": "content_filter", "message": NO, "innererror": {"code": "Policy"}}},
        BAD,
        NO,
    ),
    "raw": (
        {
            "error": {
                "code": 502,
                "message": "Provider failed",
                "metadata": {"raw": json.dumps(DIED)},
            }
        },
        SERVER,
        NO,
    ),
    "json-in-text": ({"error": json.dumps({"message": NO, "code": 429})}, RATE, NO),
}
for name, (shape, classes, words) in SHAPES.items():
    told = {"text": "Hel", "errors": classes, "says": words}
    stream(KIND, name, say("Hel"), shape, **told)
    stream(
        KIND,
        f"{name}-without-done",
        say("Hel"),
        say("lo"),
        shape,
        done=False,
        **{**told, "text": "Hello"},
    )
for name in ("cloudflare", "problem", "minimax"):
    shape, classes, words = SHAPES[name]
    told = {"text": "Hel", "errors": classes, "says": words}
    stream(KIND, name, say("Hel"), shape, providers=tuple(OTHERS), **told)
FALSE_ALARMS: dict[str, Any] = {
    "error-null": {"error": None},
    "error-false": {"error": False},
    "error-blank": {"error": ""},
    "error-empty": {"error": {}},
    "error-stub": {"error": {"code": None, "message": ""}},
    "errors-empty": {"errors": []},
    "minimax-good": {"base_resp": {"status_code": 0, "status_msg": "success"}},
    "code-and-message": {"code": 0, "message": "success", "status": "ok"},
    "code-and-words": {"code": "chunk", "message": "next", "detail": "x"},
}
for name, beside in FALSE_ALARMS.items():
    events = [{**event, **beside} for event in (say("Hel"), say("lo"), chunk(finish="stop"))]
    stream(KIND, name, *events, **GOOD)
    whole(KIND, name, message(content="Hello"), beside=beside, **GOOD)
for name, future in {
    "ping": {"type": "ping"},
    "keep-alive": {"object": "keep-alive"},
    "status": {"type": "status", "message": "loading"},
    "named": ("progress", {"percent": 3}),
}.items():
    stream(KIND, f"future-{name}", say("Hel"), future, say("lo"), chunk(finish="stop"), **GOOD)

KIND = "choice-error"
FELL = {"code": 502, "message": "Upstream fell over"}
UPSTREAM: dict[str, Any] = {"errors": SERVER, "says": "fell over"}
bad = chunk({"content": ""}, "error", error=FELL)
stream(KIND, "stream", say("Hel"), bad, providers=EVERYWHERE, text="Hel", **UPSTREAM)
stream(KIND, "with-stop", say("Hel"), chunk(finish="stop", error=FELL), text="Hel", **UPSTREAM)
stream(KIND, "without-reason", say("Hel"), chunk({}, error=FELL), text="Hel", **UPSTREAM)
stream(KIND, "beside-text", say("H"), say("e"), say("l", error=FELL), text="Hel", **UPSTREAM)
stream(KIND, "text", say("Hel"), chunk(error="It fell over"), text="Hel", **UPSTREAM)
stream(KIND, "in-the-delta", say("Hel"), chunk({"error": FELL}, "error"), text="Hel", **UPSTREAM)
stream(
    KIND,
    "beside-reasoning",
    *[chunk({"reasoning": "a"})] * 2,
    chunk({"reasoning": "b"}, error=FELL),
    reasoning="aab",
    **UPSTREAM,
)
stream(
    KIND,
    "rate-limit",
    say("Hel"),
    chunk(finish="error", error={"code": 429, "message": "busy"}),
    text="Hel",
    errors=RATE,
    says="busy",
)
stream(KIND, "null", say("Hel", error=None), say("lo", error={}), chunk(finish="stop"), **GOOD)
bad_choice = message("error", content="", choice={"error": FELL})
whole(KIND, "choice", bad_choice, providers=EVERYWHERE, **UPSTREAM)
whole(
    KIND,
    "with-text",
    message("error", content="Hel", choice={"error": FELL}),
    text="Hel",
    **UPSTREAM,
)
whole(KIND, "in-the-message", message("error", content=None, error=FELL), **UPSTREAM)
whole(
    KIND,
    "words-of-upstream",
    message(
        "error",
        choice={
            "error": {
                "code": 502,
                "message": "Provider returned error",
                "metadata": {"raw": "It fell over"},
            }
        },
    ),
    **UPSTREAM,
)
whole(KIND, "top-level", beside={"error": FELL}, **UPSTREAM)
whole(KIND, "null", message(content="Hello", choice={"error": None}), **GOOD)

KIND = "error-class"
CLASSES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "validation": ({"error": NO, "error_type": "validation"}, BAD),
    "overloaded": ({"error": NO, "error_type": "overloaded"}, (*SERVER, *RATE)),
    "code-400-text": (
        {"error": {"message": NO, "type": "None", "param": "None", "code": "400"}},
        BAD,
    ),
    "code-429-text": ({"error": {"message": NO, "type": "None", "code": "429"}}, RATE),
    "code-401-text": ({"error": {"message": NO, "code": "401"}}, ("AuthenticationError",)),
    "code-403-text": ({"error": {"message": NO, "code": "403"}}, ("PermissionDeniedError",)),
    "code-404-text": ({"error": {"message": NO, "code": "404"}}, ("NotFoundError",)),
    "code-500-text": ({"error": {"message": NO, "code": "500"}}, SERVER),
    "dashscope": ({"request_id": "r1", "code": "Throttling.AllocationQuota", "message": NO}, RATE),
    "vllm-bad-request": ({"error": {"message": NO, "type": "BadRequestError"}}, BAD),
    "vllm-not-found": ({"error": {"message": NO, "type": "NotFoundError"}}, ("NotFoundError",)),
    "http-status-code": ({"error": {"message": NO, "http_status_code": 422}}, BAD),
    "status-code": ({"status_code": 429, "error": {"message": NO}}, RATE),
    "raw-status-code": ({"object": "error", "message": NO, "raw_status_code": 429}, RATE),
    "content-filter": ({"error": {"message": NO, "code": "content_filter"}}, BAD),
    "moonshot-rate": ({"error": {"message": NO, "type": "rate_limit_reached_error"}}, RATE),
    "moonshot-quota": ({"error": {"message": NO, "type": "exceeded_current_quota_error"}}, RATE),
    "zai-1302": ({"error": {"message": NO, "code": "1302"}}, RATE),
    "zai-1305": ({"error": {"message": NO, "code": 1305}}, RATE),
    "zai-1301": ({"error": {"message": NO, "code": "1301"}}, BAD),
    "cerebras": (
        {"message": NO, "type": "too_many_tokens_error", "code": "token_quota_exceeded"},
        RATE,
    ),
    "minimax-balance": ({"base_resp": {"status_code": 1008, "status_msg": NO}}, BAD),
    "groq-tool": ({"error": {"message": NO, "code": "tool_use_failed"}}, BAD),
    "words-alone": ({"error": f"{NO}: rate limit reached"}, RATE),
    "code-before-type": (
        {"error": {"message": NO, "type": "server_error", "code": "rate_limit_exceeded"}},
        RATE,
    ),
    "small-number": ({"error": {"message": NO, "code": 40}}, SERVER),
}
for name, (shape, classes) in CLASSES.items():
    stream(KIND, name, say("Hel"), shape, text="Hel", errors=classes, says=NO)
for name in ("code-429-text", "http-status-code", "dashscope"):
    shape, classes = CLASSES[name]
    told = {"text": "Hel", "errors": classes, "says": NO}
    stream(KIND, name, say("Hel"), shape, providers=tuple(OTHERS), **told)
for name in ("validation", "code-400-text", "vllm-not-found"):
    shape, classes = CLASSES[name]
    stream(KIND, f"{name}-first", shape, errors=classes, says=NO, requests=1)
    whole(KIND, name, beside=shape, errors=classes, says=NO, requests=1)
whole(KIND, "quota", beside=CLASSES["moonshot-quota"][0], errors=RATE, says=NO, requests=1)
whole(KIND, "balance", beside={"error": {"code": "1113", "message": NO}}, errors=RATE, requests=1)
XAI = {
    "code": "The caller does not have permission to execute the specified operation",
    "error": NO,
}
stream(
    KIND,
    "xai-words",
    say("Hel"),
    XAI,
    providers=("grok",),
    text="Hel",
    errors=("PermissionDeniedError",),
    says=NO,
)
stream(
    KIND,
    "x-groq",
    say("Hel"),
    {**chunk(), "x_groq": {"error": "rate limit reached"}},
    providers=("groq",),
    text="Hel",
    errors=RATE,
    says="rate limit",
)
