"""A stream that is waited for up to its first content, and still has all of it to give."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_testing import Close, LoopbackServer, Pause

from chimeric import Chimeric, ServerError, StreamInterruptedError
from tests.hooks.modes import MODES, run_on

HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
ONCE = b'data: {"choices":[{"index":0,"delta":{"content":"Once "}}]}\n\n'
UPON = b'data: {"choices":[{"index":0,"delta":{"content":"upon"}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

ANSWERS: dict[str, tuple[Any, ...]] = {
    "good": (HEAD, ROLE, ONCE, UPON, STOP),
    "empty": (HEAD, ROLE, STOP),
    "cut": (HEAD, ROLE, Close()),
    "endless": (HEAD, ROLE, ONCE, Pause(30)),
    "busy": (b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}",),
}


def read(mode: str, model: str, *steps: str, **params: Any) -> list[Any]:
    """What each step of reading a stream gives: a method, or ``list``, ``next``, ``raws``."""
    told: list[Any] = []

    def look(stream: Any) -> None:
        told.append([stream.response.content, stream.response.finish_reason])

    with LoopbackServer(lambda seen: ANSWERS[seen.json()["model"]]) as server:
        settings = {"base_url": server.url, "max_retries": 0}
        asked = {"model": f"compatible:{model}", "messages": "Hi", "stream": True, **params}
        if mode == "sync":
            with Chimeric(**settings) as client:
                stream: Any = client.generate(**asked)
                for step in steps:
                    if step == "list":
                        told.append([item.raw if not params else item for item in stream])
                    elif step == "next":
                        told.append(next(stream, None))
                    elif step == "look":
                        look(stream)
                    elif step == "text":
                        told.append(list(stream.text()))
                    else:
                        told.append(getattr(stream, step)())
            assert server.wait_idle()
            return told

        async def main() -> None:
            async with Chimeric(**settings) as client:
                stream = await client.agenerate(**asked)
                for step in steps:
                    if step == "list":
                        told.append([item.raw if not params else item async for item in stream])
                    elif step == "next":
                        told.append(await anext(stream, None))
                    elif step == "look":
                        look(stream)
                    elif step == "text":
                        told.append([piece async for piece in stream.text()])
                    else:
                        name = "aclose" if step == "close" else step
                        told.append(await getattr(stream, name)())

        run_on(mode, main)
        assert server.wait_idle()
        return told


@pytest.mark.parametrize("mode", MODES)
def test_what_came_before_the_first_content_is_kept(mode: str) -> None:
    (alone,) = read(mode, "good", "list")
    content, seen, chunks = read(mode, "good", "until_content", "look", "list")
    assert content is True
    assert seen == ["Once ", None]
    assert chunks == alone


@pytest.mark.parametrize("mode", MODES)
def test_native_events_are_kept(mode: str) -> None:
    (alone,) = read(mode, "good", "list", native=True)
    content, events = read(mode, "good", "until_content", "list", native=True)
    assert content is True
    assert events == alone


@pytest.mark.parametrize("mode", MODES)
def test_it_may_be_read_as_text(mode: str) -> None:
    assert read(mode, "good", "until_content", "text") == [True, ["Once ", "upon"]]


@pytest.mark.parametrize("mode", MODES)
def test_collecting_gives_all_of_it(mode: str) -> None:
    assert read(mode, "good", "until_content", "collect")[1].content == "Once upon"


@pytest.mark.parametrize("mode", MODES)
def test_it_may_be_asked_again_and_in_between(mode: str) -> None:
    first, again, chunk, later, rest = read(
        mode, "good", "until_content", "until_content", "next", "until_content", "list"
    )
    assert (first, again, later) == (True, True, True)
    assert chunk.raw + b"".join(rest) == b"".join(read(mode, "good", "list")[0])


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_without_content_is_read_to_its_end(mode: str) -> None:
    content, seen, chunks = read(mode, "empty", "until_content", "look", "list")
    assert content is False
    assert seen == ["", "stop"]
    assert chunks == read(mode, "empty", "list")[0]


@pytest.mark.parametrize("mode", MODES)
def test_an_error_before_the_content_is_raised(mode: str) -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        read(mode, "cut", "until_content")
    assert caught.value.partial is not None
    with pytest.raises(ServerError):
        read(mode, "busy", "until_content")


@pytest.mark.parametrize("mode", MODES)
def test_closing_closes_the_connection_and_gives_nothing_more(mode: str) -> None:
    content, _, chunk = read(mode, "endless", "until_content", "close", "next")
    assert content is True
    assert chunk is None
