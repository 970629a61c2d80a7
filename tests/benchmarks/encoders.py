"""CPU per chunk of each encoder of chimeric-serving, beside writing the same bytes by hand.

``python -m tests.benchmarks.encoders`` prints the table of docs/guide/serving.md, and
``tests.benchmarks.serving`` draws it. Both sides get the same chunks, in turns; the median of 21
rounds counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from chimeric_serving import AGUIEncoder, Encoder, NDJSONEncoder, SSEEncoder, UIStreamEncoder

from chimeric import Chimeric, StreamChunk

__all__ = ["main", "measured", "table"]

ROUNDS = 21
json = msgspec.json.Encoder().encode

BY_HAND: dict[str, tuple[Callable[[], Encoder], Callable[[StreamChunk], bytes]]] = {
    "server-sent events": (
        SSEEncoder,
        lambda c: b"data: " + json({"turn": c.turn, "block": c.block, "delta": c.delta}) + b"\n\n",
    ),
    "NDJSON": (
        NDJSONEncoder,
        lambda c: json({"turn": c.turn, "block": c.block, "delta": c.delta}) + b"\n",
    ),
    "UI message stream": (
        lambda: UIStreamEncoder(message_id="m"),
        lambda c: b"data: " + json({"type": "text-delta", "id": "t1", "delta": c.delta}) + b"\n\n",
    ),
    "AG-UI": (
        lambda: AGUIEncoder(thread_id="t", run_id="r"),
        lambda c: (
            b"data: "
            + json({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m" * 38, "delta": c.delta})
            + b"\n\n"
        ),
    ),
}


def measured() -> dict[str, tuple[float, float]]:
    """Of each protocol, microseconds of processor time per chunk: the encoder, and by hand."""
    with Chimeric() as client:
        stream = client.generate("sim:story", "Go on", stream=True, tokens=5000)
        chunks = [chunk for chunk in stream if chunk.delta]
    figures = {}
    for name, (make, by_hand) in BY_HAND.items():
        encoder, hand = [], []
        for _ in range(ROUNDS):
            hand.append(_seconds(chunks, _one(by_hand)))
            encoder.append(_seconds(chunks, make().encode))
        figures[name] = statistics.median(encoder) * 1e6, statistics.median(hand) * 1e6
    return figures


def table(figures: dict[str, tuple[float, float]]) -> str:
    """What was measured, for the page."""
    rows = ["| protocol | encoder, µs | by hand, µs | ratio |", "|---|---|---|---|"]
    for name, (ours, theirs) in figures.items():
        rows.append(f"| {name} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |")
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    print(table(measured()))


def _one(by_hand: Callable[[StreamChunk], bytes]) -> Callable[[StreamChunk], Iterable[bytes]]:
    """As an encoder gives its events."""
    return lambda chunk: (by_hand(chunk),)


def _seconds(chunks: list[StreamChunk], encode: Callable[[StreamChunk], Iterable[Any]]) -> float:
    """CPU seconds for each chunk."""
    began = time.process_time()
    for chunk in chunks:
        for event in encode(chunk):
            assert event
    return (time.process_time() - began) / len(chunks)


if __name__ == "__main__":
    main()
