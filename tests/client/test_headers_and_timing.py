"""What a response tells of the way that it came: headers and times."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, CompletionResponse, ServerError, Timing
from tests.hooks.modes import WAYS, Way

from .frames import DONE, Frames, text
from .servers import answering

MODEL = "frames:m"
KEY = "frames-key-0123456789"
HEADERS = (
    b"X-Request-Id: r-7\r\nX-RateLimit-Remaining-Tokens: 99\r\nset-cookie: id=secret-cookie\r\n"
    b"x-echo: " + KEY.encode() + b"\r\nx-session-token: 1234567\r\n"
)


def answer(**settings: Any) -> CompletionResponse:
    """A response with such headers."""
    with Frames([text("Hi"), DONE], headers=HEADERS) as server, server.client() as client:
        return client.generate(MODEL, "Hi", stream=True, **settings).collect()


def test_a_response_has_the_headers_by_name_in_any_case() -> None:
    headers = answer().headers
    assert headers["x-request-id"] == headers["X-Request-ID"] == "r-7"
    assert headers["x-ratelimit-remaining-tokens"] == "99"
    assert headers.get("x-other") is None
    assert "Content-Type" in headers
    assert set(headers) > {"x-request-id", "content-type"}
    with pytest.raises(KeyError):
        headers["x-other"]


def test_headers_hold_no_key_and_no_cookie() -> None:
    response = answer()
    for headers in (response.headers, pickle.loads(pickle.dumps(response)).headers):
        assert headers["set-cookie"] == headers["x-session-token"] == "***"
        assert headers["x-echo"] == "***"
        for shown in (repr(headers), repr(dict(headers)), str(pickle.dumps(headers))):
            assert KEY not in shown
            assert "secret-cookie" not in shown
    assert KEY not in str(pickle.dumps(answer()))
    assert dict(copy.deepcopy(response).headers) == dict(response.headers)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_way_of_calling_tells_headers_and_times(way: Way) -> None:
    with answering() as server:
        client = Chimeric(base_url=server.url)
        (response,) = way.ask(client, "Hi", model="compatible:m")
    assert response.headers["content-type"] == "application/json"
    assert response.timing.first_content is not None
    assert 0 < response.timing.first_content <= response.timing.duration < 60


def refusing(seen: SeenRequest) -> Iterator[bytes]:
    """Answers the first request with 503, the second as well, each with a number."""
    number = len(seen.headers.get("x-again", "")) + 1
    body = b'{"error": {"message": "busy"}}'
    yield b"HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\nx-tell: %d\r\n" % number
    yield b"x-echo: " + KEY.encode() + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
    yield body


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_error_has_the_headers_of_its_response(way: Way) -> None:
    with LoopbackServer(refusing) as server:
        client = Chimeric(base_url=server.url, api_key=KEY, max_retries=0)
        with pytest.raises(ServerError) as caught:
            way.ask(client, "Hi", model="compatible:m")
    assert caught.value.headers["X-Tell"] == "1"
    assert caught.value.headers["x-echo"] == "***"
    again = pickle.loads(pickle.dumps(caught.value))
    assert dict(again.headers) == dict(caught.value.headers)
    assert KEY not in str(pickle.dumps(caught.value))


def test_an_error_without_an_answer_has_no_headers() -> None:
    with Frames() as server:
        client = server.client()
    with pytest.raises(ChimericError) as caught:
        client.generate(MODEL, "Hi")
    assert not caught.value.headers
    assert not ChimericError("by hand").headers


def test_the_headers_are_those_of_the_last_attempt() -> None:
    count = iter(range(2))

    def once_busy(seen: SeenRequest) -> Iterator[bytes]:
        if next(count) == 0:
            yield from refusing(seen)
            return
        body = b'{"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}'
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-tell: last\r\n"
        yield b"content-length: %d\r\n\r\n" % len(body) + body

    with LoopbackServer(once_busy) as server, Chimeric(base_url=server.url) as client:
        assert client.generate("compatible:m", "Hi").headers["x-tell"] == "last"


def test_the_times_of_a_stream_go_on_until_its_end() -> None:
    with Frames([text("Hi"), None, text("you"), DONE]) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True)
        next(stream)
        early = stream.response.timing
        assert early.tokens_per_second is None
        server.go_on.release()
        last = stream.collect().timing
        assert last.first_content is not None
        assert last.duration > early.duration > 0
        assert last.tokens_per_second == pytest.approx(6 / (last.duration - last.first_content))
        assert stream.response.timing == last  # it stands still
        assert last.gaps == ()


@pytest.mark.parametrize("way", [way for way in WAYS if way.stream], ids=str)
def test_the_timing_middleware_tells_the_gaps(way: Way) -> None:
    frames = [{"reasoning": "Hm."}, text("One"), text("Two"), DONE]
    with Frames(frames, frames) as server:
        calls = [{"model": MODEL, "use": use} for use in ([Timing()], [])]
        whole, plain = way.ask_all(server.client(), calls)
    assert len(whole.timing.gaps) == 2
    assert all(0 <= gap < 30 for gap in whole.timing.gaps)
    assert plain.timing.gaps == ()


def test_each_call_of_a_client_with_the_timing_middleware_has_its_own_gaps() -> None:
    with Frames([text("a"), text("b"), DONE], [text("c"), DONE]) as server:
        with server.client(plugins=[Timing()]) as client:
            first = client.generate(MODEL, "Hi", stream=True).collect()
            second = client.generate(MODEL, "Hi", stream=True).collect()
    assert (len(first.timing.gaps), len(second.timing.gaps)) == (1, 0)
