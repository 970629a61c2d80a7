"""A resource that answers every request alike, and a client of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric, CompletionResponse, TranslationWarning

__all__ = ["KEY", "Resource", "ask", "sse"]

KEY = "0123456789abcdef0123456789abcdef"

CHAT = {
    "id": "c1",
    "model": "gpt-5-nano-2025-08-07",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    ],
}
MESSAGE = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
RESPONSE = {
    "id": "r1",
    "status": "completed",
    "model": "gpt-5.1",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "ok", "annotations": []}],
        }
    ],
}


class Resource:
    """Serves one body with one status, or what a function says of each request."""

    def __init__(
        self,
        body: bytes | None = None,
        status: int = 200,
        headers: Mapping[str, str] = {},
        *,
        judge: Callable[[SeenRequest], int] | None = None,
    ) -> None:
        self._body, self._status, self._headers, self._judge = body, status, headers, judge
        self.server = LoopbackServer(self._handle)
        self.url = self.server.url

    def _handle(self, request: SeenRequest) -> Iterator[bytes]:
        status = self._status if self._judge is None else self._judge(request)
        body = self._body
        if body is None:
            answers = {"/messages": MESSAGE, "/responses": RESPONSE}
            path = request.path.partition("?")[0]
            body = msgspec.json.encode(
                next((told for end, told in answers.items() if path.endswith(end)), CHAT)
            )
        streamed = body.startswith((b"data:", b"event:"))
        kind = "text/event-stream" if streamed else "application/json"
        head = {"content-type": kind, "transfer-encoding": "chunked", **self._headers}
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in head.items())]
        yield ("\r\n".join(lines) + "\r\n\r\n").encode()
        yield from chunked([body])

    def __enter__(self) -> Resource:
        return self

    def __exit__(self, *error: object) -> None:
        self.server.close()


def ask(path: str = "", model: str = "gpt-5.4", messages: Any = "Hi", **params: Any) -> SeenRequest:
    """The request that a call makes; ``params`` may hold arguments of the client's."""
    mine = {name: params.pop(name) for name in list(params) if name.startswith("azure_")}
    with Resource() as resource:
        said = {"azure_api_key": KEY, "azure_base_url": resource.url + path, **mine}
        with Chimeric(**said, max_retries=0) as client, warnings.catch_warnings():
            warnings.simplefilter("error", TranslationWarning)
            answer = client.generate(f"azure:{model}", messages, **params)
            assert isinstance(answer, CompletionResponse)
            assert answer.content == "ok"
        return resource.server.requests[-1]


def sse(*events: Mapping[str, Any] | str) -> bytes:
    """A stream of chat completions."""
    shown: Iterable[str] = (
        event if isinstance(event, str) else msgspec.json.encode(event).decode() for event in events
    )
    return "".join(f"data: {text}\n\n" for text in shown).encode()
