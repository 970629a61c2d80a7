"""The simulator that applications and tests hold in their hands."""

from __future__ import annotations

import logging
import time
import weakref
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from .page import BASES, Line, is_page, page
from .server import Reply, Request, Server, Traffic
from .service import Recording, Recordings, SimulatedService, route

__all__ = ["RecordedRequest", "Simulator"]

LOGGER = logging.getLogger("chimeric_sim")
"""Told one line of each request that is kept: nothing of its content."""

_SECRET_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie")
_PLAIN_BASES = (
    *("anthropic", "google", "groq", "cohere", "mistral", "ollama", "bedrock", "vertex"),
)
_OWN_BASES = {
    "azure": "/azure",  # the SDK adds /openai, /openai/v1 or /anthropic
    "cerebras": "/cerebras",
    "dashscope": "/dashscope/compatible-mode/v1",
    "deepseek": "/deepseek",
    "fireworks": "/fireworks/inference/v1",
    "grok": "/xai/v1",
    "huggingface": "/huggingface/v1",
    "moonshot": "/moonshot/v1",
    "nvidia": "/nvidia/v1",
    "openrouter": "/api/v1",
    "perplexity": "/perplexity",
    "together": "/together/v1",
    "xai": "/xai/v1",
    "zai": "/zai/api/paas/v4",
}
"""Where a service is told by the path; behind it stands what the service's own paths are."""


class RecordedRequest(msgspec.Struct, frozen=True):
    """A request that arrived. Keys in ``headers`` are masked.

    Attributes:
        method: ``POST`` or ``GET``.
        path: unquoted path.
        query: query parameters.
        headers: headers, names in lower case.
        body: the decoded JSON body, or its bytes where it is no JSON, or None.
        status: HTTP status of the reply.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int


class _Journal:
    """Handles requests and keeps the latest ones; refers to no simulator, so that one can go."""

    def __init__(self, service: SimulatedService, keep: int) -> None:
        self.service = service
        self.requests: deque[RecordedRequest] = deque(maxlen=keep)
        self.lines: deque[Line] = deque(maxlen=keep)
        self.bases: dict[str, str] = {}
        self.url = ""
        self.count = 0

    def __call__(self, request: Request) -> Reply:
        if is_page(request):
            return page(self.url, self.bases, self.lines, self.count)
        reply = route(request, self.service)
        self.count += 1
        if self.requests.maxlen:
            record = _record(request, reply.status)
            self.requests.append(record)
            self.lines.append(_line(request, record))
            if LOGGER.isEnabledFor(logging.INFO):
                LOGGER.info("%s", self.lines[-1])
        return reply


def _line(request: Request, record: RecordedRequest) -> Line:
    model: object = record.body.get("model") if isinstance(record.body, dict) else None
    told = model if isinstance(model, str) and model.isprintable() else ""
    path = record.path if record.path.isprintable() else ascii(record.path)[1:-1]
    now = time.strftime("%H:%M:%S")
    return Line(now, record.method, path, told[:80], len(request.body or b""), record.status)


def _record(request: Request, status: int) -> RecordedRequest:
    body: Any = request.body or None
    if body is not None:
        try:
            body = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            body = request.body
    headers = {
        name: _mask(value) if name in _SECRET_HEADERS else value
        for name, value in request.headers.items()
    }
    query = {name: "****" if name == "key" else v for name, v in request.query.items()}
    return RecordedRequest(request.method, request.path, query, headers, body, status)


def _mask(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} ****" if space else "****"


class Simulator:
    """An LLM service on this machine that speaks the providers' own protocols.

    It listens from construction until ``close`` (or the end of a ``with`` block).

    Args:
        port: port on the loopback interface; 0 for any free one.
        rate: tokens per second; None for as fast as the client reads.
        seed: seed of all answers; None derives one from each prompt.
        keys: the API keys that are accepted; None accepts all that do not begin with ``bad``.
            ``"ID:SECRET"`` is a key pair of AWS, and SigV4 signatures are recomputed with it.
        replays: files (or ``Recording`` objects) for the models ``replay:NAME``.
        keep: how many requests are kept in ``requests``; 0 for none.
        host: interface to listen at.

    Raises:
        OSError: when the port is taken.
        ValueError: for a file that holds no recording.

    Example:
        .. code-block:: python

            with Simulator() as sim:
                client = openai.OpenAI(base_url=sim.base_url("openai"), api_key="any")
                ...
                assert sim.requests[-1].body["model"] == "story"
    """

    def __init__(
        self,
        port: int = 0,
        rate: float | None = None,
        seed: int | None = None,
        keys: Iterable[str] | None = None,
        *,
        replays: Iterable[Recording | str | Path] = (),
        keep: int = 1000,
        host: str = "127.0.0.1",
    ) -> None:
        recordings = Recordings()
        for recording in replays:
            recordings.add(recording)
        accepted = None if keys is None else frozenset(keys)
        self._service = SimulatedService(accepted, rate, seed, recordings)
        self._journal = _Journal(self._service, keep)
        self._server = Server(self._journal, host, port)
        self._journal.url = self.url
        self._journal.bases = {name: self.base_url(name) for name in BASES}
        self._finalizer = weakref.finalize(self, self._server.close)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at its end."""
        return f"http://{self._server.host}:{self._server.port}"

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._server.port

    def base_url(self, provider: str = "openai") -> str:
        """The base URL to give to a provider's client: Chimeric's or the official SDK.

        Example:
            >>> with Simulator() as sim:
            ...     sim.base_url("openai").removeprefix(sim.url)
            '/v1'
        """
        if provider in _OWN_BASES:
            return f"{self.url}{_OWN_BASES[provider]}"
        return self.url if provider in _PLAIN_BASES else f"{self.url}/v1"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The latest requests, oldest first."""
        return list(self._journal.requests)

    @property
    def traffic(self) -> Traffic:
        """Counters: open connections, streams under way, finished and abandoned."""
        return self._server.traffic

    def replay(self, recording: Recording | str | Path, name: str | None = None) -> str:
        """Add a recording; returns the model name that replays it.

        Raises:
            ValueError: for a file that holds no recording.
        """
        return self._service.recordings.add(recording, name)

    def close(self) -> None:
        """Close every socket and end the thread. Idempotent."""
        self._finalizer()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"at {self.url}" if self._finalizer.alive else "closed"
        return f"<Simulator {state}>"
