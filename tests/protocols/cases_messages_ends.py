"""Messages and Converse: how a turn ends, and what becomes of its calls."""

from __future__ import annotations

from typing import Any

from .case import Case
from .expected import CUT, counted, native
from .messages import (
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
    converse_whole,
    end,
    grown,
    stopped,
    text,
    use,
)

__all__ = ["CASES"]

# --- a call, and an end that is not good ---

BAD_WORDS = {
    "error": "other",
    "abort": "other",
    "network_error": "other",
    "repetition": "other",
    "insufficient_system_resource": "other",
    "sensitive": "content_filter",
    "content_filter": "content_filter",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "MODEL_CONTEXT_WINDOW_EXCEEDED": "length",
    "refusal": "refusal",
}
HALVES: dict[str, tuple[Any, ...]] = {
    "a call without arguments": (use("wipe"),),
    "a half call": (use("look"), arguments('{"q": 1')),
    "a closed call": (use("look"), arguments('{"q": 1}'), close()),
}
UNRUN = [
    claude(f"{half} and {word}", "half-received-call", START, *events, end(word), STOP, finish=(f,))
    for word, f in BAD_WORDS.items()
    for half, events in HALVES.items()
] + [
    claude_whole(
        f"a call and {word}",
        "whole-answer-cut-call",
        {"content": [use("wipe")["content_block"]], "stop_reason": word},
        finish=(f,),
    )
    for word, f in BAD_WORDS.items()
]
CONVERSE_WORDS = {
    "malformed_tool_use": "other",
    "malformed_model_output": "other",
    "error": "other",
    "guardrail_intervened": "content_filter",
    "Max_Tokens": "length",
}
DISOWNED = [
    case
    for word, f in CONVERSE_WORDS.items()
    for case in (
        converse(
            f"an open call and {word}",
            "half-received-call",
            called("wipe"),
            stopped(word),
            METADATA,
            finish=(f,),
        ),
        converse(
            f"a closed call and {word}",
            "disowned-call",
            called("look"),
            grown(toolUse={"input": '{"q": 1}'}),
            ENDED,
            stopped(word),
            METADATA,
            finish=(f,),
            check=native(word),
        ),
        converse_whole(
            f"a call and {word}",
            "whole-answer-cut-call",
            [{"toolUse": {"toolUseId": "t1", "name": "wipe", "input": {}}}],
            word,
            finish=(f,),
        ),
    )
]
UNSAID = [
    claude(
        "a half call and no reason",
        "half-received-call",
        START,
        use("look"),
        arguments('{"q": 1'),
        STOP,
        finish=("other",),
    ),
    claude(
        "a whole call and no reason",
        "half-received-call",
        START,
        use("look"),
        arguments('{"q": 1}'),
        STOP,
        calls=(("look", '{"q": 1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
    converse(
        "a half call and no reason",
        "half-received-call",
        called("look"),
        grown(toolUse={"input": '{"q": 1'}),
        stopped(None),
        METADATA,
        finish=("other",),
    ),
    claude(
        "arguments in the start of a block that nobody closes",
        "half-received-call",
        START,
        use("look", input={"q": 1}),
        end("tool_use"),
        STOP,
        calls=(("look", '{"q":1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
    converse(
        "arguments in the start of a block that nobody closes",
        "half-received-call",
        called("look", input={"q": 1}),
        stopped("tool_use"),
        METADATA,
        calls=(("look", '{"q":1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
]

# --- ordinary words ---

GOOD_WORDS = {"stop": "stop", "END_TURN": "stop", "length": "length", "eos_token": "stop"}
WORDS = [
    case
    for word, f in GOOD_WORDS.items()
    for case in (
        claude(
            f"text and {word}",
            "finish-words",
            START,
            text("Hi"),
            end(word),
            STOP,
            text="Hi",
            finish=(f,),
        ),
        claude_whole(
            f"text and {word}",
            "finish-words",
            {"content": [{"type": "text", "text": "Hi"}], "stop_reason": word},
            text="Hi",
            finish=(f,),
        ),
    )
] + [
    claude(
        "a call and tool_calls",
        "finish-words",
        START,
        use("look"),
        arguments('{"q": 1}'),
        close(),
        end("tool_calls"),
        STOP,
        calls=(("look", '{"q": 1}'),),
        runs=("look",),
        finish=("tool_calls",),
    ),
    converse(
        "text and STOP",
        "finish-words",
        grown(text="Hi"),
        stopped("STOP"),
        METADATA,
        text="Hi",
        finish=("stop",),
        check=counted,
    ),
    *(
        claude(
            f"compaction and {word}",
            "paused-turn",
            START,
            begin(0, type="compaction"),
            add(0, type="compaction_delta", content="sum"),
            close(),
            end(word),
            STOP,
            finish=("pause",),
        )
        for word in ("compaction", "pause_after_compaction", "pause_turn")
    ),
    claude(
        "text after null words",
        "no-reason-word",
        START,
        text("Hi"),
        end("null"),
        finish=(),
        text="Hi",
        errors=CUT,
    ),
    claude(
        "null words and a stop",
        "no-reason-word",
        START,
        text("Hi"),
        end("null"),
        end("end_turn"),
        STOP,
        text="Hi",
        finish=("stop",),
    ),
    converse(
        "an empty word", "no-reason-word", grown(text="Hi"), stopped(""), text="Hi", errors=CUT
    ),
]


CASES: list[Case] = [*UNRUN, *DISOWNED, *UNSAID, *WORDS]
