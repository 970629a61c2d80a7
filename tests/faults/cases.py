"""The table: every fault, what each protocol makes of it, and what must come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from chimeric_testing import FAULTS, Fault, Script
from chimeric_testing.script import Payload

from chimeric import CompletionResponse

from .dialects import DELTAS, DIALECTS, KEPT, TEXT, Dialect, dump

Make = Callable[[Dialect], Script | None]
Check = Callable[[CompletionResponse], None]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A fault, with the answer that it is made of in each protocol (None: it does not apply)."""

    fault: Fault
    make: Make
    text: str = TEXT
    check: Check | None = None
    differs: dict[str, tuple[str, str]] = {}
    """Outcome and text kept where a protocol has its own; the words of ``Fault``."""

    @property
    def name(self) -> str:
        return self.fault.name

    def script(self, dialect: Dialect) -> Script | None:
        return self.make(dialect) if dialect.framing in self.fault.framings else None

    def expected(self, dialect: Dialect) -> tuple[str, str]:
        """Outcome and text."""
        outcome, kept = self.differs.get(dialect.name, (self.fault.outcome, self.fault.kept))
        return outcome, {"all": self.text, "cut": KEPT, "none": ""}[kept]


CASES: list[Case] = [
    Case(fault=fault, make=lambda dialect: dialect.script()) for fault in FAULTS.values()
]


def case(
    name: str,
    what: str,
    *,
    text: str = TEXT,
    check: Check | None = None,
    differs: dict[str, tuple[str, str]] | None = None,
    **fields: Any,
) -> Callable[[Make], Make]:
    """Add a case whose answer is spoilt by itself and served well."""

    def add(make: Make) -> Make:
        fault = Fault(name=name, what=what, serve=FAULTS["ok"].serve, **fields)
        CASES.append(Case(fault=fault, make=make, text=text, check=check, differs=differs or {}))
        return make

    return add


# --- bytes of the text ---

SEPARATORS = ("a\u2028b", "c\u2029d", "e\u0085f", "g\x7fh")


@case("unicode-separators", "Raw U+2028, U+2029 and U+0085 in the text.", text="".join(SEPARATORS))
def unicode_separators(dialect: Dialect) -> Script | None:
    return dialect.script(deltas=SEPARATORS)


LOOKALIKES = ("[DONE]", "\n\ndata: [DONE]\n\n", "data: {", "event: error\n", '{"done": true}')


@case("done-in-text", "The text looks like the end of a stream.", text="".join(LOOKALIKES))
def done_in_text(dialect: Dialect) -> Script | None:
    return dialect.script(deltas=LOOKALIKES)


def _spelt(dialect: Dialect, raw: bytes) -> Payload:
    """A text event with these bytes in the place of its text."""
    payload = dialect.say("PLACE")
    if isinstance(payload, tuple):
        return payload[0], payload[1].replace(b"PLACE", raw)
    return payload.replace(b"PLACE", raw)


REPLACED = KEPT + "\N{REPLACEMENT CHARACTER}" + TEXT[len(KEPT) :]


@case("invalid-utf8-text", "A byte FF in the text becomes U+FFFD.", text=REPLACED)
def invalid_utf8_text(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, b"\xff"))


@case("lone-surrogate", "An escaped lone surrogate in the text becomes U+FFFD.", text=REPLACED)
def lone_surrogate(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, b"\\ud83d"))


@case("big-event-1mib", "An event of 1 MiB.", text=KEPT + "x" * 2**20 + TEXT[len(KEPT) :])
def big_event(dialect: Dialect) -> Script | None:
    return dialect.script(dialect.say("x" * 2**20))


@case("many-events", "2,000 events of text.", text=KEPT + "word " * 2000 + TEXT[len(KEPT) :])
def many_events(dialect: Dialect) -> Script | None:
    return dialect.script(*[dialect.say("word ")] * 2000)


@case(
    "terminal-escapes",
    "Escape sequences in the text are handed on.",
    text=KEPT + "\x1b[31mred\x1b[0m\x07\r" + TEXT[len(KEPT) :],
)
def terminal_escapes(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, rb"\u001b[31mred\u001b[0m\u0007\r"))


# --- types ---


@case("text-is-number", "The text of an event is a number.", outcome="protocol", kept="cut")
def text_is_number(dialect: Dialect) -> Script | None:
    return dialect.script(dialect.say(123))


@case("text-is-object", "The text of an event is an object.", outcome="protocol", kept="cut")
def text_is_object(dialect: Dialect) -> Script | None:
    return dialect.script(dialect.say({"a": 1}))


