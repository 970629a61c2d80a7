"""Messages and Converse: events without types or indexes, and told again."""

from __future__ import annotations

from typing import Any

from .case import Case, sse
from .expected import BROKEN, CUT, LOOK, counted, kept
from .messages import (
    COUNTS,
    ENDED,
    METADATA,
    START,
    STOP,
    add,
    arguments,
    begin,
    called,
    claude,
    claude_whole,
    close,
    converse,
    end,
    grown,
    stopped,
    text,
    untyped,
    use,
)

__all__ = ["CASES"]

# --- events without types, without indexes, told again ---

NAMED = (("message_start", {"message": {"id": "m", "content": []}}), ("message_stop", {}))
ENDING = ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": COUNTS})
UNTYPED = [
    claude(name, "untyped-events", untyped(NAMED[0], *events, ENDING, NAMED[1]), **seen)
    for name, events, seen in (
        (
            "a delta with a type",
            [("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "Hi"}})],
            {"text": "Hi", "finish": ("stop",), "check": counted},
        ),
        (
            "no type at all",
            [("content_block_delta", {"index": 0, "delta": {"text": "Hi"}})],
            {"text": "Hi", "finish": ("stop",)},
        ),
        (
            "no name, no type",
            [(None, {"index": 0, "delta": {"text": "Hi"}})],
            {"text": "Hi", "finish": ("stop",)},
        ),
        (
            "thinking",
            [("content_block_delta", {"index": 0, "delta": {"thinking": "hm"}})],
            {"reasoning": "hm", "finish": ("stop",)},
        ),
        (
            "a block",
            [
                ("content_block_start", {"index": 0, "content_block": {"text": "H"}}),
                ("content_block_delta", {"index": 0, "delta": {"text": "i"}}),
            ],
            {"text": "Hi", "finish": ("stop",)},
        ),
        (
            "a call",
            [
                (
                    "content_block_start",
                    {"index": 0, "content_block": {"id": "c", "name": "look", "input": {}}},
                ),
                ("content_block_delta", {"index": 0, "delta": {"partial_json": '{"q":1}'}}),
                ("content_block_stop", {"index": 0}),
            ],
            {"calls": (("look", '{"q":1}'),), "runs": ("look",), "finish": ("tool_calls",)},
        ),
        (
            "arguments of nothing",
            [("content_block_delta", {"index": 0, "delta": {"partial_json": '{"q":1}'}})],
            {"errors": BROKEN},
        ),
    )
] + [
    claude(
        "a delta of type text",
        "untyped-events",
        START,
        add(0, type="text", text="Hi"),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
    ),
    claude(
        "nothing but a delta of the future",
        "untyped-events",
        START,
        add(0, type="new_delta", text="Hi"),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
    ),
    claude(
        "a delta of the future beside text",
        "untyped-events",
        START,
        text("Hi"),
        add(0, type="new_delta", text="?"),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
        check=kept("other_content"),
    ),
    claude(
        "a block of the future",
        "untyped-events",
        START,
        begin(0, type="new", text="?"),
        close(),
        text("Hi", 1),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
        check=kept("other_content"),
    ),
    claude_whole(
        "a block of the future",
        "untyped-events",
        {"content": [{"type": "new", "text": "?"}], "stop_reason": "end_turn"},
        finish=("stop",),
        check=kept("other_content"),
    ),
    claude(
        "text into a closed block",
        "untyped-events",
        START,
        begin(0, type="text", text=""),
        close(),
        text("Hi"),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
    ),
    claude(
        "no index",
        "untyped-events",
        START,
        begin(None, type="text", text=""),
        text("Hi", None),
        close(None),
        use("look", None),
        arguments('{"q":1}', None),
        close(None),
        end("tool_use"),
        STOP,
        text="Hi",
        calls=(("look", '{"q":1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
    claude(
        "text at the index of a call",
        "untyped-events",
        START,
        use("look"),
        text("Hi"),
        arguments('{"q":1}'),
        close(),
        end("tool_use"),
        STOP,
        text="Hi",
        calls=(("look", '{"q":1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
    claude(
        "[DONE] after the end",
        "foreign-done",
        START,
        text("Hi"),
        end("end_turn"),
        b"data: [DONE]\n\n",
        text="Hi",
        finish=("stop",),
    ),
    claude(
        "[DONE] without an end",
        "foreign-done",
        START,
        text("Hi"),
        b"data: [DONE]\n\n",
        text="Hi",
        errors=CUT,
    ),
    claude(
        "events parted by one newline",
        "one-newline",
        b"".join(
            sse(e).replace(b"\n\n", b"\n") for e in (START, text("Hi"), end("end_turn"), STOP)
        ),
        text="Hi",
        finish=("stop",),
    ),
]
CALL: tuple[Any, ...] = (use("look"), arguments('{"q":1}'), close())
REPEATED = [
    claude(
        "a call begun twice",
        "output-told-again",
        START,
        use("look"),
        *CALL,
        end("tool_use"),
        STOP,
        **LOOK,
    ),
    claude(
        "a call told twice", "output-told-again", START, *CALL, *CALL, end("tool_use"), STOP, **LOOK
    ),
    claude(
        "a call told twice at another index",
        "output-told-again",
        START,
        *CALL,
        use("look", 1),
        arguments('{"q":1}', 1),
        close(1),
        end("tool_use"),
        STOP,
        **LOOK,
    ),
    claude(
        "equal calls with ids of their own",
        "output-told-again",
        START,
        *CALL,
        use("look", 1, id="c2"),
        arguments('{"q":1}', 1),
        close(1),
        end("tool_use"),
        STOP,
        calls=(("look", '{"q":1}'),) * 2,
        runs=("look", "look"),
        finish=("tool_calls",),
    ),
    converse(
        "a call begun twice",
        "output-told-again",
        called("look"),
        called("look"),
        grown(toolUse={"input": '{"q":1}'}),
        ENDED,
        stopped("tool_use"),
        METADATA,
        **LOOK,
    ),
    converse(
        "a call told twice",
        "output-told-again",
        *(called("look"), grown(toolUse={"input": '{"q":1}'}), ENDED) * 2,
        stopped("tool_use"),
        METADATA,
        **LOOK,
    ),
]


CASES: list[Case] = [*UNTYPED, *REPEATED]
