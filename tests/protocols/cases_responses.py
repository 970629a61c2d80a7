"""Cases in the protocol of Responses."""

from __future__ import annotations

import json
from typing import Any

from .case import Case, body_of, sse

__all__ = ["CASES"]

CASES: list[Case] = []

ITEM = "response.output_item"
TEXT = "response.output_text"
ARGUMENTS = "response.function_call_arguments"
INPUT = "response.custom_tool_call_input"
CREATED = {
    "type": "response.created",
    "response": {"id": "resp_1", "model": "m-1", "status": "in_progress", "output": []},
}


def event(kind: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """An event, named as the protocol names it; fields that are None are left out."""
    told = {name: value for name, value in fields.items() if value is not None}
    return kind, {"type": kind, **told}


def end(word: str = "completed", *output: Any, **fields: Any) -> tuple[str, dict[str, Any]]:
    """The last event."""
    response = {"id": "resp_1", "model": "m-1", "status": word, "output": list(output), **fields}
    return f"response.{word}", {"type": f"response.{word}", "response": response}


def message(*texts: str, id: str | None = "msg_1", refusal: str | None = None) -> dict[str, Any]:
    """A message item."""
    content: list[dict[str, Any]] = [
        {"type": "output_text", "text": text, "annotations": []} for text in texts
    ]
    if refusal is not None:
        content.append({"type": "refusal", "refusal": refusal})
    item = {"type": "message", "role": "assistant", "status": "completed", "content": content}
    return item if id is None else {**item, "id": id}


def call(arguments: str = '{"amount":5}', name: str = "pay", **fields: Any) -> dict[str, Any]:
    """A call item; ``id`` and ``call_id`` may be given as None."""
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed"}
    return {**item, "name": name, "arguments": arguments, **fields}


def custom(text: str, **fields: Any) -> dict[str, Any]:
    """A call of a free-text tool."""
    item = {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_1", "status": "completed"}
    return {**item, "name": "shell", "input": text, **fields}


def case(name: str, kind: str, *events: Any, done: bool = False, **fields: Any) -> None:
    """Add a streamed case; ``finish`` is ``stop`` where nothing else is said."""
    if not fields.get("errors"):
        fields.setdefault("finish", ("stop",))
    body = sse(CREATED, *events, done=done)
    CASES.append(Case(name=f"responses-{name}", kind=kind, provider="openai", body=body, **fields))


def whole(name: str, kind: str, response: Any, **fields: Any) -> None:
    """Add a case that is not streamed."""
    if not fields.get("errors"):
        fields.setdefault("finish", ("stop",))
    full = {"id": "resp_1", "model": "m-1", **response}
    CASES.append(
        Case(
            name=f"responses-whole-{name}",
            kind=kind,
            provider="openai",
            body=body_of(full),
            stream=False,
            **fields,
        )
    )


def delta(text: str, **at: Any) -> tuple[str, dict[str, Any]]:
    return event(f"{TEXT}.delta", delta=text, **at)


PLACE = {"output_index": 0, "item_id": "it-1"}


# --- text told again, at other places ---

KIND = "text-told-again"

VLLM = (
    event(f"{ITEM}.added", **PLACE, item=message(id="it-1")),
    event("response.content_part.added", **PLACE, content_index=0, part={"type": "output_text"}),
    delta("Hel", **PLACE, content_index=1),
    delta("lo", **PLACE, content_index=2),
    event(f"{TEXT}.done", **PLACE, content_index=3, text="Hello"),
    event(f"{ITEM}.done", output_index=0, item=message("Hello", id="it-1")),
)
case("vllm-content-index", KIND, *VLLM, end(), text="Hello")
case("vllm-content-index-final", KIND, *VLLM, end("completed", message("Hello")), text="Hello")
case(
    "vllm-with-reasoning",
    KIND,
    event(f"{ITEM}.added", output_index=0, item={"type": "reasoning", "id": "rs", "summary": []}),
    event("response.reasoning_text.delta", output_index=0, content_index=1, delta="thi"),
    event("response.reasoning_text.delta", output_index=0, content_index=2, delta="nk"),
    event("response.reasoning_text.done", output_index=0, content_index=3, text="think"),
    event(
        f"{ITEM}.done",
        output_index=0,
        item={"type": "reasoning", "id": "rs", "content": [{"text": "think"}]},
    ),
    event(f"{ITEM}.added", output_index=1, item=message(id="it-2")),
    delta("Hel", output_index=1, item_id="it-2", content_index=1),
    delta("lo", output_index=1, item_id="it-2", content_index=2),
    event(f"{TEXT}.done", output_index=1, item_id="it-2", content_index=3, text="Hello"),
    end(),
    text="Hello",
    reasoning="think",
)

AT: dict[str, dict[str, Any]] = {
    "nowhere": {},
    "index": {"output_index": 0},
    "both": {"output_index": 0, "content_index": 0},
    "id": {"item_id": "msg_1"},
    "full": {"output_index": 0, "content_index": 0, "item_id": "msg_1"},
    "from-one": {"output_index": 1, "item_id": "msg_1"},
}

for here, first in AT.items():
    for there, second in AT.items():
        if {here, there} <= {"from-one", "index", "both", "full"} and here != there:
            continue  # an index that changes between delta and done was never seen
        case(
            f"delta-{here}-done-{there}",
            KIND,
            delta("Hel", **first),
            delta("lo", **first),
            event(f"{TEXT}.done", text="Hello", **second),
            event("response.content_part.done", part={"text": "Hello"}, **second),
            event(f"{ITEM}.done", item=message("Hello"), output_index=second.get("output_index")),
            end("completed", message("Hello")),
            text="Hello",
        )
        case(
            f"delta-{here}-item-{there}",
            KIND,
            delta("Hello", **first),
            event(
                f"{ITEM}.done",
                item=message("Hello", id=second.get("item_id")),
                output_index=second.get("output_index"),
            ),
            end(),
            text="Hello",
        )

case(
    "two-parts",
    KIND,
    event(f"{ITEM}.added", output_index=0, item=message()),
    delta("One.", output_index=0, content_index=0, item_id="msg_1"),
    event(f"{TEXT}.done", output_index=0, content_index=0, item_id="msg_1", text="One."),
    delta("One.", output_index=0, content_index=1, item_id="msg_1"),
    event(f"{TEXT}.done", output_index=0, content_index=1, item_id="msg_1", text="One."),
    event(f"{ITEM}.done", output_index=0, item=message("One.", "One.")),
    end("completed", message("One.", "One.")),
    text="One.One.",
)
case(
    "a-part-that-only-its-done-tells",
    KIND,
    delta("One.", output_index=0, content_index=0),
    event(f"{TEXT}.done", output_index=0, content_index=0, text="One."),
    event(f"{TEXT}.done", output_index=0, content_index=1, text="Two."),
    event(f"{ITEM}.done", output_index=0, item=message("One.", "Two.")),
    end("completed", message("One.", "Two.")),
    text="One.Two.",
)
case(
    "done-twice",
    KIND,
    delta("Hello", output_index=0, content_index=0),
    event(f"{TEXT}.done", output_index=0, content_index=0, text="Hello"),
    event(f"{TEXT}.done", output_index=0, content_index=0, text="Hello"),
    end(),
    text="Hello",
)
case(
    "only-part-done",
    KIND,
    event("response.content_part.done", part={"text": "Hi"}),
    end(),
    text="Hi",
)
case(
    "done-tells-more-than-the-deltas",
    KIND,
    delta("Hel", output_index=0),
    event(f"{TEXT}.done", output_index=0, text="Hello"),
    event(f"{ITEM}.done", output_index=0, item=message("Hello!")),
    end("completed", message("Hello! Bye.")),
    text="Hello! Bye.",
)
case(
    "ids-change-with-every-event",
    KIND,
    event(f"{ITEM}.added", output_index=0, item=message(id="x1")),
    delta("Hel", output_index=0, item_id="x2"),
    delta("lo", output_index=0, item_id="x3"),
    event(f"{TEXT}.done", output_index=0, item_id="x4", text="Hello"),
    event(f"{ITEM}.done", output_index=0, item=message("Hello", id="x5")),
    end("completed", message("Hello", id="x6")),
    text="Hello",
)
case(
    "ids-change-and-no-indexes",
    KIND,
    delta("Hel", item_id="x2"),
    delta("lo", item_id="x3"),
    event(f"{TEXT}.done", item_id="x4", text="Hello"),
    event(f"{ITEM}.done", item=message("Hello", id="x5")),
    end("completed", message("Hello", id="x6")),
    text="Hello",
)
case(
    "ids-null",
    KIND,
    event(f"{ITEM}.added", output_index=0, item={**message(), "id": None}),
    delta("Hello", output_index=0),
    event(f"{ITEM}.done", output_index=0, item={**message("Hello"), "id": None}),
    end("completed", {**message("Hello"), "id": None}),
    text="Hello",
)
case(
    "refusal-done-elsewhere",
    KIND,
    event("response.refusal.delta", delta="No."),
    event("response.refusal.done", output_index=0, content_index=0, refusal="No."),
    event(f"{ITEM}.done", output_index=0, item=message(refusal="No.")),
    end("completed", message(refusal="No.", id="other")),
    finish=("refusal",),
)

# --- the final output ---

KIND = "output-told-again"
PAY = {"calls": (("pay", '{"amount":5}'),), "runs": ("pay",), "finish": ("tool_calls",)}


def paid(
    name: str,
    *events: Any,
    final: tuple[Any, ...] = (),
    **fields: Any,
) -> None:
    case(name, KIND, *events, end("completed", *final), **{**PAY, **fields})


def added(index: int | None, **fields: Any) -> Any:
    return event(f"{ITEM}.added", output_index=index, item=call("", status="in_progress", **fields))


def closed(index: int | None, **fields: Any) -> Any:
    return event(f"{ITEM}.done", output_index=index, item=call(**fields))


def piece(text: str, index: int | None = None, item: str | None = None) -> Any:
    return event(f"{ARGUMENTS}.delta", output_index=index, item_id=item, delta=text)


WHOLE = '{"amount":5}'
OTHER_ID = {"id": "fc_2"}
OTHER_CALL = {"id": "fc_2", "call_id": "call_2"}
NO_ID = {"id": None}

for index in (0, 1, 7, None):
    for label, last in (
        ("same", {}),
        ("other-id", OTHER_ID),
        ("other-call", OTHER_CALL),
        ("no-id", NO_ID),
    ):
        paid(
            f"call-index-{index}-final-{label}",
            added(index),
            piece(WHOLE, index, "fc_1"),
            closed(index),
            final=(call(**last),),
        )
        paid(
            f"call-index-{index}-no-done-final-{label}",
            added(index),
            piece(WHOLE, index, "fc_1"),
            final=(call(**last),),
        )
        paid(
            f"call-index-{index}-done-{label}",
            added(index),
            piece(WHOLE, index, "fc_1"),
            closed(index, **last),
            final=(),
        )
        paid(
            f"call-index-{index}-arguments-done-{label}",
            added(index),
            event(f"{ARGUMENTS}.done", output_index=index, item_id="fc_1", arguments=WHOLE),
            closed(index, **last),
            final=(call(**last),),
        )
paid("call-only-in-item", closed(0), final=(call(**OTHER_CALL),))
paid("call-only-in-final", final=(call(),))
paid("call-done-twice", closed(0), closed(0, **OTHER_ID), final=(call(),))
paid("call-unannounced", piece(WHOLE, 0, "fc_1"), closed(0), final=(call(**OTHER_ID),))
paid(
    "call-started-null-id",
    added(1, id=None),
    piece(WHOLE, 1),
    closed(1, id=None),
    final=(call(id=None),),
)
paid(
    "call-final-completes-it",
    added(0),
    piece('{"amo', 0, "fc_1"),
    final=(call(id="fc_9", call_id="call_9"),),
)

TWO = {
    "calls": (("pay", WHOLE), ("pay", WHOLE)),
    "runs": ("pay", "pay"),
    "finish": ("tool_calls",),
}
SECOND = {"id": "fc_2", "call_id": "call_2"}
for label, indexes in (("numbered", (0, 1)), ("all-zero", (0, 0)), ("unnumbered", (None, None))):
    for last in ("same", "new"):
        names: tuple[dict[str, Any], dict[str, Any]] = ({}, SECOND)
        if last == "new":
            names = ({"id": "z1", "call_id": "y1"}, {"id": "z2", "call_id": "y2"})
        case(
            f"two-equal-calls-{label}-final-{last}",
            KIND,
            added(indexes[0]),
            piece(WHOLE, indexes[0], "fc_1"),
            closed(indexes[0]),
            added(indexes[1], **SECOND),
            piece(WHOLE, indexes[1], "fc_2"),
            closed(indexes[1], **SECOND),
            end("completed", call(**names[0]), call(**names[1])),
            **TWO,
        )
    case(
        f"two-calls-interleaved-{label}",
        KIND,
        added(indexes[0]),
        added(indexes[1], **SECOND, name="look"),
        piece('{"amount"', indexes[0], "fc_1"),
        piece('{"q":', indexes[1], "fc_2"),
        piece(":5}", indexes[0], "fc_1"),
        piece("1}", indexes[1], "fc_2"),
        closed(indexes[0]),
        event(f"{ITEM}.done", output_index=indexes[1], item=call('{"q":1}', "look", **SECOND)),
        end("completed", call(), call('{"q":1}', "look", **SECOND)),
        calls=(("pay", WHOLE), ("look", '{"q":1}')),
        runs=("pay", "look"),
        finish=("tool_calls",),
    )
case(
    "a-second-equal-call-only-in-final",
    KIND,
    added(0),
    piece(WHOLE, 0, "fc_1"),
    closed(0),
    end("completed", call(), call(**SECOND)),
    **TWO,
)

HELLO = message("Hello")
for label, told in {
    "text-done": (event(f"{TEXT}.done", item_id="msg_1", content_index=0, text="Hello"),),
    "deltas-at-one": (delta("Hel", output_index=1), delta("lo", output_index=1)),
    "deltas-nowhere": (delta("Hel"), delta("lo")),
    "item-at-one": (
        event(f"{ITEM}.added", output_index=1, item=message(id="a")),
        delta("Hello", output_index=1, item_id="a"),
        event(f"{ITEM}.done", output_index=1, item=message("Hello", id="a")),
    ),
    "item-done-only": (event(f"{ITEM}.done", output_index=3, item=message("Hello", id="a")),),
}.items():
    for last, final in {
        "same": HELLO,
        "other-id": message("Hello", id="b"),
        "no-id": message("Hello", id=None),
    }.items():
        case(f"text-{label}-final-{last}", KIND, *told, end("completed", final), text="Hello")

THOUGHT: dict[str, Any] = {"type": "reasoning", "id": "rs_1", "summary": [], "content": []}
HARMONY = (
    event(f"{ITEM}.added", output_index=1, item=THOUGHT),
    event("response.reasoning_text.delta", output_index=1, delta="think"),
    event(f"{ITEM}.done", output_index=1, item={**THOUGHT, "content": [{"text": "think"}]}),
    event(f"{ITEM}.added", output_index=2, item=message(id="m")),
    delta("Hello", output_index=2, item_id="m"),
    event(f"{ITEM}.done", output_index=2, item=message("Hello", id="m")),
)
case(
    "harmony-new-ids",
    KIND,
    *HARMONY,
    end(
        "completed",
        {**THOUGHT, "id": "rs_9", "content": [{"text": "think"}]},
        message("Hello", id="m9"),
    ),
    text="Hello",
    reasoning="think",
)
case(
    "all-at-index-zero",
    KIND,
    event(f"{ITEM}.added", output_index=0, item=THOUGHT),
    event("response.reasoning_text.delta", output_index=0, delta="think"),
    event(f"{ITEM}.done", output_index=0, item={**THOUGHT, "content": [{"text": "think"}]}),
    event(f"{ITEM}.added", output_index=0, item=message(id="m")),
    delta("Hello", output_index=0, item_id="m"),
    event(f"{ITEM}.done", output_index=0, item=message("Hello", id="m")),
    event(f"{ITEM}.added", output_index=0, item=message(id="n")),
    delta(" Bye", output_index=0, item_id="n"),
    event(f"{ITEM}.done", output_index=0, item=message(" Bye", id="n")),
    end(
        "completed",
        {**THOUGHT, "content": [{"text": "think"}]},
        message("Hello", id="m"),
        message(" Bye", id="n"),
    ),
    text="Hello Bye",
    reasoning="think",
)
for label, ids in (("named", ("a", "b")), ("renamed", ("y", "z")), ("unnamed", (None, None))):
    case(
        f"two-equal-messages-{label}",
        KIND,
        event(f"{ITEM}.added", output_index=0, item=message(id="a")),
        delta("Hi", output_index=0, item_id="a"),
        event(f"{ITEM}.done", output_index=0, item=message("Hi", id="a")),
        event(f"{ITEM}.added", output_index=1, item=message(id="b")),
        delta("Hi", output_index=1, item_id="b"),
        event(f"{ITEM}.done", output_index=1, item=message("Hi", id="b")),
        end("completed", message("Hi", id=ids[0]), message("Hi", id=ids[1])),
        text="HiHi",
    )
case(
    "two-equal-messages-only-in-final",
    KIND,
    end("completed", message("Hi", id="a"), message("Hi", id="b")),
    text="HiHi",
)
case(
    "a-second-equal-message-only-in-final",
    KIND,
    delta("Hi", output_index=0, item_id="a"),
    event(f"{ITEM}.done", output_index=0, item=message("Hi", id="a")),
    end("completed", message("Hi", id="a"), message("Hi", id="b")),
    text="HiHi",
)
case(
    "messages-parted-otherwise",
    KIND,
    delta("One. "),
    delta("Two."),
    end("completed", message("One. ", id="a"), message("Two.", id="b")),
    text="One. Two.",
)
case(
    "refusal-final-other-id",
    KIND,
    event("response.refusal.delta", output_index=1, delta="No."),
    end("completed", message(refusal="No.", id="other")),
    finish=("refusal",),
)
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "q"}}


