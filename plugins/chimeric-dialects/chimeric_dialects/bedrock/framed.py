"""Events of the Messages API in frames of an AWS event stream."""

from __future__ import annotations

import base64
import json

from chimeric_dialects.answers import Block, Done
from chimeric_dialects.converse.eventstream import frame
from chimeric_dialects.dialect import Encoder
from chimeric_dialects.json_values import dumps
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem

__all__ = ["FramedEncoder"]

_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class FramedEncoder:
    """Puts what another encoder writes as server-sent events into frames."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self._count = 0

    def begin(self) -> bytes:
        return self._framed(self._inner.begin())

    def open(self, block: Block) -> bytes:
        return self._framed(self._inner.open(block))

    def piece(self, block: Block, text: str) -> bytes:
        return self._framed(self._inner.piece(block, text))

    def phase(self, block: Block, preview: File | None) -> bytes:
        return self._framed(self._inner.phase(block, preview))

    def cite(self, block: Block, citation: Citation) -> bytes:
        return self._framed(self._inner.cite(block, citation))

    def close(self, block: Block) -> bytes:
        return self._framed(self._inner.close(block))

    def end(self, done: Done) -> bytes:
        usage = done.usage
        measured = {
            "inputTokenCount": usage.input,
            "outputTokenCount": usage.output,
            "invocationLatency": 2 * usage.output + 20,
            "firstByteLatency": 20,
        }
        return self._framed(self._inner.end(done), measured)

    def fail(self, problem: Problem) -> bytes:
        headers = {
            ":exception-type": "serviceUnavailableException",
            ":content-type": "application/json",
            ":message-type": "exception",
        }
        return frame(headers, dumps({"message": problem.message}))

    def whole(self, done: Done) -> object:
        return self._inner.whole(done)

    def _framed(self, events: bytes, measured: dict[str, int] | None = None) -> bytes:
        frames = b""
        for line in events.split(b"\n"):
            if not line.startswith(b"data: "):
                continue
            data = line.removeprefix(b"data: ")
            if measured is not None and b'"message_stop"' in data:
                told = {**json.loads(data), "amazon-bedrock-invocationMetrics": measured}
                data = json.dumps(told).encode()
            self._count += 1
            padding = _PADDING[: 1 + self._count * 7 % 60]
            payload = {"bytes": base64.b64encode(data).decode(), "p": padding}
            headers = {
                ":event-type": "chunk",
                ":content-type": "application/json",
                ":message-type": "event",
            }
            frames += frame(headers, dumps(payload))
        return frames
