"""What a hook asks for is performed, in every hook and in every way of making a call."""

from __future__ import annotations

import contextvars
import functools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    Context,
    HTTPRequest,
    HTTPResponse,
    Limits,
    PluginError,
    ProtocolError,
    RequestTimeoutError,
    Timeout,
    Transport,
    fetch,
    hookimpl,
    run,
    wait,
)

from .acme import KEY, Service, answer, hangs
from .modes import LOOPS, MODES, WAYS, Way
from .places import PLACES, call_of, client_of, plugin_in

USER = contextvars.ContextVar("USER", default="nobody")


def echo(request: SeenRequest) -> list[bytes]:
    """What was sent; with 418 to a teapot."""
    told = {"method": request.method, "headers": request.headers, "body": request.body.decode()}
    return answer(told, 418 if b"teapot" in request.body else 200, "X-Told: yes")


def huge(request: SeenRequest) -> Iterator[Step]:
    """100 MB, of which a client that has a limit reads little."""
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n"
    for _ in range(1000):
        yield bytes(100_000)


def packed(request: SeenRequest) -> Iterator[Step]:
    """100 MB of zeros, in gzip."""
    import gzip

    yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
    yield from chunked([gzip.compress(bytes(100_000_000))])


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(echo=echo, huge=huge, packed=packed, hang=hangs) as service:
        yield service


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_every_hook_may_wait_fetch_and_run(service: Service, place: str, way: Way) -> None:
    told: dict[str, Any] = {}

    def asks() -> Iterator[Any]:
        began = time.monotonic()
        told["waited"] = yield from wait(0.05)
        told["seconds"] = time.monotonic() - began
        response = yield from fetch(HTTPRequest(url=f"{service.url}/echo", body={"a": 1}))
        told["fetched"] = response.status, response.json()["body"]
        told["ran"] = yield from run(divmod, 7, 2)

    client = client_of(service, place, plugin_in(place, asks))
    call = call_of(place, stream=way.stream)
    if place == "recover":  # it offers no other request
        with pytest.raises(ChimericError):
            way.ask_all(client, [call])
    else:
        (response,) = way.ask_all(client, [call])
        assert response.finish_reason == "stop"
    assert told.pop("seconds") >= 0.03  # a loop counts in milliseconds
    assert told == {"waited": None, "fetched": (200, '{"a":1}'), "ran": (3, 1)}


@pytest.mark.parametrize("mode", MODES)
def test_a_fetch_sends_what_it_says_and_no_key(service: Service, mode: str) -> None:
    answers: list[HTTPResponse] = []

    def asks() -> Iterator[Any]:
        for request in (
            HTTPRequest(url=f"{service.url}/echo", method="GET"),
            HTTPRequest(url=f"{service.url}/echo", method="PUT", body=b"as it is \xc3\xa9"),
            HTTPRequest(url=f"{service.url}/echo", headers={"X-Own": "1"}, body={"a": [1]}),
            HTTPRequest(url=f"{service.url}/echo", body=b"teapot"),
        ):
            answers.append((yield from fetch(request)))

    Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    got, put, posted, teapot = (answer.json() for answer in answers)
    assert (got["method"], got["body"]) == ("GET", "")
    assert (put["method"], put["body"]) == ("PUT", "as it is é")
    assert (posted["method"], posted["body"]) == ("POST", '{"a":[1]}')
    assert posted["headers"]["content-type"] == "application/json"
    assert posted["headers"]["x-own"] == "1"
    assert [answer.status for answer in answers] == [200, 200, 200, 418]
    assert answers[0].headers["x-told"] == "yes"
    assert KEY not in str([answer.body for answer in answers])
    assert teapot["body"] == "teapot"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["huge", "packed"])
def test_a_fetch_of_a_hundred_megabytes_is_broken_off(
    service: Service, mode: str, path: str
) -> None:
    told: list[ChimericError] = []

    def asks() -> Iterator[Any]:
        try:
            yield from fetch(HTTPRequest(url=f"{service.url}/{path}"))
        except ProtocolError as error:
            told.append(error)

    client = service.client(
        plugin_in("prepare_request", asks), limits=Limits(response_size=1_000_000)
    )
    (response,) = Way(mode, stream=True).ask(client, "Hi")
    assert response.finish_reason == "stop"
    (error,) = told
    assert error.limit == "response_size"  # type: ignore[attr-defined]
    assert "1000000 bytes" in error.message


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_a_hook_does_not_catch_is_raised_to_the_caller(service: Service, way: Way) -> None:
    def asks() -> Iterator[Any]:
        yield from fetch(HTTPRequest(url=f"{service.url}/huge"))

    plugin = plugin_in("prepare_request", asks)
    with pytest.raises(ProtocolError, match="hook's fetch"):
        way.ask(service.client(plugin, limits=Limits(response_size=1_000)), "Hi")


@pytest.mark.parametrize("mode", MODES)
def test_a_fetch_of_a_host_that_hangs_ends_with_read(service: Service, mode: str) -> None:
    def asks() -> Iterator[Any]:
        yield from fetch(HTTPRequest(url=f"{service.url}/hang"))

    client = service.client(plugin_in("prepare_request", asks))
    with pytest.raises(RequestTimeoutError) as caught:
        Way(mode, stream=True).ask(client, "Hi", timeout=Timeout(read=0.3))
    assert caught.value.phase == "read"


