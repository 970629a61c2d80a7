"""How turns end, and which tool calls are whole then."""

from __future__ import annotations

from typing import Any

from .case import sse
from .chat_forms import (
    DONE_WELL,
    OTHERS,
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

KIND = "half-received-call"
ENDS = {
    "error": "other",
    "abort": "other",
    "network_error": "other",
    "sensitive": "content_filter",
    "insufficient_system_resource": "other",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "repetition": "other",
    "length": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "MALFORMED_FUNCTION_CALL": "other",
}
OPEN = chunk(calls(call("wipe", "")))
HALF = chunk(calls(call("wipe", '{"what": "/tm')))
WHOLE = chunk(calls(call("wipe", '{"what": "x"}')))
for word, reason in ENDS.items():
    stream(KIND, f"{word}-open", OPEN, chunk(finish=word), finish=(reason,), requests=1)
    stream(KIND, f"{word}-half", HALF, chunk(finish=word), finish=(reason,), requests=1)
stream(KIND, "error-on-the-same-chunk", chunk(calls(call("wipe", "")), "error"), finish=("other",))
stream(KIND, "error-whole-arguments", WHOLE, chunk(finish="error"), finish=("other",), requests=1)
stream(
    KIND,
    "a-gateway-adds-stop",
    HALF,
    chunk(finish="length"),
    chunk(finish="stop"),
    finish=("length",),
    requests=1,
)
stream(KIND, "no-reason-half", HALF, finish=("other",), requests=1)
stream(KIND, "no-reason-open", OPEN, finish=("other",), requests=1)
stream(KIND, "no-reason-whole", WHOLE, finish=("tool_calls",), **DONE_WELL)
stream(KIND, "blank-reason-whole", WHOLE, chunk(finish=""), finish=("tool_calls",), **DONE_WELL)
stream(KIND, "stop", WHOLE, chunk(finish="stop"), finish=("tool_calls",), **DONE_WELL)
stream(KIND, "tool-use", WHOLE, chunk(finish="tool_use"), finish=("tool_calls",), **DONE_WELL)
stream(
    KIND,
    "no-arguments",
    OPEN,
    chunk(finish="tool_calls"),
    calls=(("wipe", "{}"),),
    runs=("wipe",),
    finish=("tool_calls",),
)
stream(
    KIND, "error-field", OPEN, b'error: {"message":"no"}\n\n', errors=("ServerError",), says="no"
)
stream(
    KIND, "bare-error", OPEN, b'{"error":{"message":"no"}}\n\n', errors=("ServerError",), says="no"
)
stream(
    KIND,
    "error-on-the-choice",
    OPEN,
    chunk(finish="error", error={"message": "no"}),
    errors=("ServerError",),
    says="no",
)
stream(KIND, "error", OPEN, chunk(finish="error"), providers=tuple(OTHERS), finish=("other",))
stream(KIND, "no-reason", HALF, providers=tuple(OTHERS), finish=("other",))

KIND = "whole-answer-cut-call"
for arguments in ("{", '{"what": "/tm', ""):
    size = len(arguments)
    for word, reason in (("length", "length"), ("error", "other"), ("sensitive", "content_filter")):
        cut = message(word, tool_calls=[call("wipe", arguments, None)])
        whole(KIND, f"{word}-{size}", cut, finish=(reason,), requests=1)
cut = message("length", content="", tool_calls=[call("wipe", "{", None)])
whole(KIND, "length", cut, providers=tuple(OTHERS), finish=("length",), requests=1)
for word in (None, "", "null"):
    cut = message(word, tool_calls=[call("wipe", '{"what', None)])
    whole(KIND, f"no-reason-{word}-half", cut, finish=("other",), requests=1)
    entire = message(word, tool_calls=[call("wipe", '{"what": "x"}', None)])
    whole(KIND, f"no-reason-{word}", entire, finish=("tool_calls",), **DONE_WELL)
entire = message("stop", tool_calls=[call("wipe", '{"what": "x"}', None)])
whole(KIND, "stop", entire, finish=("tool_calls",), **DONE_WELL)
entire = message("tool_calls", tool_calls=[call("look", "", None)])
whole(
    KIND,
    "no-arguments",
    entire,
    calls=(("look", "{}"),),
    runs=("look",),
    finish=("tool_calls",),
)

KIND = "finish-words"
WORDS = {
    "stop": "stop eos eos_token EOS_TOKEN stop_sequence end end_turn endturn COMPLETE completed",
    "length": "model_length max_tokens MAX_TOKENS max_output_tokens model_context_window_exceeded",
    "content_filter": "sensitive content_filtered SAFETY RECITATION guardrail_intervened",
    "refusal": "refusal",
    "other": "error abort network_error repetition insufficient_system_resource OTHER",
}
for reason, known in WORDS.items():
    for word in known.split():
        told: dict[str, Any] = {"text": "Hi", "finish": (reason,)}
        stream(
            KIND,
            word,
            say("Hi"),
            chunk(finish=word),
            **told,
            check=holds(finish_reason_native=word),
        )
        whole(KIND, word, message(word, content="Hi"), **told)
for word in ("tool_calls", "tool_use", "TOOL_CALL", "function_call"):
    entire = message(word, tool_calls=[call("wipe", '{"what": "x"}', None)])
    whole(KIND, word, entire, finish=("tool_calls",), **DONE_WELL)
stream(
    KIND,
    "end",
    say("Hi"),
    chunk(finish="end"),
    providers=tuple(OTHERS),
    text="Hi",
    finish=("stop",),
)

KIND = "paused-turn"
stream(KIND, "pause", say("Hi"), chunk(finish="pause_turn"), text="Hi", finish=("pause",))

KIND = "no-reason-word"
for word in ("null", "NULL", "None", "", "unspecified", "FINISH_REASON_UNSPECIFIED"):
    cut = (say("Hel", finish=word), say("lo", finish=word))
    interrupted: dict[str, Any] = {"text": "Hello", "errors": ("StreamInterruptedError",)}
    stream(KIND, f"{word or 'blank'}-cut", *cut, done=False, **interrupted)
    ended = (*cut, chunk(finish="stop"))
    stream(KIND, f"{word or 'blank'}-stop", *ended, done=False, text="Hello", finish=("stop",))
stream(
    KIND,
    "null-cut",
    say("Hel", finish="null"),
    done=False,
    providers=tuple(OTHERS),
    text="Hel",
    errors=("StreamInterruptedError",),
)
stream(
    KIND,
    "null-with-a-call",
    chunk(calls(call("wipe", '{"what"')), "null"),
    chunk(more_of(': "x"}'), "null"),
    chunk(finish="tool_calls"),
    finish=("tool_calls",),
    **DONE_WELL,
)

KIND = "early-finish"
THOUGHT = chunk({"reasoning_content": "hm"}, "stop")
stream(
    KIND,
    "then-cut",
    THOUGHT,
    say("Hel"),
    done=False,
    text="Hel",
    reasoning="hm",
    errors=("StreamInterruptedError",),
)
stream(KIND, "then-done", THOUGHT, say("Hi"), text="Hi", reasoning="hm", finish=("stop",))
stream(
    KIND,
    "arguments-told-again",
    chunk(calls(call("wipe", '{"what"'))),
    chunk(more_of(': "x"}'), "stop"),
    chunk(more_of('{"what": "x"}')),
    done=False,
    finish=("tool_calls",),
    **DONE_WELL,
)
stream(
    KIND,
    "arguments-go-on",
    chunk(calls(call("wipe", '{"what"')), "stop"),
    chunk(more_of(': "x"}')),
    done=False,
    errors=("StreamInterruptedError",),
)
stream(KIND, "late-text", say("He"), chunk(finish="stop"), say("y"), text="Hey", finish=("stop",))

KIND = "one-newline"
joined = b"".join(
    sse(e).rstrip(b"\n") + b"\n" for e in (say("Hel"), say("lo"), chunk(finish="stop"))
)
stream(KIND, "joined", joined + b"data: [DONE]\n\n", done=False, text="Hello", finish=("stop",))