def searched(response: Any) -> None:
    assert len(response.metadata["server_tool_calls"]) == 1


case(
    "server-tool-once",
    KIND,
    event(f"{ITEM}.done", output_index=1, item=SEARCH),
    delta("Hi", output_index=2),
    end("completed", {**SEARCH, "id": "ws_9"}, message("Hi")),
    text="Hi",
    check=searched,
)

# --- half-received calls ---

KIND = "half-received-call"
OPEN = (added(0), piece('{"amount"', 0, "fc_1"))
FULL = (added(0), piece(WHOLE, 0, "fc_1"), closed(0))
CUT = (*OPEN, event(f"{ITEM}.done", output_index=0, item=call('{"am', status="incomplete")))
BAD_ENDS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "null": (("incomplete",), ("other",)),
    "max-tool-calls": (("incomplete", {"reason": "max_tool_calls"}), ("other",)),
    "max-output": (("incomplete", {"reason": "max_output_tokens"}), ("length",)),
    "filter": (("incomplete", {"reason": "content_filter"}), ("content_filter",)),
    "cancelled": (("cancelled",), ("other",)),
}
for label, (words, finish) in BAD_ENDS.items():
    details = words[1] if len(words) > 1 else None
    last = end(words[0], incomplete_details=details)
    for state, told in {
        "open": OPEN,
        "whole-but-open": FULL[:2],
        "cut": CUT,
        "closed": FULL,
    }.items():
        case(f"{state}-{label}", KIND, *told, last, finish=finish)
    case(
        f"custom-{label}",
        KIND,
        event(f"{ITEM}.added", output_index=0, item=custom("", status="in_progress")),
        event(f"{INPUT}.delta", output_index=0, item_id="ct_1", delta="rm -rf /tm"),
        last,
        finish=finish,
        custom_tools=("shell",),
    )
    whole(
        f"{label}",
        KIND,
        {"status": words[0], "incomplete_details": details, "output": [call('{"amou')]},
        finish=finish,
    )
    whole(
        f"custom-{label}",
        KIND,
        {"status": words[0], "incomplete_details": details, "output": [custom("rm -rf /tm")]},
        finish=finish,
        custom_tools=("shell",),
    )
