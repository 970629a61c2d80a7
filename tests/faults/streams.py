"""Endless and slow answers for tests that give streams up."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import Chimeric

from .dialects import KEY, Chat

CHAT = Chat()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def piece(text: str) -> bytes:
    frame = CHAT.script().frame(CHAT.say(text))
    return b"%x\r\n%s\r\n" % (len(frame), frame)


def answer(words: Iterable[str]) -> Iterator[Step]:
    """A whole good answer of these words."""
    script = CHAT.made_of(*[CHAT.say(w) for w in words], *CHAT.finish(), *CHAT.terminal())
    yield HEAD
    yield from chunked(script.frames())


def served(*frames: bytes, head: bytes = HEAD) -> Iterator[Step]:
    yield head
    yield from chunked(frames)


def always(*steps: Step) -> LoopbackServer:
    return LoopbackServer(lambda request: iter(steps))


def endless(request: SeenRequest) -> Iterator[Step]:
    """Text, and then some every 10 ms."""
    yield HEAD
    yield piece("one ") + piece("two ") + piece("three ")
    for _ in range(6000):
        yield Pause(0.01)
        yield piece("more ")


def silent(request: SeenRequest) -> Iterator[Step]:
    """Three words, and then nothing."""
    yield HEAD
    yield piece("one ") + piece("two ") + piece("three ")
    yield Pause(60)


def quiet(request: SeenRequest) -> Iterator[Step]:
    """Headers, and then nothing."""
    yield HEAD
    yield Pause(60)


def mute(request: SeenRequest) -> Iterator[Step]:
    """Not even headers."""
    yield Pause(60)


def talking(request: SeenRequest) -> Iterator[Step]:
    """Text for ever."""
    yield HEAD
    for _ in range(1200):
        yield piece("word ")
        yield Pause(0.05)


def busy(request: SeenRequest) -> Iterator[Step]:
    """A refusal that asks for a long wait."""
    yield b"HTTP/1.1 429 Busy\r\nretry-after: 30\r\ncontent-length: 2\r\n\r\n{}"


def echo(request: SeenRequest) -> Iterator[Step]:
    """A good answer that repeats the question in many pieces."""
    question: str = request.json()["messages"][-1]["content"]
    return answer([question + " "] * 40)


def client_of(server: LoopbackServer, **more: Any) -> Chimeric:
    return Chimeric(openai_api_key=KEY, openai_base_url=server.url, **more)


ASK: dict[str, Any] = {
    "model": "openai:m-1",
    "messages": "Hello",
    "stream": True,
    "api": "chat_completions",
}


def all_given_up(server: LoopbackServer) -> bool:
    """Whether no connection is left, in a moment."""
    gc.collect()
    return server.wait_closed()


def when_reading(act: Callable[[], object]) -> threading.Thread:
    """Do something in another thread as soon as this one waits for bytes of its connection."""
    reader = threading.get_ident()
    return _started(lambda: sys._current_frames()[reader].f_code.co_name == "read", act)


def when_asked(server: LoopbackServer, act: Callable[[], object]) -> threading.Thread:
    """Do something in another thread, a moment after the server has a request."""
    return _started(lambda: server.requests, act)


def _started(happened: Callable[[], object], act: Callable[[], object]) -> threading.Thread:
    def watch() -> None:
        until = time.monotonic() + 30
        while not happened() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def still_good(client: Chimeric, server: LoopbackServer) -> None:
    """The client's pool works after what happened."""
    server._handler = echo
    assert client.generate(**ASK).collect().content == "Hello " * 40


def threads() -> set[str]:
    return {t.name for t in threading.enumerate()}
