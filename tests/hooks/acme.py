"""An invented service on loopback, and its provider: a JSON object for each line of an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step

from chimeric import (
    Chimeric,
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    ToolCallDelta,
    Usage,
    hookimpl,
)

KEY = "acme-key-0123456789"
WORDS = ("Once ", "upon ", "a ", "time. ", "The ", "end.")


class Acme:
    """The provider. It needs a key, unless it is told otherwise."""

    def __init__(self, url: str, key_required: bool = True) -> None:
        self._declared = Provider(
            name="acme",
            base_url=url,
            key_env=("ACME_API_KEY",),
            key_required=key_required,
            models=("acme-*",),
            framing="ndjson",
        )

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return self._declared

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        told = [[message.role, message.text] for message in request.messages]
        body = {"model": request.model, "stream": request.stream, "told": told}
        return HTTPRequest(url=f"{provider.base_url}/chat", body=body)

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        frame = msgspec.json.decode(event.data)
        if "text" in frame:
            text: str = frame["text"]
            return text
        return _delta(frame)

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        return _delta(msgspec.json.decode(response.body))


def _delta(frame: Any) -> Delta:
    calls = tuple(
        ToolCallDelta(index=number, id=f"c{number}", name=name, arguments="{}")
        for number, name in enumerate(frame.get("calls", ()))
    )
    return Delta(
        text=frame.get("text"),
        tool_calls=calls,
        finish_reason="tool_calls" if calls else "stop",
        usage=Usage(prompt_tokens=3, completion_tokens=6, total_tokens=9),
        done=True,
    )


class Service(LoopbackServer):
    """The service. The model's name says how it answers; other paths are a test's own.

    ``acme-story`` tells a story, ``acme-tools`` calls the tool ``clock`` first, ``acme-silent``
    stops after one word, ``acme-fails`` answers 500, ``acme-busy`` answers 503 once.

    Attributes:
        paths: what else it answers: path -> function of the request that makes the steps.
        words: what a story is made of.
        cut: whether the connection is closed before the end of a stream.
        refused: keys that are answered by 401.
        chats: the bodies of the requests to the model, in order.
        keys: the keys that came with them.
    """

    def __init__(self, **paths: Callable[[SeenRequest], Iterable[Step]]) -> None:
        self.paths = {f"/{name}": handler for name, handler in paths.items()}
        self.words: tuple[str, ...] = WORDS
        self.cut = False
        self.refused: set[str] = set()
        self.chats: list[Any] = []
        self.keys: list[str] = []
        self._lock = threading.Lock()
        super().__init__(self._respond)

    def client(self, *plugins: Any, key: str | None = KEY, **settings: Any) -> Chimeric:
        """A client with the provider and these plugins, and with no others."""
        if key is not None:
            settings["api_keys"] = {"acme": key}
        provider = Acme(self.url)
        return Chimeric(
            plugins=[provider, *plugins], only_plugins=[], **{"max_retries": 0, **settings}
        )

    def count(self, path: str) -> int:
        """How many requests came to a path."""
        return sum(request.path == path for request in self.requests)

    def _respond(self, request: SeenRequest) -> Iterable[Step]:
        if request.path in self.paths:
            return self.paths[request.path](request)
        body = request.json()
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            self.chats.append(body)
            self.keys.append(key)
            count = len(self.chats)
        if key in self.refused:
            return answer({"error": f"the key {key} is refused"}, 401)
        if body["model"] == "acme-fails" or (body["model"] == "acme-busy" and count == 1):
            return answer({"error": "out of order"}, 500)
        return self._told(body)

    def _told(self, body: Any) -> Iterator[Step]:
        calls = body["model"] == "acme-tools" and body["told"][-1][0] == "user"
        if not body["stream"]:
            yield from answer({"calls": ["clock"]} if calls else {"text": "".join(self.words)})
            return
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        if calls:
            yield _line({"calls": ["clock"]}) + b"0\r\n\r\n"
            return
        for word in self.words:
            yield _line({"text": word})
            if body["model"] == "acme-silent":
                yield Pause(60)
        if self.cut:
            yield Close()
        yield _line({"end": True}) + b"0\r\n\r\n"


def answer(value: Any, status: int = 200, *headers: str) -> list[bytes]:
    """A whole answer in JSON."""
    body = msgspec.json.encode(value)
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers, "", ""]
    return ["\r\n".join(lines).encode() + body]


def hangs(request: SeenRequest) -> Iterator[Step]:
    """No answer, until the client has gone."""
    yield Pause(60)


def _line(value: Any) -> bytes:
    line = msgspec.json.encode(value) + b"\n"
    return b"%x\r\n%s\r\n" % (len(line), line)
