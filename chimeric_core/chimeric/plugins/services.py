"""What a client keeps until it closes, made at its first use: embedded services of providers, and
what else a plugin starts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Services", "is_embedded"]

_running_here: set[str] = set()
"""Where the services of this process listen."""


def is_embedded(url: str) -> bool:
    """Whether a URL is that of a service that runs in this process."""
    return any(url.startswith(base_url) for base_url in _running_here)


class Services:
    """What one client keeps."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """What is kept under a name, made now unless it is there."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None:
                kept = self._kept[name] = make()
                _running_here.update(_urls(kept))
            return kept

    def close(self) -> list[Any]:
        """Close all, and return what that returned; a fork leaves its parent's running."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        if self._pid != os.getpid():
            return []
        _running_here.difference_update(*map(_urls, kept))
        return [ended for each in kept if (ended := each.close())]


def _urls(kept: Any) -> list[str]:
    return [kept.base_url] if hasattr(kept, "base_url") else []
