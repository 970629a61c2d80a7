"""Messages and Converse: messages that begin complete, ends that come early."""

from __future__ import annotations

from typing import Any

from .case import Case, body_of
from .expected import CUT, LOOK, counted, kept
from .messages import (
    COUNTS,
    METADATA,
    START,
    STOP,
    add,
    begin,
    claude,
    close,
    converse,
    converse_whole,
    end,
    grown,
    stopped,
    text,
    told,
    use,
)

__all__ = ["CASES"]

# --- a message that begins complete; an end that comes early ---


def complete(**more: Any) -> dict[str, Any]:
    content = more.pop("content", [{"type": "text", "text": "Hello"}])
    message = {"id": "m", "content": content, "stop_reason": "end_turn", "usage": COUNTS, **more}
    return told("message_start", message=message)


TOLD: dict[str, Any] = {"text": "Hello", "finish": ("stop",), "check": counted}
SCANT = told("message_delta", delta={"stop_reason": "end_turn"})
COMPLETE = [
    claude("and a stop", "complete-start", complete(), STOP, **TOLD),
    claude("and nothing", "complete-start", complete(), **TOLD),
    claude(
        "and a null reason",
        "complete-start",
        complete(),
        told("message_delta", delta={"stop_reason": None}),
        STOP,
        **TOLD,
    ),
    claude(
        "and its stream once more",
        "complete-start",
        complete(),
        begin(0, type="text", text=""),
        text("Hel"),
        text("lo"),
        close(),
        end("end_turn"),
        STOP,
        **TOLD,
    ),
    claude(
        "with a call",
        "complete-start",
        complete(content=[use("look", input={"q": 1})["content_block"]], stop_reason="tool_use"),
        STOP,
        **LOOK,
    ),
    claude(
        "with a call and max_tokens",
        "complete-start",
        complete(content=[use("look", input={"q": 1})["content_block"]], stop_reason="max_tokens"),
        STOP,
        finish=("length",),
    ),
    claude(
        "counts in the start only",
        "complete-start",
        complete(content=[], stop_reason=None),
        text("Hello"),
        SCANT,
        STOP,
        **TOLD,
    ),
    claude(
        "counts in the end only",
        "complete-start",
        START,
        text("Hello"),
        end("end_turn"),
        STOP,
        **TOLD,
    ),
    claude(
        "thinking after the reason, then a cut",
        "early-finish",
        START,
        end("end_turn"),
        add(0, type="thinking_delta", thinking="hm"),
        reasoning="hm",
        errors=CUT,
    ),
    claude(
        "text after the reason, then a cut",
        "early-finish",
        START,
        end("end_turn"),
        text("Hel"),
        text="Hel",
        errors=CUT,
    ),
    converse(
        "text after the reason, then a cut",
        "early-finish",
        stopped("end_turn"),
        grown(text="Hel"),
        text="Hel",
        errors=CUT,
    ),
    converse(
        "a whole answer in place of a stream",
        "untyped-events",
        body_of({"output": {"message": {"content": [{"text": "Hi"}]}}, "stopReason": "end_turn"}),
        text="Hi",
        finish=("stop",),
    ),
    converse(
        "a part of the future",
        "untyped-events",
        grown(hologram={"a": 1}),
        stopped("end_turn"),
        METADATA,
        finish=("stop",),
        check=kept("other_content"),
    ),
    converse_whole(
        "a part of the future",
        "untyped-events",
        [{"text": "Hi"}, {"audio": {"format": "mp3"}}],
        "end_turn",
        text="Hi",
        finish=("stop",),
        check=kept("other_content"),
    ),
    converse(
        "no names",
        "untyped-events",
        ("", grown(text="Hi")[1]),
        ("", stopped("end_turn")[1]),
        text="Hi",
        finish=("stop",),
    ),
]


CASES: list[Case] = [*COMPLETE]
