"""Cases of Responses: calls of which only a part came."""

from __future__ import annotations

from typing import Any

from .responses_forms import (
    INPUT,
    ITEM,
    PAY,
    SECOND,
    WHOLE,
    added,
    call,
    case,
    closed,
    custom,
    end,
    event,
    piece,
    whole,
)

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
