"""Cases of Responses: calls and messages that the final output tells again."""

from __future__ import annotations

from typing import Any

from .responses_forms import (
    ARGUMENTS,
    ITEM,
    PAY,
    SECOND,
    TEXT,
    WHOLE,
    added,
    call,
    case,
    closed,
    delta,
    end,
    event,
    message,
    piece,
)

KIND = "output-told-again"


def paid(
    name: str,
    *events: Any,
    final: tuple[Any, ...] = (),
    **fields: Any,
) -> None:
    case(name, KIND, *events, end("completed", *final), **{**PAY, **fields})


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

# --- found by the generator ---

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
