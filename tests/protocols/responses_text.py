"""Cases of Responses: text that is told again, at other places."""

from __future__ import annotations

from typing import Any

from .responses_forms import ITEM, TEXT, case, delta, end, event, message

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