case("cut-item-in-a-completed-response", KIND, *CUT, end("completed"), finish=("stop",))
case("failed-item", KIND, *OPEN, closed(0, status="failed"), end("completed"), finish=("stop",))
whole("cut-item", KIND, {"status": "completed", "output": [call('{"am', status="incomplete")]})
case(
    "one-whole-one-cut",
    KIND,
    *FULL,
    event(f"{ITEM}.done", output_index=1, item=call('{"q', "look", **SECOND, status="incomplete")),
    end("completed"),
    **PAY,
)
case(
    "incomplete-event-with-completed-status",
    KIND,
    *OPEN,
    ("response.incomplete", {"type": "response.incomplete", "response": {"status": "completed"}}),
    finish=("other",),
)
case("no-end", KIND, *FULL, errors=("StreamInterruptedError",))
case(
    "error-after-call",
    KIND,
    *FULL,
    event("error", code="server_error", message="fell over"),
    errors=("ServerError",),
    says="fell over",
)
case(
    "failed-after-call",
    KIND,
    *FULL,
    end("failed", error={"code": "server_error", "message": "fell over"}),
    errors=("ServerError",),
    says="fell over",
)
case(
    "custom-completed",
    KIND,
    event(f"{ITEM}.added", output_index=0, item=custom("", status="in_progress")),
    event(f"{INPUT}.delta", output_index=0, item_id="ct_1", delta="ls"),
    event(f"{INPUT}.done", output_index=0, item_id="ct_1", input="ls"),
    event(f"{ITEM}.done", output_index=0, item=custom("ls")),
    end("completed", custom("ls", id="ct_2")),
    calls=(("shell", "ls"),),
    runs=("shell",),
    finish=("tool_calls",),
    custom_tools=("shell",),
)

