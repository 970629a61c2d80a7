"""Middleware that measures how long a stream paused between one content and the next."""

from __future__ import annotations

import time
from array import array

from chimeric.exchange.answers.arrived import GAPS
from chimeric.plugins.api import hookimpl
from chimeric.values.chunks import StreamChunk
from chimeric.values.context import Context

__all__ = ["Timing"]


class Timing:
    """Middleware: ``response.timing.gaps`` tells the seconds between one content and the next.

    They are taken where the provider's content arrives, before other middleware holds it back;
    the time that the caller takes for a chunk is in them. For a client or for one call.

    Example:
        .. code-block:: python

            response = client.generate("gpt-4o", "Hi", stream=True, use=[Timing()]).collect()
            print(max(response.timing.gaps))
    """

    chimeric_phase = "record"

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> _Clock:
        """One clock for each call."""
        return _Clock(context)


class _Clock:
    def __init__(self, context: Context) -> None:
        self._gaps: array[float] = array("d")
        self._last: float | None = None
        context.state[GAPS] = self._gaps

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Note when content came."""
        if chunk.finish_reason is None and not chunk.tool_results and _has_content(chunk):
            now = time.monotonic()
            if self._last is not None:
                self._gaps.append(now - self._last)
            self._last = now
        return chunk

    def flush(self) -> None:
        """Nothing was held back."""


def _has_content(chunk: StreamChunk) -> bool:
    if chunk.delta or chunk.reasoning or chunk.refusal or chunk.tool_calls:
        return True
    return bool(chunk.server_tools or chunk.citations or chunk.files or chunk.logprobs)
