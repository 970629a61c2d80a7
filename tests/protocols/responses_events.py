"""Cases of Responses: events in other frames, of other names, after other ends."""

from __future__ import annotations

import json

from .responses_forms import case, delta, end, event, message

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