# --- errors ---

KIND = "error-class"
WORDS: list[tuple[str, Any, str]] = [
    (
        "too-many",
        {"error": {"type": "too_many_requests", "code": "too_many_requests"}},
        "RateLimit",
    ),
    ("status", {"status": 429}, "RateLimit"),
    ("code-text", {"error": {"code": "429"}}, "RateLimit"),
    ("code-401", {"code": "401"}, "Authentication"),
    ("code-403", {"code": 403}, "PermissionDenied"),
    ("code-404", {"error": {"code": 404}}, "NotFound"),
    ("status-code", {"status_code": 400, "error": {"type": "usage_limit_reached"}}, "BadRequest"),
    ("limit", {"error": {"type": "usage_limit_reached"}}, "RateLimit"),
    ("filter", {"error": {"code": "content_filter"}}, "BadRequest"),
    ("vllm", {"error": {"type": "BadRequestError"}}, "BadRequest"),
    ("vllm-404", {"error": {"type": "NotFoundError"}}, "NotFound"),
    ("http", {"error": {"http_status_code": 422}}, "BadRequest"),
    ("dashscope", {"code": "Throttling.AllocationQuota"}, "RateLimit"),
    ("limit-code", {"code": "rate_limit_exceeded"}, "RateLimit"),
    ("both", {"error": {"type": "server_error", "code": "rate_limit_exceeded"}}, "RateLimit"),
    ("unheard", {"code": "gremlins"}, "Server"),
    ("overloaded", {"error": {"type": "overloaded_error"}}, "Server"),
    ("context", {"code": "context_length_exceeded"}, "BadRequest"),
    ("key", {"code": "invalid_api_key"}, "Authentication"),
]
for label, fields, name in WORDS:
    inner = fields.get("error")
    said = (
        {**fields, "error": {**inner, "message": "No."}} if inner else {**fields, "message": "No."}
    )
    case(
        f"error-{label}",
        KIND,
        delta("Hel", output_index=0),
        event("error", **said),
        text="Hel",
        errors=(f"{name}Error",),
        says="No.",
    )
    case(
        f"failed-{label}",
        KIND,
        delta("Hel", output_index=0),
        end("failed", error={**said, **(said.get("error") or {}), "error": None}),
        text="Hel",
        errors=(f"{name}Error",),
        says="No.",
    )
