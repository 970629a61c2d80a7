"""A server whose models answer, hang or fail as their names say, and the ways to ask it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
import pytest
import trio
from chimeric_hedge import Hedge
from chimeric_testing import Close, LoopbackServer, Pause, Reset, SeenRequest

from chimeric import Chimeric

LONG = 30.0
"""Seconds; a pause ends as soon as its client has gone."""

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USED = (
    b'data: {"choices":[],"usage":'
    b'{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}\n\ndata: [DONE]\n\n'
)
CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
    b'{"name":"now","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
)


def whole(model: str, role: str) -> bytes:
    """A whole answer, or the call of a tool."""
    message: dict[str, Any] = {"role": "assistant", "content": f"whole {model}"}
    if model == "tools" and role == "user":
        call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    reason = "tool_calls" if message["content"] is None else "stop"
    return msgspec.json.encode(
        {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}
    )


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: %b\n\n" % msgspec.json.encode(delta)


def said(*texts: str) -> Iterator[Any]:
    yield from (HEAD, ROLE, *map(text, texts), STOP, USED, Close())


def refused(status: int, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} No\r\n{lines}content-length: 2\r\n\r\n{{}}".encode()


class Server:
    """Models are named for what they do; ``together`` answers when a second request has come,
    ``together-3`` when a third has, and ``cut-2`` waits for a second one: so that nobody is closed
    before it was heard."""

    def __init__(self) -> None:
        self.loopback = LoopbackServer(self._answer)
        self._heard = threading.Condition()
        self._seen: list[str] = []
        self.let_go = threading.Event()
        self.slow = 0.0
        self.before: Callable[[], object] = bool

    @property
    def asked(self) -> list[str]:
        """The models that were asked, in order."""
        return list(self._seen)

    def asked_again(self) -> None:
        """Begin anew: nothing was heard."""
        self._seen.clear()

    @property
    def closed_early(self) -> int:
        """Answers that the client gave up; waits until no answer is under way."""
        assert self.loopback.wait_idle()
        return self.loopback.aborted

    @property
    def base_url(self) -> str:
        """Where ``compatible`` is."""
        return f"{self.loopback.url}/v1"

    def seen(self, model: str) -> SeenRequest:
        """The latest request for a model."""
        requests = reversed(self.loopback.requests)
        return next(request for request in requests if request.json()["model"] == model)

    def client(self, *plugins: Any, **settings: Any) -> Chimeric:
        urls = {"compatible": self.base_url}
        return Chimeric(base_urls=urls, plugins=plugins, **{"max_retries": 0, **settings})

    def hedge(self, first: str, *others: str, **settings: Any) -> Hedge:
        names = [f"compatible:{other}" for other in others]
        return Hedge(self.client(), {f"compatible:{first}": names}, **{"delay": 0.02, **settings})

    def _wait_for(self, requests: int) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: len(self._seen) >= requests, LONG)

    def _answer(self, seen: SeenRequest) -> Iterator[Any]:
        body = seen.json()
        with self._heard:
            self._seen.append(body["model"])
            self._heard.notify_all()
        self.before()
        model, _, rest = body["model"].partition("-")
        if model == "sick":  # the first time
            if self._seen.count(body["model"]) == 1:
                yield refused(503)
                return
            model = rest
        if not body.get("stream"):
            data = whole(model, body["messages"][-1]["role"])
            if model == "mute":
                yield Pause(LONG)
            yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(data), data)
        elif model == "mute":  # not even headers
            yield Pause(LONG)
        elif model == "silent":  # headers, and no content
            yield from (HEAD, ROLE, Pause(LONG))
        elif model == "endless":
            yield HEAD
            while True:
                yield from (text("more "), Pause(0.01))
        elif model == "stalls":
            yield from (HEAD, ROLE, text("Once "), Pause(LONG))
        elif model == "cut":
            yield from (HEAD, ROLE)
            self._wait_for(int(rest or 1))
            yield from (text("Once "), text("upon"), Reset())
        elif model == "status":
            yield refused(int(rest))
        elif model == "held":  # answers when it is let go
            yield from (HEAD, ROLE)
            assert self.let_go.wait(LONG)
            yield Pause(self.slow)
            yield from (text("At last"), STOP, USED, Close())
        elif model == "together":
            yield from (HEAD, ROLE)
            self._wait_for(int(rest or 2))
            yield from (text("together"), STOP, USED, Close())
        elif model == "tools" and body["messages"][-1]["role"] == "user":
            yield from (HEAD, CALL, Close())
        elif model == "empty":
            yield from (HEAD, ROLE, STOP, USED, Close())
        elif model == "json":
            yield from said('{"items": ["a", ', '"b"]}')
        else:
            yield from said(f"{model} ", "says so")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.let_go.set()
    server.loopback.close()


@pytest.fixture(params=["sync", "asyncio", "uvloop", "trio"])
def mode(request: pytest.FixtureRequest) -> str:
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    mode: str = request.param
    return mode


def run(mode: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    if mode == "trio":
        return trio.run(main)
    if mode == "uvloop":
        import uvloop

        return uvloop.run(main())  # type: ignore[arg-type]
    return asyncio.run(main())  # type: ignore[arg-type]


def ask(mode: str, hedge: Any, model: str, messages: Any = "Hi", **params: Any) -> Any:
    """The whole answer, of a stream too; the client is closed."""
    name = model if ":" in model else f"compatible:{model}"
    if model.startswith("*"):  # a name that stands for others
        name = model[1:]
    client: Chimeric = getattr(hedge, "client", hedge)
    if mode == "sync":
        with client:
            answer = hedge.generate(name, messages, **params)
            return answer.collect() if params.get("stream") else answer

    async def main() -> Any:
        async with client:
            answer = await hedge.agenerate(name, messages, **params)
            return await answer.collect() if params.get("stream") else answer

    return run(mode, main)
