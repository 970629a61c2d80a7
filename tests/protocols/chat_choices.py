"""Answers that are split over choices, or that have odd indexes."""

from __future__ import annotations

from typing import Any

from .chat_forms import (
    DONE_WELL,
    EVERYWHERE,
    GOOD,
    call,
    calls,
    chunk,
    holds,
    message,
    more_of,
    say,
    stream,
    whole,
)

KIND = "split-choices"
LOOK = call("look", '{"q": 1}', None, "call_a")
LOOK_DELTA = calls(call("look", '{"q": 1}', 0, "call_a"))
NEXT_DELTA = calls(call("look", '{"q": 2}', 0, "call_b"))
LOOKED: dict[str, Any] = {"calls": (("look", '{"q": 1}'),), "runs": ("look",)}
BOTH: dict[str, Any] = {
    "calls": (("look", '{"q": 1}'), ("look", '{"q": 2}')),
    "runs": ("look", "look"),
}
CALLED: dict[str, Any] = {"text": "Look.", "finish": ("tool_calls",), **LOOKED}


def parts(*listed: dict[str, Any]) -> dict[str, Any]:
    """One event with the choices of several."""
    return {"id": "chat_1", "choices": [event["choices"][0] for event in listed]}


for name, indexes in {"missing": (None, None), "zeros": (0, 0), "apart": (0, 1)}.items():
    first = message("tool_calls", indexes[0], content="Look.")
    second = message("tool_calls", indexes[1], tool_calls=[LOOK])
    whole(
        KIND,
        name,
        first,
        second,
        providers=EVERYWHERE if name == "missing" else ("compatible",),
        **CALLED,
    )
    streamed = parts(say("Look.", index=indexes[0]), chunk(LOOK_DELTA, "tool_calls", indexes[1]))
    stream(KIND, name, streamed, **CALLED)
