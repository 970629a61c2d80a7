"""So many requests a minute: others wait for their turn, or are refused."""

import threading
import time
from collections import deque

from chimeric import SEND, RefusedError, hookimpl, wait


class RateLimiter:
    """A sliding window for all calls of a process."""

    def __init__(self, requests, seconds=60.0, refuse=False):
        self._requests, self._seconds, self._refuse = requests, seconds, refuse
        self._lock = threading.Lock()
        self._sent = deque()

    @hookimpl
    def chimeric_attempt(self):
        while (left := self._take()) > 0:
            if self._refuse:
                text = f"{self._requests} requests in {self._seconds:g} s are used up"
                raise RefusedError(text, retry_after=left)
            yield from wait(left)
        yield SEND

    def _take(self):
        """Seconds until there is a place; 0 when one was taken."""
        with self._lock:
            now = time.monotonic()
            while self._sent and self._sent[0] <= now - self._seconds:
                self._sent.popleft()
            if len(self._sent) >= self._requests:
                return self._sent[0] + self._seconds - now
            self._sent.append(now)
            return 0.0
