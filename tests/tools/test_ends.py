"""What runs of tools when the call that asked for them has ended: nothing new, and no process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, RequestTimeoutError, Timeout

CALLS = 80
PARALLEL = 2


def many_calls(request: SeenRequest) -> Iterator[bytes]:
    function = {"name": "slow", "arguments": "{}"}
    calls = [
        {"index": n, "id": f"call_{n}", "type": "function", "function": function}
        for n in range(CALLS)
    ]
    events = (
        {"choices": [{"index": 0, "delta": {"tool_calls": calls}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
    )
    body = b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)
    body += b"data: [DONE]\n\n"
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(
        body
    )
    yield body


class Slow:
    """A tool that takes a while, and counts how often it was begun."""

    def __init__(self, at_third: Callable[[], None] = lambda: None) -> None:
        self.began = 0
        self._at_third = at_third

    def __call__(self) -> str:
        self.began += 1
        if self.began == 3:
            self._at_third()
        time.sleep(0.1)
        return "done"


def call(client: Chimeric, slow: Slow, **more: Any) -> Any:
    def tool() -> str:
        """Take a while."""
        return slow()

    tool.__name__ = "slow"
    return client.generate("compatible:m", "Hi", stream=True, tools=[tool], **more)


def begun_later(slow: Slow) -> int:
    """How many calls begin after the call has ended; those that run are let finish."""
    time.sleep(0.3)  # a call that was being begun just then is none that begins later
    before = slow.began
    time.sleep(0.6)
    return slow.began - before


def test_no_tool_begins_after_the_total_limit() -> None:
    slow = Slow()
    with LoopbackServer(many_calls) as server:
        client = Chimeric(base_url=server.url, max_parallel_tools=PARALLEL)
        with client, pytest.raises(RequestTimeoutError) as caught:
            call(client, slow, timeout=Timeout(total=1)).collect()
        assert caught.value.phase == "total"
        assert begun_later(slow) == 0
        assert 0 < slow.began < CALLS


def test_no_tool_begins_after_close_from_another_thread() -> None:
    with LoopbackServer(many_calls) as server:
        client = Chimeric(base_url=server.url, max_parallel_tools=PARALLEL)
        closed = threading.Event()
        counts: list[int] = []
        slow = Slow()

        def close() -> None:
            stream.close()
            time.sleep(0.3)  # a call that was being begun just then is none that begins later
            counts.append(slow.began)
            closed.set()

        slow._at_third = lambda: threading.Thread(target=close).start()
        stream = call(client, slow)
        with client, pytest.raises(ChimericError):
            stream.collect()
        assert closed.wait(10)
        time.sleep(0.6)
        assert slow.began == counts[0] < CALLS


def test_no_tool_begins_after_one_has_ended_the_program() -> None:
    def leave() -> None:
        raise SystemExit(3)

    slow = Slow(leave)
    with LoopbackServer(many_calls) as server:
        client = Chimeric(base_url=server.url, max_parallel_tools=PARALLEL)
        with client, pytest.raises(SystemExit):
            call(client, slow).collect()
        assert begun_later(slow) == 0


HANGING = """
import {library}
from chimeric import Chimeric, RequestTimeoutError, Timeout
import threading, time

def slow() -> str:
    "Never return."
    threading.Event().wait()

async def main():
    async with Chimeric(base_url={url!r}) as client:
        try:
            await client.agenerate(
                "compatible:m", "Hi", stream=False, tools=[slow], timeout=Timeout(total=1)
            )
        except RequestTimeoutError as error:
            print(error.phase)

{library}.run(main{brackets})
"""


def one_call(request: SeenRequest) -> Iterator[bytes]:
    function = {"name": "slow", "arguments": "{}"}
    told = {"id": "call_1", "type": "function", "function": function}
    message = {"content": None, "tool_calls": [told]}
    body = msgspec.json.encode({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
    yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("library", ["asyncio", "trio", "uvloop"])
def test_a_blocking_tool_that_never_returns_does_not_keep_an_async_program(library: str) -> None:
    brackets = "" if library == "trio" else "()"
    with LoopbackServer(one_call) as server:
        program = HANGING.format(library=library, url=server.url, brackets=brackets)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": ":".join(p for p in sys.path if p)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert (done.returncode, done.stdout) == (0, "total\n"), done.stderr
