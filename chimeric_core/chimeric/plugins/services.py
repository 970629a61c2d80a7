"""Embedded services of providers: started at their first use, stopped with the client."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from .provider import Service

__all__ = ["Services", "is_embedded"]

_running_here: set[str] = set()
"""Where the services of this process listen."""


def is_embedded(url: str) -> bool:
    """Whether a URL is that of a service that runs in this process."""
    return any(url.startswith(base_url) for base_url in _running_here)


class Services:
    """The running services of one client."""

    def __init__(self) -> None:
        self._running: dict[str, Service] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def start(self, name: str, factory: Callable[[], Service]) -> str:
        """Start a provider's service unless it runs; return where it listens."""
        with self._lock:
            service = self._running.get(name)
            if service is None:
                service = self._running[name] = factory()
                _running_here.add(service.base_url)
            return service.base_url

    def close(self) -> None:
        """Stop all; a fork leaves its parent's running."""
        with self._lock:
            running, self._running = list(self._running.values()), {}
        if self._pid == os.getpid():
            for service in running:
                _running_here.discard(service.base_url)
                service.close()
