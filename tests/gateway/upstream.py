"""Providers as the gateway meets them: one server that answers each model as it was told."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from chimeric_testing import LoopbackServer, SeenRequest

from .running import KEY

__all__ = ["ENDPOINTS", "MARK", "Upstream"]

Answer: TypeAlias = Callable[[int, SeenRequest], Iterable[Any]]
"""Makes the raw answer to the n-th request (from 0) for a model."""

MARK = "only-for-the-gateway-7351"
"""Stands in a header of every answer; no client may ever see it."""

ENDPOINTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "chat": ("openai", {"api": "chat_completions"}),
    "responses": ("openai", {"api": "responses"}),
    "anthropic": ("anthropic", {}),
    "google": ("google", {}),
    "ollama": ("ollama", {}),
}
"""The provider and options of each dialect in the tests of faults."""


class Upstream:
    """A server for any number of models named ``case-N``. Close it, or use it in ``with``.

    Attributes:
        server: underneath, with its counters.
        seen: how many requests came for each model.
    """

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.server = LoopbackServer(self._handle)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no client may see, besides the key."""
        return MARK, f"127.0.0.1:{self.server.port}", f"localhost:{self.server.port}"

    def add(self, answer: Answer) -> str:
        """Take a model's answer; returns the model's name."""
        self._answers.append(answer)
        return f"case-{len(self._answers) - 1}"

    def endpoint(self, provider: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of an endpoint that is this server."""
        told = {"provider": provider, "base_url": self.server.url, "api_key": KEY}
        return {**told, "options": dict(options)} if options else told

    def _handle(self, request: SeenRequest) -> Iterator[Any]:
        found = re.search(r"case-(\d+)", request.path + request.body.decode("utf-8", "replace"))
        if found is None:
            yield b"HTTP/1.1 500 Unknown\r\ncontent-length: 0\r\n\r\n"
            return
        with self._lock:
            number = self.seen[found[0]]
            self.seen[found[0]] += 1
        for step in self._answers[int(found[1])](number, request):
            if isinstance(step, bytes) and step.startswith(b"HTTP/1."):
                first, _, rest = step.partition(b"\r\n")
                step = first + b"\r\nx-upstream-mark: " + MARK.encode() + b"\r\n" + rest
            yield step

    def __enter__(self) -> Upstream:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
