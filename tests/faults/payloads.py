"""Cases: payloads of other types, fields and errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from chimeric_testing import Script
from chimeric_testing.script import Payload

from .case import Cases
from .dialects import Dialect, dump

__all__ = ["CASES"]

CASES = Cases()
case = CASES.case


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