case(
    "error-400-once",
    KIND,
    event("error", error={"code": "400", "message": "bad"}),
    errors=("BadRequestError",),
    says="bad",
    requests=1,
)

KIND = "failed-then-error"
FAILED = end("failed", error=None, incomplete_details=None, usage=None)
LIMITED = event(
    "error",
    error={"type": "too_many_requests", "code": "rate_limit_exceeded", "message": "Exceeded."},
)
case(
    "failed-then-error",
    KIND,
    delta("Hel"),
    FAILED,
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "failed-then-done",
    KIND,
    delta("Hel"),
    FAILED,
    done=True,
    text="Hel",
    errors=("ServerError",),
    says="did not say why",
)
case(
    "failed-alone",
    KIND,
    delta("Hel"),
    FAILED,
    text="Hel",
    errors=("ServerError",),
    says="did not say why",
)
case(
    "error-without-words-then-words",
    KIND,
    delta("Hel"),
    event("error"),
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "error-then-failed",
    KIND,
    delta("Hel"),
    LIMITED,
    FAILED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)
case(
    "failed-with-empty-error",
    KIND,
    delta("Hel"),
    end("failed", error={}),
    LIMITED,
    text="Hel",
    errors=("RateLimitError",),
    says="Exceeded.",
)

KIND = "bare-error"
BARE: dict[str, tuple[bytes, str, str]] = {
    "object": (b'{"error":{"message":"engine died","type":"server_error"}}\n\n', "Server", "died"),
    "detail": (b'{"detail":"engine died"}\n\n', "Server", "died"),
    "text": (b'{"error":"engine died"}\n\n', "Server", "died"),
    "pretty": (b'{\n  "error": {\n    "message": "engine died"\n  }\n}\n\n', "Server", "died"),
    "field": (b'error: {"code":400,"message":"context size"}\n\n', "BadRequest", "context size"),
    "field-text": (b"error: engine died\n\n", "Server", "engine died"),
    "named": (b'event: error\ndata: {"reason":"died"}\n\n', "Server", "died"),
    "wordless": (b"event: error\n\n", "Server", "did not say why"),
    "cloudflare": (
        b'data: {"errors":[{"message":"engine died"}],"success":false}\n\n',
        "Server",
        "died",
    ),
    "problem": (b'data: {"status":429,"title":"Too Many Requests"}\n\n', "RateLimit", "Too Many"),
    "baidu": (b'data: {"error_code":336501,"error_msg":"engine died"}\n\n', "Server", "died"),
    "plain": (b'data: {"code":"429","message":"engine died"}\n\n', "RateLimit", "died"),
}
for label, (raw, name, words) in BARE.items():
    for last, ending in (("cut", b""), ("done", b"data: [DONE]\n\n"), ("ended", sse(end()))):
        case(
            f"{label}-{last}",
            "error-field" if label.startswith("field") else KIND,
            delta("Hel", output_index=0),
            raw,
            ending,
            text="Hel",
            errors=(f"{name}Error",),
            says=words,
        )
