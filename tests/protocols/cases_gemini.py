"""Gemini: how answers end, and how they are split."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of, sse
from .expected import CUT, DONE, LOOK, TWICE, kept, native

__all__ = ["CASES"]


def part(*parts: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A frame of one candidate."""
    reason = {} if finish is None else {"finishReason": finish}
    candidate = {"content": {"parts": list(parts)}, "index": 0, **reason, **more}
    return {"candidates": [candidate]}


def words(text: str, **more: Any) -> dict[str, Any]:
    return part({"text": text}, **more)


def function(name: str, args: Any = None, **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": args or {}, **more}}


def gemini(name: str, kind: str, *frames: Any, **seen: Any) -> Case:
    return Case(name=f"google {name}", kind=kind, provider="google", body=sse(*frames), **seen)


def gemini_whole(name: str, kind: str, body: Any, **seen: Any) -> Case:
    whole = {"body": body_of(body), "stream": False}
    return Case(name=f"google {name}, whole", kind=kind, provider="google", **whole, **seen)


def both(name: str, kind: str, frame: Any, **seen: Any) -> list[Case]:
    """One frame, as a stream and as a whole answer."""
    return [gemini(name, kind, frame, **seen), gemini_whole(name, kind, frame, **seen)]


DISOWNED = {
    "MALFORMED_FUNCTION_CALL": "other",
    "UNEXPECTED_TOOL_CALL": "other",
    "TOO_MANY_TOOL_CALLS": "other",
    "MISSING_THOUGHT_SIGNATURE": "other",
    "OTHER": "other",
    "LANGUAGE": "other",
    "NO_IMAGE": "other",
    "SAFETY": "content_filter",
    "recitation": "content_filter",
    "MAX_TOKENS": "length",
}
LOOKED = function("look", {"q": 1})
GEMINI_ENDS = [
    case
    for word, reason in DISOWNED.items()
    for case in both(
        f"a call and {word}",
        "disowned-call",
        part(function("wipe"), finish=word),
        finish=(reason,),
        check=native(word),
    )
] + [
    gemini(
        "a call, and its reason later",
        "disowned-call",
        part(LOOKED),
        part(finish="OTHER"),
        finish=("other",),
    ),
    gemini("a call and lower-case words", "finish-words", part(LOOKED, finish="stop"), **LOOK),
    gemini("a call and tool_calls", "finish-words", part(LOOKED, finish="tool_calls"), **LOOK),
    gemini(
        "text and length",
        "finish-words",
        words("Hi", finish="length"),
        text="Hi",
        finish=("length",),
    ),
    gemini_whole("a call without a reason", "half-received-call", part(LOOKED), **LOOK),
    gemini_whole(
        "text without a reason", "half-received-call", words("Hi"), text="Hi", finish=("other",)
    ),
    *both(
        "a blocked prompt with a call",
        "disowned-call",
        {**part(function("wipe"), finish="STOP"), "promptFeedback": {"blockReason": "SAFETY"}},
        finish=("content_filter",),
    ),
    *(
        gemini(
            f"{word or 'an empty word'} on every frame",
            "no-reason-word",
            words("Hel", finish=word),
            words("lo", finish=word),
            text="Hello",
            errors=CUT,
        )
        for word in ("FINISH_REASON_UNSPECIFIED", "null", "")
    ),
    gemini(
        "unspecified words and a stop",
        "no-reason-word",
        words("Hel", finish="FINISH_REASON_UNSPECIFIED"),
        words("lo", finish="STOP"),
        text="Hello",
        finish=("stop",),
    ),
    gemini(
        "[DONE]",
        "foreign-done",
        words("Hello", finish="STOP"),
        DONE,
        text="Hello",
        finish=("stop",),
    ),
    gemini("[DONE] without an end", "foreign-done", words("Hello"), DONE, text="Hello", errors=CUT),
    gemini(
        "[DONE] after an array",
        "foreign-done",
        body_of([words("Hello", finish="STOP")]),
        b"\n\n" + DONE,
        text="Hello",
        finish=("stop",),
    ),
    gemini(
        "[DONE] in an array",
        "foreign-done",
        body_of([words("Hel"), ["DONE"], words("lo", finish="STOP")]).replace(
            b'["DONE"]', b"[DONE]"
        ),
        text="Hello",
        finish=("stop",),
    ),
    gemini(
        "an empty STOP first, then a cut",
        "early-finish",
        part(finish="STOP"),
        words("Hel"),
        text="Hel",
        errors=CUT,
    ),
    gemini(
        "an empty STOP first, and a real one",
        "early-finish",
        part(finish="STOP"),
        words("Hel"),
        words("lo", finish="STOP"),
        text="Hello",
        finish=("stop",),
    ),
    gemini(
        "STOP on every frame",
        "early-finish",
        words("Hel", finish="STOP"),
        words("lo", finish="STOP"),
        text="Hello",
        finish=("stop",),
    ),
    gemini(
        "a call after its STOP, then a cut",
        "early-finish",
        words("Hel", finish="STOP"),
        part(function("wipe")),
        text="Hel",
        errors=CUT,
    ),
    gemini(
        "events parted by one newline",
        "one-newline",
        sse(words("Hel"), words("lo", finish="STOP")).replace(b"\n\n", b"\n"),
        text="Hello",
        finish=("stop",),
    ),
]


def candidates(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": list(listed)}


def candidate(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"content": {"parts": list(parts)}, "finishReason": "STOP", **more}


TEXT = {"text": "Look."}
SPLIT = [
    *both(
        "a call in a second candidate",
        "split-choices",
        candidates(candidate(TEXT, index=0), candidate(LOOKED, index=1)),
        text="Look.",
        **LOOK,
    ),
    *both(
        "candidates without indexes",
        "split-choices",
        candidates(candidate(TEXT), candidate(LOOKED)),
        text="Look.",
        **LOOK,
    ),
    *both(
        "two candidates of index 0",
        "split-choices",
        candidates(candidate(TEXT, index=0), candidate(LOOKED, index=0)),
        text="Look.",
        **LOOK,
    ),
    *both(
        "two calls in two candidates",
        "split-choices",
        candidates(candidate(LOOKED, index=0), candidate(LOOKED, index=1)),
        **TWICE,
    ),
    *both(
        "the text of another candidate",
        "split-choices",
        candidates(candidate(TEXT, index=0), candidate({"text": "Or?"}, index=1)),
        text="Look.",
        finish=("stop",),
        check=kept("other_candidates", ["Or?"]),
    ),
    *both(
        "a disowned call in a second candidate",
        "split-choices",
        candidates(
            candidate(TEXT, index=0),
            candidate(function("wipe"), index=1, finishReason="MALFORMED_FUNCTION_CALL"),
        ),
        text="Look.",
        finish=("other",),
    ),
    *(
        gemini(
            f"the only candidate has index {index!r}",
            "split-choices",
            candidates({"content": {"parts": [{"text": "Hel"}]}, "index": index}),
            candidates(candidate({"text": "lo"}, index=index)),
            text="Hello",
            finish=("stop",),
        )
        for index in (1, "0", -1, None)
    ),
    gemini(
        "a last frame without an index",
        "split-choices",
        candidates({"content": {"parts": [TEXT]}, "index": 1}),
        candidates(candidate()),
        text="Look.",
        finish=("stop",),
    ),
    gemini(
        "a second candidate without a reason",
        "split-choices",
        candidates(candidate(TEXT), {"content": {"parts": [LOOKED]}, "index": 1}),
        text="Look.",
        **LOOK,
    ),
    gemini(
        "candidates in frames of their own",
        "split-choices",
        words("Hel"),
        words("Or", index=1),
        words("lo"),
        candidates(candidate(index=1)),
        candidates(candidate(index=0)),
        text="Hello",
        finish=("stop",),
        check=kept("other_candidates", ["Or"]),
    ),
]
PARTS = [
    *both(
        "text and a call in one part",
        "split-choices",
        part({**TEXT, **LOOKED}, finish="STOP"),
        text="Look.",
        **LOOK,
    ),
    *both(
        "a thought given as text",
        "reasoning-fields",
        part({"thought": "hm"}, TEXT, finish="STOP"),
        text="Look.",
        reasoning="hm",
        finish=("stop",),
    ),
    *both(
        "a part of the future",
        "untyped-events",
        part({"hologram": {"a": 1}}, finish="STOP"),
        finish=("stop",),
        check=kept("other_parts"),
    ),
    *both(
        "a file by reference",
        "untyped-events",
        part({"fileData": {"fileUri": "u"}}, finish="STOP"),
        finish=("stop",),
        check=kept("file_data"),
    ),
    gemini(
        "a call told in two frames",
        "output-told-again",
        part(function("look", {"q": 1}, id="f")),
        part(function("look", {"q": 1}, id="f"), finish="STOP"),
        **LOOK,
    ),
    gemini(
        "a call that grows",
        "output-told-again",
        part(function("look", id="f")),
        part(function("look", {"q": 1}, id="f"), finish="STOP"),
        **LOOK,
    ),
    gemini(
        "a call told again with its signature",
        "output-told-again",
        part({**LOOKED, "thoughtSignature": "c2ln"}),
        part({**LOOKED, "thoughtSignature": "c2ln"}, finish="STOP"),
        **LOOK,
    ),
    gemini(
        "equal calls with ids of their own",
        "output-told-again",
        part(function("look", {"q": 1}, id="f")),
        part(function("look", {"q": 1}, id="g"), finish="STOP"),
        **TWICE,
    ),
    *both(
        "equal calls without ids", "output-told-again", part(LOOKED, LOOKED, finish="STOP"), **TWICE
    ),
    gemini(
        "arguments that stop half-way",
        "half-received-call",
        part({"functionCall": {"name": "wipe", "willContinue": True}}),
        part(
            {
                "functionCall": {
                    "partialArgs": [
                        {"jsonPath": "$.what", "stringValue": "x", "willContinue": True}
                    ],
                    "willContinue": True,
                }
            },
            finish="STOP",
        ),
        finish=("stop", "other"),
    ),
]


CASES: list[Case] = [*GEMINI_ENDS, *SPLIT, *PARTS]
