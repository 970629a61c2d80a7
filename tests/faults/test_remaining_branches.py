"""What other tests pass by: rare answers and rare moments of the exchange, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import (
    BadRequestError,
    Chimeric,
    CompletionResponse,
    ConfigurationError,
    Delta,
    HTTPRequest,
    PluginError,
    ProtocolError,
    Provider,
    RequestTimeoutError,
    StreamChunk,
    Timeout,
    hookimpl,
)

from .loops import under_uvloop
from .streams import ASK, CHAT, HEAD, answer, client_of, endless, mute

Ask = Callable[..., CompletionResponse]


def collect(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    result = client.generate(**call)
    return result if isinstance(result, CompletionResponse) else result.collect()


async def acollect(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    result = await client.agenerate(**call)
    return result if isinstance(result, CompletionResponse) else await result.collect()


def ask_sync(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    with client:
        return collect(client, call)


def ask_async(client: Chimeric, call: dict[str, Any]) -> CompletionResponse:
    async def main() -> CompletionResponse:
        async with client:
            return await acollect(client, call)

    return asyncio.run(main())


@pytest.fixture(
    params=[ask_sync, ask_async, under_uvloop(ask_async)], ids=["sync", "async", "uvloop"]
)
def ask(request: pytest.FixtureRequest) -> Ask:
    way: Ask = request.param
    return way


class Ours(BadRequestError, ValueError):
    """A typed error that is a ValueError too, as a plugin may define."""


class Acme:
    """A provider that does what its events say."""

    url = ""
    framing = "sse"

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="acme", base_url="http://127.0.0.1:1", key_required=False, framing=self.framing
        )

    @hookimpl
    def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
        return HTTPRequest(method="POST", url=self.url or f"{provider.base_url}/x", body={})

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any:
        text = event.data.decode()
        if text == "end":
            return Delta(done=True)
        if text == "refuse":
            raise Ours("not with this provider")
        return text

    @hookimpl
    def chimeric_parse_response(self, response: Any, state: Any) -> Any:
        raise Ours("not with this provider")


def acme_of(server: LoopbackServer, plugin: Any = None, **more: Any) -> Chimeric:
    plugins = [plugin or Acme(), *more.pop("plugins", ())]
    return Chimeric(plugins=plugins, base_urls={"acme": server.url}, max_retries=0, **more)


ASK_ACME: dict[str, Any] = {"model": "acme:m", "messages": "Hello", "stream": True}


def served(*frames: bytes, head: bytes = HEAD) -> Iterator[Step]:
    yield head
    yield from chunked(frames)


def always(*steps: Step) -> LoopbackServer:
    return LoopbackServer(lambda request: iter(steps))


def middleware(**hooks: Callable[..., Any]) -> Any:
    """A plugin object with these hooks."""
    marked = {name: staticmethod(hookimpl(function)) for name, function in hooks.items()}
    return type("Middle", (), marked)()


# --- the parser ---


@pytest.mark.parametrize("plugins", [0, 1])
def test_a_parsers_empty_text_makes_no_chunk(plugins: int, ask: Ask) -> None:
    frames = [b"data:\n\n", b"data: one\n\n", b"data:\n\ndata: two\n\n", b"data: end\n\n"]
    same = [middleware(chimeric_process_chunk=lambda chunk: chunk)] * plugins
    with LoopbackServer(lambda request: served(*frames)) as server:
        with acme_of(server, plugins=same) as client:
            seen = list(client.generate(**ASK_ACME))
        assert [chunk.delta for chunk in seen] == ["one", "two", None]
        assert ask(acme_of(server, plugins=same), ASK_ACME).content == "onetwo"


@pytest.mark.parametrize("event", [b"data: refuse\n\n", b"event: \xff\ndata: refuse\n\n"])
def test_a_typed_error_of_a_parser_passes_as_it_is(event: bytes, ask: Ask) -> None:
    with LoopbackServer(lambda request: served(b"data: one\n\n", event)) as server:
        with pytest.raises(Ours, match="not with this provider") as caught:
            ask(acme_of(server), ASK_ACME)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one"


def test_what_middleware_saw_is_kept_when_the_next_event_cannot_be_read(ask: Ask) -> None:
    seen: list[str] = []

    def watch(chunk: StreamChunk) -> StreamChunk:
        seen.append(chunk.delta or "")
        return chunk

    script = CHAT.made_of(CHAT.say("one "), b"   ", CHAT.say("two"), b"{oops")
    with LoopbackServer(lambda request: served(*script.frames())) as server:
        with pytest.raises(ProtocolError) as caught:
            ask(client_of(server, plugins=[middleware(chimeric_process_chunk=watch)]), ASK)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one two"
        assert "".join(seen) == "one two"


def test_a_typed_error_for_an_event_that_was_made_sound_passes_as_it_is(ask: Ask) -> None:
    class Strict(Acme):
        @hookimpl
        def chimeric_parse_event(self, event: Any, state: Any) -> Any:
            if "\ufffd" in event.data.decode():
                raise Ours("not with this provider")
            return "never"

    with LoopbackServer(lambda request: served(b"data: \xff\n\n")) as server:
        with pytest.raises(Ours, match="not with this provider"):
            ask(acme_of(server, Strict()), ASK_ACME)


def test_a_typed_error_for_a_whole_answer_passes_as_it_is(ask: Ask) -> None:
    with always(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") as server:
        with pytest.raises(Ours, match="not with this provider"):
            ask(acme_of(server), {**ASK_ACME, "stream": False})


def test_a_framing_that_no_plugin_brings_is_named(ask: Ask) -> None:
    class Pigeon(Acme):
        framing = "pigeon"

    with LoopbackServer(lambda request: served(b"data: one\n\n")) as server:
        with pytest.raises(PluginError, match="'pigeon'") as caught:
            ask(acme_of(server, Pigeon()), ASK_ACME)
        assert caught.value.plugin == "Pigeon"  # told when it is loaded


@pytest.mark.parametrize("url", ["gopher://127.0.0.1/x", "http://127.0.0.1:port/x"])
def test_a_url_that_http_cannot_reach_is_a_configuration_error(url: str, ask: Ask) -> None:
    class Lost(Acme):
        pass

    Lost.url = url
    with always() as server:
        with pytest.raises(ConfigurationError, match=r"URL cannot be used|URL is not absolute"):
            ask(acme_of(server, Lost()), ASK_ACME)
        assert server.connections == 0


@pytest.mark.parametrize("stream", [True, False])
def test_a_length_of_the_callers_is_refused_before_anything_is_sent(stream: bool, ask: Ask) -> None:
    call = {**ASK, "stream": stream, "extra_headers": {"Content-Length": "3"}}
    with LoopbackServer(lambda request: answer(["Hello"])) as server:
        with pytest.raises(ConfigurationError, match="content-length"):
            ask(client_of(server), call)
        assert server.connections == 0


def test_a_method_that_http_does_not_know_is_a_configuration_error(ask: Ask) -> None:
    class Shouting(Acme):
        @hookimpl
        def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
            return HTTPRequest(method="PO ST", url=f"{provider.base_url}/x", body={})

    with LoopbackServer(lambda request: served(b"data: end\n\n")) as server:
        with pytest.raises(ConfigurationError, match="HTTP cannot carry"):
            ask(acme_of(server, Shouting()), ASK_ACME)
        assert server.requests == []


# --- middleware ---


def test_several_chunks_for_one_are_kept_in_order(ask: Ask) -> None:
    def letters(chunk: StreamChunk) -> Any:
        return [chunk.replace(delta=c) for c in chunk.delta] if chunk.delta else chunk

    with LoopbackServer(lambda request: answer(["ab", "c", "de"])) as server:
        with client_of(server, plugins=[middleware(chimeric_process_chunk=letters)]) as client:
            chunks = list(client.generate(**ASK))
        assert [chunk.delta for chunk in chunks[:5]] == list("abcde")
        assert chunks[-1].content == "abcde"


class Holder:
    """Holds text back until the end."""

    def __init__(self) -> None:
        self.held: list[StreamChunk] = []
        self.flushes = 0

    def process(self, chunk: StreamChunk) -> Any:
        if chunk.delta is None:
            return chunk
        self.held.append(chunk)
        return None

    def flush(self) -> Any:
        self.flushes += 1
        held, self.held = self.held, []
        return held


def test_what_was_held_back_joins_the_response_of_a_stream_that_is_left_early() -> None:
    class Third(Holder):
        def process(self, chunk: StreamChunk) -> Any:
            return chunk if len(self.held) == 2 else super().process(chunk)

    keeper = middleware(
        chimeric_stream_processor=lambda context: Third(),
        chimeric_process_chunk=lambda chunk: chunk,
    )
    with LoopbackServer(endless) as server, client_of(server, plugins=[keeper]) as client:
        stream = client.generate(**ASK)
        assert next(stream).delta == "three "
        stream.close()
        assert stream.response.content == "three one two "


def test_a_try_that_failed_takes_what_was_held_back_of_it_along() -> None:
    left = [[*list(answer(["lost ", "words"]))[:3], Close()], list(answer(["found"]))]
    holder = Holder()
    keeper = middleware(chimeric_stream_processor=lambda context: holder)
    stateless = middleware(chimeric_process_chunk=lambda chunk: chunk)
    with LoopbackServer(lambda request: left.pop(0)) as server:
        with client_of(server, plugins=[keeper, stateless]) as client:
            assert client.generate(**ASK).collect().content == "found"
        assert len(server.requests) == 2
    assert holder.flushes == 2


def refuse(*args: Any) -> Any:
    raise BadRequestError("not this one")


@pytest.mark.parametrize("place", ["process", "flush"])
def test_a_typed_error_of_middleware_passes_as_it_is(place: str, ask: Ask) -> None:
    class Refusing(Holder):
        pass

    setattr(Refusing, place, refuse)
    bad = middleware(chimeric_stream_processor=lambda context: Refusing())
    with LoopbackServer(lambda request: answer(["Hello"])) as server:
        with pytest.raises(BadRequestError, match="not this one") as caught:
            ask(client_of(server, plugins=[bad], max_retries=0), ASK)
        assert caught.value.partial is not None


# --- time limits ---


def test_a_body_without_a_length_does_not_end_well_at_the_time_limit(ask: Ask) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    frame = CHAT.script().frame(CHAT.say("one "))
    with always(head, frame, Pause(30)) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            ask(client_of(server, timeout=Timeout(total=0.4)), ASK)
        assert caught.value.phase == "total"
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one "


def test_of_two_equal_limits_the_transports_own_is_named(ask: Ask) -> None:
    with LoopbackServer(mute) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            ask(client_of(server, timeout=Timeout(read=0.3, first=0.3), max_retries=0), ASK)
        assert caught.value.phase == "read"


# --- the end of a body ---


def test_what_comes_after_the_terminal_signal_is_read_and_dropped(ask: Ask) -> None:
    more = [b"c\r\n: good bye!\n\r\n", Pause(0.01), b"c\r\n: good bye!\n\r\n", b"0\r\n\r\n"]

    def handler(request: SeenRequest) -> Iterable[Step]:
        return [*list(answer(["Hello"]))[:-1], Pause(0.01), *more]

    with LoopbackServer(handler) as server:
        assert ask(client_of(server), ASK).content == "Hello"


def test_an_answer_that_goes_on_for_ever_after_its_end_is_given_up(ask: Ask) -> None:
    def handler(request: SeenRequest) -> Iterator[Step]:
        yield from list(answer(["Hello"]))[:-1]
        for _ in range(1000):
            yield b"c\r\n: good bye!\n\r\n"
            yield Pause(0.01)

    began = time.monotonic()
    with LoopbackServer(handler) as server:
        assert ask(client_of(server), ASK).content == "Hello"
        assert server.wait_closed()
    assert time.monotonic() - began < 3


# --- compressed bodies ---


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(data) + made.flush()


def members(data: bytes) -> bytes:
    """Two gzip members, one after the other."""
    return gzip.compress(data[:20]) + gzip.compress(data[20:])


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "two members": ("gzip", members),
    "deflate": ("deflate", zlib.compress),
    "deflate without its wrapper": ("deflate", raw_deflate),
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [1, 2, 5, 11, 10**6])
def test_a_compressed_stream_is_read_however_it_is_cut(coding: str, cut: int) -> None:
    name, compress = CODINGS[coding]
    frames = CHAT.made_of(CHAT.say("Hello "), CHAT.say("you"), *CHAT.finish(), *CHAT.terminal())
    body = compress(b"".join(frames.frames()))
    head = HEAD.replace(b"\r\n\r\n", f"\r\ncontent-encoding: {name}\r\n\r\n".encode())
    pieces = [body[i : i + cut] for i in range(0, len(body), cut)]
    with LoopbackServer(lambda request: served(*pieces, head=head)) as server:
        with client_of(server, max_retries=0) as client:
            assert client.generate(**ASK).collect().content == "Hello you"


def test_what_follows_the_end_inside_a_compressed_body_is_not_inflated(ask: Ask) -> None:
    padding = b": " + b"x" * 2_000_000 + b"\n\n"
    body = gzip.compress(b"".join(CHAT.script().frames()) + padding)
    head = HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
    with LoopbackServer(lambda request: served(body, head=head)) as server:
        response = ask(client_of(server), ASK)
    assert response.finish_reason == "stop"


def test_bytes_after_a_deflated_body_are_a_protocol_error(ask: Ask) -> None:
    body = zlib.compress(b'{"a": 1}') + b"more"
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: %d\r\n\r\n"
    with always(head % len(body), body) as server:
        with pytest.raises(ProtocolError, match="corrupt"):
            ask(client_of(server), {**ASK, "stream": False})
