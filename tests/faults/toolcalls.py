"""Cases: tool calls in pieces, woven and cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chimeric_testing import Script
from chimeric_testing.script import Payload

from chimeric import CompletionResponse

from .case import Cases, Check
from .dialects import Dialect, dump

__all__ = ["CASES"]

CASES = Cases()
case = CASES.case

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