NULLS: dict[str, list[Payload]] = {
    "chat": [
        dump({"id": None, "model": None, "choices": None, "usage": None, "error": None}),
        dump({"choices": [{"index": 0, "delta": None, "finish_reason": None}]}),
        dump(
            {
                "choices": [
                    {
                        "index": None,
                        "delta": {
                            "role": None,
                            "content": None,
                            "tool_calls": None,
                            "refusal": None,
                            "reasoning_content": None,
                        },
                        "logprobs": None,
                    }
                ]
            }
        ),
    ],
    "responses": [
        ("response.in_progress", dump({"type": "response.in_progress", "response": None})),
        (
            "response.output_text.delta",
            dump({"type": "response.output_text.delta", "output_index": 0, "delta": None}),
        ),
        ("response.output_item.done", dump({"type": "response.output_item.done", "item": None})),
    ],
    "anthropic": [
        ("content_block_delta", dump({"type": "content_block_delta", "index": 0, "delta": None})),
        (
            "content_block_delta",
            dump({"type": "content_block_delta", "delta": {"type": "text_delta", "text": None}}),
        ),
        ("message_delta", dump({"type": "message_delta", "delta": None, "usage": None})),
    ],
    "google": [
        dump({"candidates": None, "usageMetadata": None, "error": None}),
        dump({"candidates": [{"content": None}]}),
        dump({"candidates": [{"content": {"parts": None}, "finishReason": None}]}),
        dump({"candidates": [{"content": {"parts": [{"text": None, "thought": None}]}}]}),
    ],
    "ollama": [
        dump({"message": None, "done": None, "error": None}),
        dump({"message": {"content": None, "thinking": None, "tool_calls": None}, "done": False}),
    ],
}


@case("nulls", "null in the place of objects, lists and texts.")
def nulls(dialect: Dialect) -> Script | None:
    return dialect.script(*NULLS[dialect.name])


@case("unknown-event", "Events of a kind that does not exist yet.")
def unknown_event(dialect: Dialect) -> Script | None:
    body = dump({"type": "future.thing", "object": "future", "future": {"delta": [1]}})
    return dialect.script(("future.thing", body) if dialect.framing == "sse" else body, body)


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        more = {name: _with_more(item) for name, item in value.items()}
        return {"zz_future": {"a": [1, None]}, **more}
    return [_with_more(item) for item in value] if isinstance(value, list) else value


