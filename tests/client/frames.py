"""An invented service that streams frames, one JSON object a line, and its provider."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

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

__all__ = ["DONE", "Frames", "framed", "text"]

DONE = {"done": True}


def text(said: str, block: int | None = None) -> dict[str, Any]:
    """A frame of text."""
    return {"text": said} if block is None else {"text": said, "block": block}


def framed(frame: dict[str, Any]) -> bytes:
    """A frame as it is sent."""
    return msgspec.json.encode(frame) + b"\n"


class _Provider:
    def __init__(self, url: str) -> None:
        self._declared = Provider(
            name="frames", base_url=url, key_env=("FRAMES_API_KEY",), framing="ndjson"
        )

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return self._declared

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        told = [[message.role, message.text] for message in request.messages]
        return HTTPRequest(url=f"{provider.base_url}/chat", body={"told": told})

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        return _delta(msgspec.json.decode(event.data))

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        return _delta(msgspec.json.decode(response.body))


def _delta(frame: dict[str, Any]) -> Delta:
    done = frame.get("done", False)
    calls = tuple(
        ToolCallDelta(index=number, id=f"c{number}", name=name, arguments="{}", complete=True)
        for number, name in enumerate(frame.get("calls", ()))
    )
    return Delta(
        text=frame.get("text"),
        reasoning=frame.get("reasoning"),
        block=frame.get("block"),
        tool_calls=calls,
        finish_reason=frame.get("finish", "stop") if done else None,
        usage=Usage.of(3, 6) if done else None,
        done=done,
    )


class Frames(LoopbackServer):
    """The service. It answers each request with the next of the given answers, each in turn.

    An answer is a list of frames; a frame of None waits until the test lets it go on, at most ten
    seconds.
    """

    def __init__(self, *answers: Iterable[dict[str, Any] | None], headers: bytes = b"") -> None:
        self.go_on = threading.Semaphore(0)
        self._answers = iter(answers)
        self._headers = headers
        super().__init__(self._answered)

    def __enter__(self) -> Frames:
        return self

    def _answered(self, seen: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n" + self._headers
        yield b"transfer-encoding: chunked\r\n\r\n"
        for frame in next(self._answers):
            if frame is None:
                for _ in range(500):
                    if self.go_on.acquire(blocking=False):
                        break
                    yield Pause(0.02)  # sees whether the client has gone
                continue
            data = framed(frame)
            yield b"%x\r\n" % len(data) + data + b"\r\n"
        yield b"0\r\n\r\n"

    def client(self, **settings: Any) -> Chimeric:
        """A client of it alone."""
        settings.setdefault("api_keys", {"frames": "frames-key-0123456789"})
        plugins = [_Provider(self.url), *settings.pop("plugins", ())]
        return Chimeric(plugins=plugins, max_retries=0, **settings)
