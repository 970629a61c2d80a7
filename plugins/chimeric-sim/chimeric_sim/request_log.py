"""The log of requests on the standard output, which a reader that sleeps cannot hold up."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading

__all__ = ["RequestLog", "log_requests"]

KEPT = 10_000
"""Lines that wait for a slow reader; more are dropped."""

LAST = 1.0
"""Seconds that the last lines have at the end."""


class RequestLog(logging.Handler):
    """Writes each record as a line, from a thread of its own, until ``close``."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: queue.Queue[str | None] = queue.Queue(KEPT)
        self._thread = threading.Thread(target=self._write, name="chimeric-sim-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line aside."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(self.format(record))

    def close(self) -> None:
        """Write what is left, if somebody reads it."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(LAST)
        super().close()

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            while (line := self._lines.get()) is not None:
                print(line, flush=True)


def log_requests() -> RequestLog:
    """Begin to log the requests of this process's simulators."""
    log = RequestLog()
    logger = logging.getLogger("chimeric_sim")
    logger.addHandler(log)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return log
