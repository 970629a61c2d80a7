"""Answers that are not streamed, and bodies of errors: read, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step

from chimeric import ChimericError, ProtocolError, ServerError, StreamInterruptedError, Timeout

from .calls import Ask, ending_within
from .streams import CHAT, HEAD

GOOD = (
    b'{"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", '
    b'"message": {"role": "assistant", "content": "Hello"}}]}'
)


def document(body: bytes, *, status: bytes = b"200 OK") -> Callable[[SeenRequest], list[Step]]:
    head = b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
    return lambda request: [head + body]


WHOLE: list[tuple[str, bytes, type[ChimericError] | None]] = [
    ("good", GOOD, None),
    ("empty", b"", StreamInterruptedError),
    ("spaces", b"  \n", StreamInterruptedError),
    ("page", b"<html>", ProtocolError),
    ("no JSON", b"{oops", ProtocolError),
    ("half", GOOD[:60], ProtocolError),
    ("number", b"42", ProtocolError),
    ("another object", b'{"a": 1}', ProtocolError),
    ("error", b'{"error": {"message": "no", "type": "invalid_request_error"}}', ChimericError),
]


@pytest.mark.parametrize(("body", "error"), [w[1:] for w in WHOLE], ids=[w[0] for w in WHOLE])
@pytest.mark.parametrize("stream", [False, True], ids=["asked whole", "asked as a stream"])
def test_a_whole_answer_is_read_or_refused(
    body: bytes, error: type[ChimericError] | None, stream: bool, ask: Ask
) -> None:
    with LoopbackServer(document(body)) as server:
        if error is None:
            response = ask(server, {"stream": stream})
            assert (response.content, response.finish_reason) == ("Hello", "stop")
            return
        if stream and body == b"42":
            error = StreamInterruptedError  # no field of an event stream: it is skipped
        with pytest.raises(error):
            ask(server, {"stream": stream}, max_retries=0)


def test_a_whole_answer_that_breaks_off_is_tried_again(ask: Ask) -> None:
    tries: list[int] = []

    def once(request: SeenRequest) -> Iterator[Step]:
        tries.append(1)
        if len(tries) == 1:
            yield b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"
            yield Close()
        else:
            yield from document(GOOD)(request)

    with LoopbackServer(once) as server:
        assert ask(server, {"stream": False}).content == "Hello"
        assert len(tries) == 2


def test_an_answer_whose_end_does_not_come_is_whole_all_the_same(ask: Ask) -> None:
    def hanging(request: SeenRequest) -> Iterator[Step]:
        script = CHAT.script()
        yield HEAD
        yield b"%x\r\n%s\r\n" % (len(script.body()), script.body())
        yield Pause(60)

    with LoopbackServer(hanging) as server, ending_within(20):
        assert ask(server, {}).finish_reason == "stop"
        assert server.wait_closed()


def test_an_error_whose_body_breaks_off_is_still_that_error(ask: Ask) -> None:
    def broken(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 400 Bad\r\ncontent-length: 1000\r\n\r\n" + b'{"error": {"mess'
        yield Close()

    with LoopbackServer(broken) as server:
        with pytest.raises(ChimericError) as caught:
            ask(server, {})
        assert getattr(caught.value, "status_code", None) == 400
        assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_an_error_in_an_encoding_that_cannot_be_read_is_still_that_error(
    encoding: str, ask: Ask
) -> None:
    def odd(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 403 No\r\ncontent-length: 4\r\ncontent-encoding: %s\r\n\r\nabcd" % (
            encoding.encode()
        )

    with LoopbackServer(odd) as server:
        with pytest.raises(ChimericError) as caught:
            ask(server, {})
        assert getattr(caught.value, "status_code", None) == 403


def test_an_error_whose_body_never_comes_is_still_that_error(ask: Ask) -> None:
    def stuck(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 500 Oh\r\ncontent-length: 400\r\n\r\noh"
        yield Pause(60)

    with LoopbackServer(stuck) as server, ending_within(20):
        with pytest.raises(ServerError) as caught:
            ask(server, {}, timeout=Timeout(read=0.3), max_retries=0)
        assert caught.value.body == "oh"
        assert server.wait_closed()