@pytest.mark.parametrize("mode", MODES)
def test_a_fetch_that_finds_nobody_says_so_in_the_hook(service: Service, mode: str) -> None:
    told: list[str] = []

    def asks() -> Iterator[Any]:
        try:
            yield from fetch(HTTPRequest(url="http://127.0.0.1:9/nobody"))
        except ConnectionFailedError as error:
            told.append(error.message)

    Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    assert len(told) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "request_of",
    [
        lambda url: url,
        lambda url: HTTPRequest(url=url, headers={"authorization": "Bearer hook-secret-1\n"}),
        lambda url: HTTPRequest(url=url.replace("http:", "gopher:")),
    ],
    ids=["no-request", "bad-header", "bad-scheme"],
)
def test_a_fetch_that_cannot_be_sent_is_an_error_without_a_secret(
    service: Service, mode: str, request_of: Any
) -> None:
    def asks() -> Iterator[Any]:
        yield from fetch(request_of(f"{service.url}/echo"))

    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    assert "hook-secret-1" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert service.count("/echo") == 0


class Seen:
    """Wraps the transport, and notes what passes."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    @hookimpl
    def chimeric_wrap_transport(self, transport: Transport, asynchronous: bool) -> Any:
        return _Seeing(transport, self.urls)


class _Seeing:
    def __init__(self, inner: Any, urls: list[str]) -> None:
        self._inner, self._urls = inner, urls

    def open(self, request: Any, *more: Any) -> Any:
        self._urls.append(request.url)
        return self._inner.open(request, *more)

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.mark.parametrize("mode", MODES)
def test_a_wrapped_transport_sees_a_fetch_only_if_it_is_recorded(
    service: Service, mode: str
) -> None:
    def asks() -> Iterator[Any]:
        yield from fetch(HTTPRequest(url=f"{service.url}/echo?hidden"))
        yield from fetch(HTTPRequest(url=f"{service.url}/echo?shown"), recorded=True)

    seen = Seen()
    service.paths |= {"/echo?hidden": echo, "/echo?shown": echo}
    Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks), seen), "Hi")
    assert [url.rpartition("/")[2] for url in seen.urls] == ["echo?shown", "chat"]


@pytest.mark.parametrize("mode", MODES)
def test_a_function_runs_in_a_daemon_thread_with_the_variables_of_the_caller(
    service: Service, mode: str
) -> None:
    told: list[Any] = []

    def look() -> tuple[str, bool, bool]:
        thread = threading.current_thread()
        return USER.get(), thread.daemon, thread is threading.main_thread()

    def asks() -> Iterator[Any]:
        told.append((yield from run(look)))

    token = USER.set("anna")
    try:
        Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    finally:
        USER.reset(token)
    assert told == [("anna", True, False)]


@pytest.mark.parametrize("mode", MODES)
def test_what_a_function_raises_is_raised_in_the_hook(service: Service, mode: str) -> None:
    told: list[str] = []

    def asks() -> Iterator[Any]:
        try:
            yield from run(int, "x")
        except ValueError as error:
            told.append(str(error))
        yield from run(int, "y")

    with pytest.raises(PluginError, match="'y'") as caught:
        Way(mode, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    assert len(told) == 1
    assert (caught.value.plugin, caught.value.hook) == ("Asker", "chimeric_prepare_request")
    assert isinstance(caught.value.__cause__, ValueError)


async def double(value: int) -> int:
    """A coroutine function."""
    return 2 * value


COROUTINES = {
    "function": double,
    "partial": functools.partial(double),
    "lambda": lambda value: double(value),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("kind", COROUTINES)
def test_a_coroutine_function_is_awaited(service: Service, loop: str, kind: str) -> None:
    told: list[int] = []

    def asks() -> Iterator[Any]:
        told.append((yield from run(COROUTINES[kind], 21)))

    Way(loop, stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")
    assert told == [42]


@pytest.mark.parametrize("kind", COROUTINES)
def test_a_coroutine_function_in_a_sync_call_is_a_clear_error(service: Service, kind: str) -> None:
    def asks() -> Iterator[Any]:
        yield from run(COROUTINES[kind], 21)

    with pytest.raises(ConfigurationError, match=r"coroutine function.*sync call"):
        Way("sync", stream=True).ask(service.client(plugin_in("prepare_request", asks)), "Hi")


def test_what_a_hooks_call_returns_decides_so_decorated_generators_work(service: Service) -> None:
    def logged(hook: Any) -> Any:
        @functools.wraps(hook)
        def called(*args: Any, **named: Any) -> Any:
            return hook(*args, **named)

        return called

    class Decorated:
        @hookimpl
        @logged
        def chimeric_prepare_request(self, request: Any, context: Context) -> Any:
            yield from wait(0.01)
            return request.replace(model="acme-other")

    with service.client(Decorated()) as client:
        client.generate("acme-story", "Hi")
    assert service.chats[0]["model"] == "acme-other"


@pytest.mark.parametrize("seconds", [0, -1, 0.0])
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_waited_for_from_zero_down(service: Service, mode: str, seconds: float) -> None:
    def asks() -> Iterator[Any]:
        yield from wait(seconds)

    (response,) = Way(mode, stream=True).ask(
        service.client(plugin_in("prepare_request", asks)), "Hi"
    )
    assert response.finish_reason == "stop"