whole(
    KIND,
    "empty-text-first",
    message("stop", 0, content=""),
    message("tool_calls", 1, tool_calls=[LOOK]),
    finish=("tool_calls",),
    **LOOKED,
)
whole(
    KIND,
    "call-first",
    message("tool_calls", 0, tool_calls=[LOOK]),
    message("stop", 1, content="Look."),
    **CALLED,
)
whole(
    KIND,
    "two-calls",
    message("tool_calls", 0, tool_calls=[LOOK]),
    message("tool_calls", 1, tool_calls=[call("look", '{"q": 2}', None, "call_b")]),
    finish=("tool_calls",),
    **BOTH,
)
whole(
    KIND,
    "two-calls-without-ids",
    message("tool_calls", None, tool_calls=[call("look", '{"q": 1}', 0, "")]),
    message("tool_calls", None, tool_calls=[call("look", '{"q": 2}', 0, "")]),
    finish=("tool_calls",),
    **BOTH,
)
whole(
    KIND,
    "second-cut",
    message("tool_calls", 0, content="Look."),
    message("length", 1, tool_calls=[call("wipe", "{", None)]),
    text="Look.",
    finish=("length",),
)
whole(
    KIND,
    "two-answers",
    message("stop", 0, content="One"),
    message("stop", 1, content="Two"),
    text="One",
    finish=("stop",),
    check=holds(other_choices=["Two"]),
)
whole(
    KIND,
    "thought-apart",
    message("stop", 0, reasoning="hm"),
    message("stop", 1, content="Hi"),
    text="Hi",
    reasoning="hm",
    finish=("stop",),
)
stream(
    KIND,
    "apart-in-events",
    say("Look."),
    chunk(LOOK_DELTA, "tool_calls", 1),
    chunk(finish="tool_calls"),
    **CALLED,
)
stream(
    KIND,
    "one-event-each-later-done",
    say("Lo"),
    say("ok."),
    chunk(LOOK_DELTA, None, 1),
    parts(chunk(finish="stop"), chunk(None, "tool_calls", 1)),
    **CALLED,
)
stream(
    KIND,
    "text-without-an-end",
    say("Look."),
    chunk(calls(call("look", "")), "tool_calls", 1),
    text="Look.",
    calls=(("look", "{}"),),
    runs=("look",),
    finish=("tool_calls",),
)
stream(KIND, "end-in-another-choice", say("Hel"), say("lo"), chunk(None, "stop", 1), **GOOD)
whole(
    KIND,
    "text-cut",
    message("length", 0, content="Look."),
    message("tool_calls", 1, tool_calls=[LOOK]),
    text="Look.",
    finish=("length",),
    requests=1,
)
stream(
    KIND,
    "picture-in-another-choice",
    say("Hello"),
    chunk({"images": ["i"]}, index=1),
    parts(chunk(finish="stop"), chunk(None, "stop", 1)),
    check=holds(images=["i"]),
    **GOOD,
)
stream(
    KIND,
    "after-the-first-has-ended",
    say("Look."),
    chunk(finish="stop"),
    chunk(LOOK_DELTA, None, 1),
    chunk(None, "tool_calls", 1),
    **CALLED,
)
stream(
    KIND,
    "interleaved",
    parts(
        chunk(calls(call("look", '{"q"', 0, "call_a"))),
        chunk(calls(call("look", '{"', 0, "call_b")), index=1),
    ),
    chunk(more_of(": 1")),
    chunk(more_of('q": 2'), index=1),
    chunk(more_of("}")),
    chunk(more_of("}"), "tool_calls", 1),
    chunk(finish="tool_calls"),
    finish=("tool_calls",),
    **BOTH,
)
stream(
    KIND,
    "interleaved-without-call-indexes",
    chunk(calls(call("look", '{"q"', None, "call_a"))),
    chunk(calls(call("look", '{"', None, "call_b")), index=1),
    chunk(more_of(": 1}", None)),
    chunk(more_of('q": 2}', None), index=1),
    parts(chunk(finish="tool_calls"), chunk(None, "tool_calls", 1)),
    finish=("tool_calls",),
    **BOTH,
)
stream(
    KIND,
    "two-calls",
    parts(chunk(LOOK_DELTA), chunk(NEXT_DELTA, index=1)),
    parts(chunk(finish="tool_calls"), chunk(None, "tool_calls", 1)),
    providers=EVERYWHERE,
    finish=("tool_calls",),
    **BOTH,
)
stream(
    KIND,
    "second-cut",
    say("Look."),
    chunk(calls(call("wipe", "{", 0)), index=1),
    parts(chunk(finish="stop"), chunk(None, "length", 1)),
    text="Look.",
    finish=("length",),
)
stream(
    KIND,
    "second-not-ended",
    say("Look."),
    chunk(calls(call("wipe", "{", 0)), index=1),
    chunk(finish="stop"),
    text="Look.",
    finish=("other",),
)
stream(
    KIND,
    "second-not-ended-cut",
    say("Look."),
    chunk(LOOK_DELTA, index=1),
    chunk(finish="stop"),
    done=False,
    text="Look.",
    errors=("StreamInterruptedError",),
)
for name, index in {"one": 1, "text": "0", "minus-one": -1, "null": None}.items():
    alone = (say("Hel", index=index), say("lo", index=index), chunk(None, "stop", index))
    stream(
        KIND,
        f"index-{name}",
        *alone,
        providers=EVERYWHERE if index == 1 else ("compatible",),
        **GOOD,
    )
    stream(
        KIND,
        f"index-{name}-call",
        chunk(calls(call("wipe", '{"what"')), index=index),
        chunk(more_of(': "x"}'), index=index),
        chunk(None, "tool_calls", index),
        finish=("tool_calls",),
        **DONE_WELL,
    )
stream(
    KIND,
    "without-index",
    {"choices": [{"delta": {"content": "Hello"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    **GOOD,
)
stream(
    KIND,
    "two-answers",
    *(say(text, index=index) for text, index in (("On", 0), ("Tw", 1), ("e", 0), ("o", 1))),
    parts(chunk(finish="stop"), chunk(None, "stop", 1)),
    text="One",
    finish=("stop",),
    check=holds(other_choices=["Two"]),
)
stream(
    KIND,
    "two-answers-one-cut",
    *(say(text, index=index) for text, index in (("On", 0), ("Tw", 1), ("e", 0), ("o", 1))),
    parts(chunk(finish="stop"), chunk(None, "length", 1)),
    text="One",
    finish=("stop",),
)
stream(
    KIND,
    "calls-as-object",
    chunk({"tool_calls": call("wipe", '{"what": "x"}', 0, "")}),
    chunk(finish="eos_token"),
    finish=("tool_calls",),
    **DONE_WELL,
)
stream(
    KIND,
    "call-index-in-text",
    chunk(calls(call("wipe", '{"what"', "0"))),
    chunk(calls({"index": "0", "id": "", "function": {"name": "", "arguments": ': "x"}'}})),
    chunk(finish="tool_calls"),
    finish=("tool_calls",),
    **DONE_WELL,
)
stream(
    KIND,
    "call-index-from-one",
    chunk(calls(call("wipe", '{"what"', 1))),
    chunk(more_of(': "x"}', 1)),
    chunk(finish="tool_calls"),
    finish=("tool_calls",),
    **DONE_WELL,
)
stream(
    KIND,
    "message-in-a-chunk",
    {
        "choices": [
            {"index": 0, "delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}
        ]
    },
    **GOOD,
)