case("ping-then-bare", KIND, b": ping\n\n", BARE["object"][0], errors=("ServerError",), says="died")

# --- other kinds ---

case(
    "stray-done", "foreign-done", delta("Hi"), end("completed", message("Hi")), done=True, text="Hi"
)
case(
    "stray-done-alone",
    "foreign-done",
    delta("Hi"),
    done=True,
    text="Hi",
    errors=("StreamInterruptedError",),
)
ONE_NEWLINE = b"\n".join(
    b"data: " + json.dumps(told[1]).encode()
    for told in (delta("Hel", output_index=0), delta("lo", output_index=0), end())
)
case("one-newline", "one-newline", ONE_NEWLINE + b"\n\n", text="Hello")
case("one-newline-unended", "one-newline", ONE_NEWLINE, text="Hello")
case(
    "one-newline-cut",
    "one-newline",
    ONE_NEWLINE[:-20],
    text="Hello",
    errors=("StreamInterruptedError",),
)
case(
    "pretty-printed",
    "one-newline",
    b"".join(
        b"data: " + line.encode() + b"\n"
        for line in json.dumps(delta("Hi")[1], indent=1).splitlines()
    )
    + b"\n",
    end(),
    text="Hi",
)
case(
    "reasoning-only-done",
    "reasoning-fields",
    event("response.reasoning_summary_text.done", output_index=0, summary_index=0, text="think"),
    delta("Hi", output_index=1),
    end(),
    text="Hi",
    reasoning="think",
)
case(
    "transcript",
    "audio",
    event("response.audio.transcript.delta", delta="Hel"),
    event("response.audio.delta", delta="AAAA"),
    event("response.audio.transcript.delta", delta="lo"),
    end(),
    text="Hello",
)
case(
    "completed-in-progress",
    "finish-words",
    delta("Hi"),
    end("completed", status="in_progress"),
    text="Hi",
)
case(
    "completed-unheard",
    "finish-words",
    delta("Hi"),
    end("completed", status="paused"),
    text="Hi",
    finish=("other",),
)