def _without(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {n: _without(item, names) for n, item in value.items() if n not in names}
    return [_without(item, names) for item in value] if isinstance(value, list) else value


def _rewritten(script: Script, change: Callable[[Any], Any]) -> Script:
    def rewrite(payload: Payload) -> Payload:
        name, data = payload if isinstance(payload, tuple) else ("", payload)
        if data.startswith(b"{"):
            data = dump(change(json.loads(data)))
        return (name, data) if name else data

    return script.with_payloads(rewrite(p) for p in script.payloads)


@case("unknown-fields", "Unknown fields in every object.")
def unknown_fields(dialect: Dialect) -> Script | None:
    return _rewritten(dialect.script(), _with_more)


OPTIONAL = (
    "id",
    "created",
    "created_at",
    "object",
    "model",
    "modelVersion",
    "responseId",
    "role",
    "sequence_number",
    "item_id",
    "usage",
    "usageMetadata",
)


@case("missing-fields", "Only what is needed: no ids, times, models, roles, usage.")
def missing_fields(dialect: Dialect) -> Script | None:
    names = OPTIONAL if dialect.name == "responses" else (*OPTIONAL, "index")
    return _rewritten(dialect.script(), lambda value: _without(value, names))


# --- errors inside ---


@case("error-mid-stream", "The provider's error after some text.", outcome="server", kept="cut")
def error_mid_stream(dialect: Dialect) -> Script | None:
    return dialect.script(dialect.error())


@case("error-first", "The provider's error alone.", outcome="server", kept="none", requests=3)
def error_first(dialect: Dialect) -> Script | None:
    return Script(payloads=(dialect.error(),), cut=0, framing=dialect.framing)


@case(
    "error-then-done",
    "An error after some text, then the terminal signal.",
    outcome="server",
    kept="cut",
)
def error_then_done(dialect: Dialect) -> Script | None:
    error = dialect.error()
    if dialect.name == "chat":
        error = dump({"choices": [], "error": {"message": "told by the server", "code": 500}})
    script = dialect.script(error)
    ending = [*dialect.finish(), *dialect.terminal()]
    return script.with_payloads([*script.payloads[: script.cut + 1], *ending])


@case(
    "error-event-name",
    "An event named error with an unknown body, then a clean end.",
    outcome="server",
    kept="cut",
    framings=("sse",),
)
def error_event_name(dialect: Dialect) -> Script | None:
    script = dialect.script()
    return script.with_payloads([*script.payloads[: script.cut], ("error", b'{"oops": 1}')])


# --- the end ---


@case("missing-terminator", "The finish reason came, the terminal signal did not.")
def missing_terminator(dialect: Dialect) -> Script | None:
    terminal = dialect.terminal()
    script = dialect.script()
    return script.with_payloads(script.payloads[: -len(terminal)]) if terminal else None


@case("duplicate-finish", "The finish twice: one end.")
def duplicate_finish(dialect: Dialect) -> Script | None:
    script = dialect.script()
    ending = len(dialect.finish()) + len(dialect.terminal())
    return script.with_payloads(
        [*script.payloads[:-ending], *dialect.finish(), *dialect.finish(), *dialect.terminal()]
    )


@case("delta-after-finish", "The last piece of text comes after the finish reason.")
def delta_after_finish(dialect: Dialect) -> Script | None:
    if dialect.name in ("responses", "ollama"):
        return None  # their finish is the terminal signal
    opening = dialect.opening()
    said = [dialect.say(text) for text in DELTAS]
    return (
        dialect.made_of(*said[:-1], *dialect.finish(), said[-1], *dialect.terminal())
        if (opening is not None)
        else None
    )


@case("after-the-terminal", "Whatever comes after the terminal signal is not read.")
def after_the_terminal(dialect: Dialect) -> Script | None:
    if dialect.name == "google":
        return None  # it has no terminal signal but the end of the body
    script = dialect.script()
    return script.with_payloads([*script.payloads, dialect.say(" more"), b"{junk"])


def _finish_is(reason: str) -> Check:
    def check(response: CompletionResponse) -> None:
        assert response.finish_reason == reason

    return check


def _finishing(dialect: Dialect, reason: str) -> Script:
    said = [dialect.say(text) for text in DELTAS]
    return dialect.made_of(*said, *dialect.finish(reason), *dialect.terminal())


@case("finish-length", "Cut by the token limit.", check=_finish_is("length"))
def finish_length(dialect: Dialect) -> Script | None:
    return _finishing(dialect, "length")


@case("finish-unknown", "A finish reason of the future.", check=_finish_is("other"))
def finish_unknown(dialect: Dialect) -> Script | None:
    return _finishing(dialect, "future")


# --- choices and reasoning ---


@case("empty-choices", "An event with an empty list of choices first.")
def empty_choices(dialect: Dialect) -> Script | None:
    empty: dict[str, dict[str, Any]] = {
        "chat": {"choices": [], "prompt_filter_results": []},
        "google": {"candidates": []},
    }
    if dialect.name not in empty:
        return None
    script = dialect.script()
    return script.with_payloads([dump(empty[dialect.name]), *script.payloads])


@case("two-choices", "A second choice is interleaved; the first one's text is kept pure.")
def two_choices(dialect: Dialect) -> Script | None:
    other: dict[str, list[Any]] = {
        "chat": [{"choices": [{"index": 1, "delta": {"content": "OTHER"}}]}],
        "google": [
            {"candidates": [{"index": 1, "content": {"parts": [{"text": "OTHER"}]}}]},
            {
                "candidates": [
                    {"index": 1, "content": {"parts": [{"text": "OTHER"}]}},
                    {"index": 0, "content": {"parts": []}},
                ]
            },
        ],
    }
    if dialect.name not in other:
        return None
    return dialect.script(*[dump(value) for value in other[dialect.name]])


def _reasons(response: CompletionResponse) -> None:
    assert response.reasoning == "let me think"


@case("reasoning-field", "Reasoning is kept apart from the text.", check=_reasons)
def reasoning_field(dialect: Dialect) -> Script | None:
    thought = "let me think"
    events: dict[str, Payload] = {
        "chat": dump({"choices": [{"index": 0, "delta": {"reasoning_content": thought}}]}),
        "responses": (
            "response.reasoning_summary_text.delta",
            dump(
                {
                    "type": "response.reasoning_summary_text.delta",
                    "output_index": 1,
                    "delta": thought,
                }
            ),
        ),
        "anthropic": (
            "content_block_delta",
            dump(
                {
                    "type": "content_block_delta",
                    "index": 1,
                    "delta": {"type": "thinking_delta", "thinking": thought},
                }
            ),
        ),
        "google": dump(
            {"candidates": [{"content": {"parts": [{"text": thought, "thought": True}]}}]}
        ),
        "ollama": dump({"message": {"content": "", "thinking": thought}, "done": False}),
    }
    return dialect.script(events[dialect.name])


# --- tool calls ---

PARIS, OSLO = '{"city": "Paris"}', '{"city": "Oslo"}'


def _called(*expected: tuple[str, Any]) -> Check:
    """The calls, by name and arguments (as text, or decoded where they are no text)."""

    def check(response: CompletionResponse) -> None:
        calls = response.tool_calls
        assert len(calls) == len(expected)
        assert len({call.id for call in calls}) == len(calls)
        for call, (name, arguments) in zip(calls, expected, strict=True):
            assert call.name == name
            got = call.arguments if isinstance(arguments, str) else json.loads(call.arguments)
            assert got == arguments
        assert response.finish_reason in ("tool_calls", "stop")

    return check


def _asking(dialect: Dialect, payloads: Sequence[Payload]) -> Script:
    return dialect.made_of(*payloads, *dialect.finish("tools"), *dialect.terminal())


def _halves(text: str) -> list[str]:
    return [text[:7], text[7:]]


BOTH = _called(("weather", {"city": "Paris"}), ("weather", {"city": "Oslo"}))


@case("tools-parallel", "Two tool calls, one after the other.", text="", check=BOTH)
def tools_parallel(dialect: Dialect) -> Script | None:
    calls = [("c1", "weather", _halves(PARIS)), ("c2", "weather", _halves(OSLO))]
    return _asking(dialect, dialect.calls(calls))


@case("tools-interleaved", "Two tool calls whose fragments are interleaved.", text="", check=BOTH)
def tools_interleaved(dialect: Dialect) -> Script | None:
    if not hasattr(dialect, "fragment"):
        return None  # calls come whole
    # The opening events first, then the fragments by turns, then the closing events.
    one, two = dialect.calls([("c1", "weather", []), ("c2", "weather", [])]), []
    if dialect.closes_calls:
        closing = dialect.calls([("c1", "weather", [PARIS]), ("c2", "weather", [OSLO])])[2::3]
        one, two = one[::2], closing
    first, second = _halves(PARIS), _halves(OSLO)
    woven = [
        dialect.fragment(0, first[0]),
        dialect.fragment(1, second[0]),
        dialect.fragment(0, first[1]),
        dialect.fragment(1, second[1]),
    ]
    return _asking(dialect, [*one, *woven, *two])


@case("tools-same-index", "Two whole calls with one index and two ids.", text="", check=BOTH)
def tools_same_index(dialect: Dialect) -> Script | None:
    def call(identity: str, arguments: Any) -> dict[str, Any]:
        return {"index": 0, "id": identity, "function": {"name": "weather", "arguments": arguments}}

    if dialect.name == "chat":
        calls = [call("c1", PARIS), call("c2", OSLO)]
        events = [dump({"choices": [{"index": 0, "delta": {"tool_calls": [c]}}]}) for c in calls]
    elif dialect.name == "ollama":
        calls = [call("c1", json.loads(PARIS)), call("c2", json.loads(OSLO))]
        events = [
            dump({"message": {"content": "", "tool_calls": [c]}, "done": False}) for c in calls
        ]
    else:
        return None
    return _asking(dialect, events)


SPLIT = ['{"s": "a\\u00', "e9 \\ud8", "3c\\udf0d", ' end"}']


@case(
    "tool-args-split-escape",
    "Arguments cut inside escapes and between surrogate halves.",
    text="",
    check=_called(("say", {"s": "aé 🌍 end"})),
)
def tool_args_split_escape(dialect: Dialect) -> Script | None:
    if not hasattr(dialect, "fragment"):
        return None
    return _asking(dialect, dialect.calls([("c1", "say", SPLIT)]))


@case(
    "tool-args-invalid",
    "Arguments that are no JSON are given as they came.",
    text="",
    check=_called(("say", '{"s": oops}')),
)
def tool_args_invalid(dialect: Dialect) -> Script | None:
    if not hasattr(dialect, "fragment"):
        return None
    return _asking(dialect, dialect.calls([("c1", "say", ['{"s": ', "oops}"])]))


@case("tool-args-empty", "A tool call without arguments.", text="", check=_called(("now", {})))
def tool_args_empty(dialect: Dialect) -> Script | None:
    return _asking(dialect, dialect.calls([("c1", "now", [])]))


def _none_called(response: CompletionResponse) -> None:
    assert response.tool_calls == ()


@case(
    "tool-cut",
    "A clean end in the middle of the arguments: no call comes out.",
    text="",
    check=_none_called,
    outcome="incomplete",
)
def tool_cut(dialect: Dialect) -> Script | None:
    if not hasattr(dialect, "fragment"):
        return None
    events = dialect.calls([("c1", "shell", ['{"cmd": "rm ', '-rf /tmp/x"}'])])
    place = next(i for i, e in enumerate(events) if b"rm " in (e[1] if isinstance(e, tuple) else e))
    return dialect.made_of(*events[: place + 1])


APPLICABLE = [
    (case, dialect)
    for case in CASES
    for dialect in DIALECTS.values()
    if case.script(dialect) is not None
]
