"""Cases that have to do with how events are framed, in each protocol of server-sent events."""

from __future__ import annotations

import json
from typing import Any

from .case import Case, sse

__all__ = ["CASES"]

CASES: list[Case] = []


def chat(delta: Any, reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def block(text: str) -> tuple[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}


def candidate(text: str, reason: str | None = None) -> dict[str, Any]:
    told = {"content": {"parts": [{"text": text}]}, "index": 0}
    return {"candidates": [told if reason is None else {**told, "finishReason": reason}]}


def content(text: str) -> dict[str, Any]:
    return {
        "type": "content-delta",
        "index": 0,
        "delta": {"message": {"content": {"text": text}}},
    }


START = ("message_start", {"type": "message_start", "message": {"id": "m", "content": []}})
END = ("message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
ANSWERS: dict[str, list[Any]] = {
    "compatible": [chat({"content": "Hel"}), chat({"content": "lo"}), chat({}, "stop"), "[DONE]"],
    "openrouter": [chat({"content": "Hel"}), chat({"content": "lo"}), chat({}, "stop"), "[DONE]"],
    "anthropic": [
        START,
        block("Hel"),
        block("lo"),
        END,
        ("message_stop", {"type": "message_stop"}),
    ],
    "google": [candidate("Hel"), candidate("lo", "STOP")],
    "cohere": [
        content("Hel"),
        content("lo"),
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ],
}
"""The text "Hello" in three events or so, and a good end."""

CUT = {"google": "Hel", "compatible": "Hello", "openrouter": "Hello", "anthropic": "Hello"}
"""The text that has arrived when the event before the last one is cut."""

ERRORS: dict[str, Any] = {
    "compatible": {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}},
    "openrouter": {"error": {"message": "Slow down.", "code": 429}},
    "anthropic": (
        "error",
        {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}},
    ),
    "google": {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Slow down."}},
    "cohere": {"message": "rate limit: Slow down."},
}


def line(event: Any, *, named: bool = True) -> bytes:
    """An event as its lines, without the one that is blank."""
    name, value = event if isinstance(event, tuple) else (None, event)
    payload = value if isinstance(value, str) else json.dumps(value)
    head = f"event: {name}\n" if name and named else ""
    return f"{head}data: {payload}\n".encode()


for provider, events in ANSWERS.items():
    good: dict[str, Any] = {"kind": "one-newline", "provider": provider, "text": "Hello"}
    for label, named in (("", True), ("-unnamed", False)):
        lines = [line(event, named=named) for event in events]
        joined = b"".join(lines)
        CASES += [
            Case(
                name=f"framing-{provider}-one-newline{label}",
                body=joined + b"\n",
                finish=("stop",),
                **good,
            ),
            Case(
                name=f"framing-{provider}-one-newline-unended{label}",
                body=joined,
                finish=("stop",),
                **good,
            ),
            Case(
                name=f"framing-{provider}-one-newline-and-two{label}",
                body=lines[0] + b"\n" + b"".join(lines[1:]) + b"\n",
                finish=("stop",),
                **good,
            ),
            Case(
                name=f"framing-{provider}-one-newline-cut{label}",
                body=lines[0] + b"".join(lines[1:])[: -len(lines[-1]) - 12],
                kind="one-newline",
                provider=provider,
                text=CUT.get(provider, "Hel"),
                errors=("StreamInterruptedError",),
            ),
        ]
    # An error that says nothing, and the words of it in the next event.
    first = events[1] if provider == "anthropic" else events[0]
    opening = [START, first] if provider == "anthropic" else [first]
    CASES.append(
        Case(
            name=f"framing-{provider}-wordless-error-then-words",
            kind="failed-then-error",
            provider=provider,
            body=sse(*opening, b"event: error\n\n", ERRORS[provider]),
            text="Hel",
            errors=("RateLimitError",),
            says="Slow down.",
        )
    )
    CASES.append(
        Case(
            name=f"framing-{provider}-wordless-error-alone",
            kind="failed-then-error",
            provider=provider,
            body=sse(*opening, b"event: error\n\n"),
            text="Hel",
            errors=("ServerError",),
        )
    )
    told = ERRORS[provider]
    bare = json.dumps(told[1] if isinstance(told, tuple) else told).encode()
    CASES.append(
        Case(
            name=f"framing-{provider}-bare-error-then-half-a-line",
            kind="bare-error",
            provider=provider,
            body=sse(*opening) + bare + b"\nda",
            text="Hel",
            errors=("RateLimitError",),
            says="Slow down.",
        )
    )
