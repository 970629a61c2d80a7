"""A service on loopback that answers every request alike, and clients of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, CompletionResponse, TranslationWarning

__all__ = ["KEY", "Service", "answer", "ask", "sent", "sse"]

KEY = "sk-catalog-0123456789abcdef"

CHAT = {
    "id": "c1",
    "model": "m",
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": "{}"}]}],
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "{}"}, "finish_reason": "stop"}
    ],
}


class Service:
    """Serves one body with one status."""

    def __init__(
        self, body: bytes | None = None, status: int = 200, headers: Mapping[str, str] = {}
    ) -> None:
        self._body = msgspec.json.encode(CHAT) if body is None else body
        self._status, self._headers = status, headers
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> Iterator[bytes]:
        streamed = self._body.startswith((b"data:", b"event:", b":"))
        kind = "text/event-stream" if streamed else "application/json"
        head = {"content-type": kind, "transfer-encoding": "chunked", **self._headers}
        lines = [f"HTTP/1.1 {self._status} Said", *(f"{n}: {v}" for n, v in head.items())]
        yield ("\r\n".join(lines) + "\r\n\r\n").encode()
        yield from chunked([self._body])

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *error: object) -> None:
        self.server.close()


def client_of(name: str, url: str, **settings: Any) -> Chimeric:
    """A client of one service, wherever that listens."""
    needed = {"watsonx": {"watsonx_project_id": "p"}}.get(name, {})
    said = {**needed, f"{name}_api_key": KEY, f"{name}_base_url": url, "max_retries": 0, **settings}
    return Chimeric(**said)


def answer(name: str, body: bytes, model: str = "m", **params: Any) -> CompletionResponse:
    """What becomes of an answer."""
    with Service(body) as service, client_of(name, service.server.url + "/v1") as client:
        said = client.generate(
            f"{name}:{model}", "Hi", stream=body.startswith((b"data:", b"event:")), **params
        )
        return said if isinstance(said, CompletionResponse) else said.collect()


def ask(name: str, model: str, messages: Any = "Hi", **params: Any) -> tuple[SeenRequest, str]:
    """The request that a call makes, and what was reported of it; there may be settings, too."""
    settings = {n: params.pop(n) for n in list(params) if n.startswith(f"{name}_")}
    with (
        Service() as service,
        client_of(name, service.server.url + "/v1", **settings) as client,
        warnings.catch_warnings(record=True) as told,
    ):
        warnings.simplefilter("always")
        client.generate(f"{name}:{model}", messages, **params)
        reported = [str(w.message) for w in told if issubclass(w.category, TranslationWarning)]
        return service.server.requests[-1], "\n".join(reported)


def sent(name: str, model: str, messages: Any = "Hi", **params: Any) -> tuple[dict[str, Any], str]:
    """The body of that request, and what was reported."""
    request, reported = ask(name, model, messages, **params)
    body: dict[str, Any] = msgspec.json.decode(request.body)
    return body, reported


def sse(*events: Mapping[str, Any] | str, done: bool = True) -> bytes:
    """A stream of chat completions."""
    shown = [e if isinstance(e, str) else msgspec.json.encode(e).decode() for e in events]
    return "".join(f"data: {text}\n\n" for text in [*shown, *(["[DONE]"] if done else [])]).encode()
