"""Ollama: ends, errors, and lines that are not as they should be."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of, ndjson, sse
from .expected import BAD, CUT, LOOK, RATE, SERVER, TWICE, kept

__all__ = ["CASES"]


def line(text: str = "", **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "message": {"content": text, **more}, "done": False}


def last(word: str | None, *calls: Any, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"content": "", **({"tool_calls": list(calls)} if calls else {})}
    reason = {} if word is None else {"done_reason": word}
    return {"model": "m-1", "message": message, "done": True, **reason, **more}


def tool(name: str, args: Any = None, **more: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": args or {}}, **more}


def ollama(name: str, kind: str, *lines: Any, **seen: Any) -> Case:
    body = b"".join(entry if isinstance(entry, bytes) else ndjson([entry]) for entry in lines)
    more = {"content_type": "application/x-ndjson", **seen}
    return Case(name=f"ollama {name}", kind=kind, provider="ollama", body=body, **more)


def ollama_whole(name: str, kind: str, body: Any, **seen: Any) -> Case:
    whole = {"body": body_of(body), "stream": False}
    return Case(name=f"ollama {name}, whole", kind=kind, provider="ollama", **whole, **seen)


ONE = tool("look", {"q": 1})
OLLAMA_WORDS = {
    "error": "other",
    "unload": "other",
    "load": "other",
    "length": "length",
    "aborted": "other",
}
OLLAMA = [
    case
    for word, reason in OLLAMA_WORDS.items()
    for case in (
        ollama(
            f"a call and {word}",
            "half-received-call",
            line(tool_calls=[tool("wipe")]),
            last(word),
            finish=(reason,),
        ),
        ollama_whole(
            f"a call and {word}",
            "whole-answer-cut-call",
            last(word, tool("wipe")),
            finish=(reason,),
        ),
    )
] + [
    ollama(
        "a call and no reason", "half-received-call", line(tool_calls=[ONE]), last(None), **LOOK
    ),
    ollama(
        "text and no reason", "no-reason-word", line("Hi"), last(None), text="Hi", finish=("other",)
    ),
    ollama("text and END", "finish-words", line("Hi"), last("END"), text="Hi", finish=("stop",)),
    ollama("a call and no end", "half-received-call", line(tool_calls=[tool("wipe")]), errors=CUT),
    ollama(
        "a call told again at the end",
        "output-told-again",
        line(tool_calls=[ONE]),
        last("stop", ONE),
        **LOOK,
    ),
    ollama(
        "a call told again with its id",
        "output-told-again",
        line(tool_calls=[{**ONE, "id": "a"}]),
        line(tool_calls=[{**ONE, "id": "a"}]),
        last("stop"),
        **LOOK,
    ),
    ollama(
        "equal calls in one line",
        "output-told-again",
        line(tool_calls=[ONE, ONE]),
        last("stop"),
        **TWICE,
    ),
    ollama(
        "equal calls in lines of their own",
        "output-told-again",
        line(tool_calls=[ONE]),
        line(tool_calls=[ONE]),
        last("stop"),
        **TWICE,
    ),
    ollama(
        "[DONE] after the end",
        "foreign-done",
        line("Hi"),
        last("stop"),
        b"[DONE]\n",
        text="Hi",
        finish=("stop",),
    ),
    ollama(
        "[DONE] without an end",
        "foreign-done",
        line("Hi"),
        b"data: [DONE]\n",
        text="Hi",
        errors=CUT,
    ),
    ollama(
        "lines that are events",
        "untyped-events",
        sse(line("Hi"), last("stop")),
        text="Hi",
        finish=("stop",),
    ),
    ollama(
        "a picture",
        "untyped-events",
        line("Hi", images=["AAAA"]),
        last("stop"),
        text="Hi",
        finish=("stop",),
        check=kept("images", ["AAAA"]),
    ),
    ollama(
        "thinking on the last line",
        "early-finish",
        line("Hi"),
        {**last("stop"), "message": {"content": "", "thinking": "hm"}},
        text="Hi",
        reasoning="hm",
        finish=("stop",),
    ),
    *(
        ollama(
            f"{name}",
            "error-class",
            line("Hel"),
            entry,
            last("stop"),
            text="Hel",
            errors=errors,
            says=says,
        )
        for name, entry, errors, says in (
            ("an error text", {"error": "too many requests"}, RATE, "too many"),
            ("an error with a status", {"error": "no", "status": 400}, BAD, "no"),
            ("an error object", {"error": {"message": "slow", "code": "429"}}, RATE, "slow"),
            ("an error beside a message", {**line(), "error": "it broke"}, SERVER, "it broke"),
            (
                "an error on the last line",
                {**last("stop"), "error": "it broke"},
                SERVER,
                "it broke",
            ),
            ("a detail", {"detail": "Rate limit reached"}, RATE, "limit"),
            ("a message that is a text", {"message": "overloaded"}, SERVER, "overloaded"),
            ("an error field", b'error: {"code": 429, "message": "slow"}\n', RATE, "slow"),
            ("an event with an error", b'data: {"error": "it broke"}\n', SERVER, "it broke"),
        )
    ),
    ollama(
        "an error in a call",
        "bare-error",
        line(tool_calls=[tool("wipe")]),
        {"error": "it broke"},
        last("stop"),
        errors=SERVER,
    ),
    ollama_whole(
        "an error beside a message",
        "error-class",
        {**last("stop"), "error": "too many requests"},
        errors=RATE,
    ),
]


CASES: list[Case] = [*OLLAMA]