# --- found by the generator ---

case(
    "part-done-of-a-growing-index",
    "text-told-again",
    delta("Hel", output_index=0, content_index=1),
    delta("lo", output_index=0, content_index=2),
    event(f"{TEXT}.done", output_index=0, content_index=3, text="Hello"),
    event("response.content_part.done", output_index=0, content_index=4, part={"text": "Hello"}),
    end(),
    text="Hello",
)
case(
    "unannounced-messages-told-whole",
    "text-told-again",
    event(f"{TEXT}.done", item_id="msg_1", content_index=0, text="One. "),
    event(f"{TEXT}.done", item_id="msg_3", content_index=0, text="Two."),
    end(),
    text="One. Two.",
)
case(
    "all-at-zero-and-told-whole",
    "text-told-again",
    event(f"{TEXT}.done", output_index=0, content_index=0, text="One. "),
    event(f"{ITEM}.done", output_index=0, item=message("One. ", id=None)),
    event(f"{TEXT}.done", output_index=0, content_index=0, text="Two."),
    event("response.content_part.done", output_index=0, content_index=0, part={"text": "Two."}),
    event(f"{ITEM}.done", output_index=0, item=message("Two.", id=None)),
    end("completed", message("One. ", id=None), message("Two.", id=None)),
    text="One. Two.",
)
case(
    "reasoning-parted-otherwise",
    "output-told-again",
    event("response.reasoning_summary_text.done", output_index=0, text="One. "),
    event("response.reasoning_text.done", output_index=0, text="Two."),
    delta("Hi", output_index=0, item_id="m"),
    end(
        "completed",
        {"type": "reasoning", "summary": [{"text": "One. "}]},
        {"type": "reasoning", "summary": [], "content": [{"text": "Two."}]},
        message("Hi"),
    ),
    text="Hi",
    reasoning="One. Two.",
)
