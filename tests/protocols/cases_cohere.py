"""Cohere: ends, errors, and events that are not as they should be."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of, sse
from .expected import BAD, CUT, DONE, LOOK, RATE, SERVER, TWICE, kept

__all__ = ["CASES"]


def event(type_: str, index: int | None = None, **message: Any) -> tuple[str, Any]:
    return type_, {"type": type_, "index": index, "delta": {"message": message}}


def content(text: str) -> tuple[str, Any]:
    return event("content-delta", 0, content={"text": text})


def begun(name: str, index: int = 0, call_id: str = "w1") -> tuple[str, Any]:
    called = {"id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    return event("tool-call-start", index, tool_calls=called)


def piece(json: str, index: int = 0) -> tuple[str, Any]:
    return event("tool-call-delta", index, tool_calls={"function": {"arguments": json}})


def closed(index: int = 0) -> tuple[str, Any]:
    return "tool-call-end", {"type": "tool-call-end", "index": index}


def end(word: str | None, **more: Any) -> tuple[str, Any]:
    return "message-end", {"type": "message-end", "delta": {"finish_reason": word, **more}}


def cohere(name: str, kind: str, *events: Any, **seen: Any) -> Case:
    return Case(name=f"cohere {name}", kind=kind, provider="cohere", body=sse(*events), **seen)


def cohere_whole(name: str, kind: str, message: Any, word: Any, **seen: Any) -> Case:
    body = message if word is ... else {"message": message, "finish_reason": word}
    whole = {"body": body_of(body), "stream": False}
    return Case(name=f"cohere {name}, whole", kind=kind, provider="cohere", **whole, **seen)


COHERE_WORDS = {
    "ERROR": "other",
    "TIMEOUT": "other",
    "USER_CANCEL": "other",
    "ERROR_LIMIT": "other",
    "ERROR_TOXIC": "content_filter",
    "max_tokens": "length",
}
WIPE = [{"id": "w1", "type": "function", "function": {"name": "wipe", "arguments": "{}"}}]
COHERE_CALL = (begun("look"), piece('{"q":1}'), closed())
COHERE = [
    case
    for word, reason in COHERE_WORDS.items()
    for case in (
        cohere(
            f"half arguments, ended, and {word}",
            "half-received-call",
            begun("look"),
            piece('{"q": 1'),
            closed(),
            end(word),
            DONE,
            finish=(reason,),
        ),
        cohere(
            f"a call without arguments and {word}",
            "half-received-call",
            begun("wipe"),
            closed(),
            end(word),
            finish=(reason,),
        ),
        cohere_whole(
            f"a call and {word}",
            "whole-answer-cut-call",
            {"tool_calls": WIPE},
            word,
            finish=(reason,),
        ),
    )
] + [
    cohere(
        "ordinary words",
        "finish-words",
        content("Hi"),
        end("stop"),
        DONE,
        text="Hi",
        finish=("stop",),
    ),
    cohere("a call and tool_calls", "finish-words", *COHERE_CALL, end("tool_calls"), **LOOK),
    cohere(
        "no reason and half arguments",
        "half-received-call",
        begun("look"),
        piece('{"q"'),
        closed(),
        end(None),
        DONE,
        finish=("other",),
    ),
    cohere(
        "no reason and a whole call", "half-received-call", *COHERE_CALL, end(None), DONE, **LOOK
    ),
    cohere(
        "no reason and text",
        "no-reason-word",
        content("Hi"),
        end("null"),
        text="Hi",
        finish=("other",),
    ),
    cohere_whole(
        "no reason",
        "half-received-call",
        {"content": [{"type": "text", "text": "Hi"}]},
        None,
        text="Hi",
        finish=("other",),
    ),
    cohere("[DONE] without an end", "foreign-done", content("Hi"), DONE, text="Hi", errors=CUT),
    cohere("[DONE] after an open call", "half-received-call", begun("wipe"), DONE, errors=CUT),
    cohere(
        "text after the reason, then a cut",
        "early-finish",
        end("COMPLETE"),
        content("Hi"),
        text="Hi",
        errors=CUT,
    ),
    cohere(
        "a call begun twice",
        "output-told-again",
        begun("look"),
        *COHERE_CALL,
        end("TOOL_CALL"),
        **LOOK,
    ),
    cohere(
        "a call told twice at another index",
        "output-told-again",
        *COHERE_CALL,
        begun("look", 1),
        piece('{"q":1}', 1),
        closed(1),
        end("TOOL_CALL"),
        **LOOK,
    ),
    cohere(
        "equal calls with ids of their own",
        "output-told-again",
        *COHERE_CALL,
        begun("look", 1, "w2"),
        piece('{"q":1}', 1),
        closed(1),
        end("TOOL_CALL"),
        **TWICE,
    ),
    cohere(
        "types only in the names",
        "untyped-events",
        ("content-delta", {"index": 0, "delta": {"message": {"content": {"text": "Hi"}}}}),
        ("message-end", {"delta": {"finish_reason": "COMPLETE"}}),
        text="Hi",
        finish=("stop",),
    ),
    cohere(
        "no types at all",
        "untyped-events",
        {"delta": {"message": {"content": {"text": "Hi"}}}},
        {"delta": {"finish_reason": "COMPLETE"}},
        text="Hi",
        finish=("stop",),
    ),
    cohere(
        "content of the future",
        "untyped-events",
        event("content-delta", 0, content={"type": "image", "image": {"url": "u"}}),
        end("COMPLETE"),
        finish=("stop",),
        check=kept("other_content"),
    ),
    cohere_whole(
        "content of the future",
        "untyped-events",
        {"content": [{"type": "image", "image": {"url": "u"}}, {"type": "text", "text": "Hi"}]},
        "COMPLETE",
        text="Hi",
        finish=("stop",),
        check=kept("other_content"),
    ),
    cohere(
        "content in a list",
        "untyped-events",
        event("content-delta", 0, content=[{"type": "text", "text": "Hi"}]),
        end("COMPLETE"),
        text="Hi",
        finish=("stop",),
    ),
    cohere(
        "a call in a list",
        "untyped-events",
        event(
            "tool-call-start",
            0,
            tool_calls=[{"id": "w", "function": {"name": "look", "arguments": '{"q":1}'}}],
        ),
        end("TOOL_CALL"),
        **LOOK,
    ),
    *(
        cohere(f"{name}", "error-class", content("Hel"), raw, text="Hel", errors=errors, says=says)
        for name, raw, errors, says in (
            ("an error of the end", end("ERROR", error="Rate limit exceeded"), RATE, "limit"),
            ("a time-out", end("TIMEOUT", error="too slow"), SERVER, "too slow"),
            ("an error with a cancelled turn", end("USER_CANCEL", error="gone"), SERVER, "gone"),
            ("an error with a good word", end("COMPLETE", error="it broke"), SERVER, "it broke"),
            (
                "an error object of the end",
                end("ERROR", error={"code": 400, "message": "bad"}),
                BAD,
                "bad",
            ),
            ("a message alone", sse({"id": "x", "message": "too many requests"}), RATE, "too many"),
            (
                "an error object",
                sse({"error": {"type": "too_many_requests", "message": "no"}}),
                RATE,
                "no",
            ),
            ("an error text", sse({"error": "bad", "error_type": "validation"}), BAD, "bad"),
            ("a detail", sse({"detail": "bad", "code": "400"}), BAD, "bad"),
            ("a bare line", b'{"message": "internal"}\n\n', SERVER, "internal"),
            ("an error field", b'error: {"code": 429, "message": "slow"}\n\n', RATE, "slow"),
            ("a name without data", b"event: error\n\n", SERVER, "says nothing"),
        )
    ),
    cohere(
        "a filtered answer with words",
        "error-class",
        content("Hel"),
        end("ERROR_TOXIC", error="toxic"),
        text="Hel",
        finish=("content_filter",),
        check=kept("finish_detail", "toxic"),
    ),
    cohere_whole("an error text", "error-class", {"error": "bad", "code": "400"}, ..., errors=BAD),
]


CASES: list[Case] = [*COHERE]
