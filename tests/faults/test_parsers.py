"""What a provider's parser and requests do beyond the common: empty texts, errors of its own."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import (
    ConfigurationError,
    HTTPRequest,
    PluginError,
    ProtocolError,
    StreamChunk,
    hookimpl,
)

from .calls import Collect
from .plugins import ASK_ACME, Acme, Ours, acme_of, middleware
from .streams import ASK, CHAT, always, answer, client_of, served


@pytest.mark.parametrize("plugins", [0, 1])
def test_a_parsers_empty_text_makes_no_chunk(plugins: int, collect: Collect) -> None:
    frames = [b"data:\n\n", b"data: one\n\n", b"data:\n\ndata: two\n\n", b"data: end\n\n"]
    same = [middleware(chimeric_process_chunk=lambda chunk: chunk)] * plugins
    with LoopbackServer(lambda request: served(*frames)) as server:
        with acme_of(server, plugins=same) as client:
            seen = list(client.generate(**ASK_ACME))
        assert [chunk.delta for chunk in seen] == ["one", "two", None]
        assert collect(acme_of(server, plugins=same), ASK_ACME).content == "onetwo"


@pytest.mark.parametrize("event", [b"data: refuse\n\n", b"event: \xff\ndata: refuse\n\n"])
def test_a_typed_error_of_a_parser_passes_as_it_is(event: bytes, collect: Collect) -> None:
    with LoopbackServer(lambda request: served(b"data: one\n\n", event)) as server:
        with pytest.raises(Ours, match="not with this provider") as caught:
            collect(acme_of(server), ASK_ACME)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one"


def test_what_middleware_saw_is_kept_when_the_next_event_cannot_be_read(collect: Collect) -> None:
    seen: list[str] = []

    def watch(chunk: StreamChunk) -> StreamChunk:
        seen.append(chunk.delta or "")
        return chunk

    script = CHAT.made_of(CHAT.say("one "), b"   ", CHAT.say("two"), b"{oops")
    with LoopbackServer(lambda request: served(*script.frames())) as server:
        with pytest.raises(ProtocolError) as caught:
            collect(client_of(server, plugins=[middleware(chimeric_process_chunk=watch)]), ASK)
        assert caught.value.partial is not None
        assert caught.value.partial.content == "one two"
        assert "".join(seen) == "one two"


def test_a_typed_error_for_an_event_that_was_made_sound_passes_as_it_is(collect: Collect) -> None:
    class Strict(Acme):
        @hookimpl
        def chimeric_parse_event(self, event: Any, state: Any) -> Any:
            if "\ufffd" in event.data.decode():
                raise Ours("not with this provider")
            return "never"

    with LoopbackServer(lambda request: served(b"data: \xff\n\n")) as server:
        with pytest.raises(Ours, match="not with this provider"):
            collect(acme_of(server, Strict()), ASK_ACME)


def test_a_typed_error_for_a_whole_answer_passes_as_it_is(collect: Collect) -> None:
    with always(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") as server:
        with pytest.raises(Ours, match="not with this provider"):
            collect(acme_of(server), {**ASK_ACME, "stream": False})


def test_a_framing_that_no_plugin_brings_is_named(collect: Collect) -> None:
    class Pigeon(Acme):
        framing = "pigeon"

    with LoopbackServer(lambda request: served(b"data: one\n\n")) as server:
        with pytest.raises(PluginError, match="'pigeon'") as caught:
            collect(acme_of(server, Pigeon()), ASK_ACME)
        assert caught.value.plugin == "Pigeon"  # told when it is loaded


@pytest.mark.parametrize("url", ["gopher://127.0.0.1/x", "http://127.0.0.1:port/x"])
def test_a_url_that_http_cannot_reach_is_a_configuration_error(url: str, collect: Collect) -> None:
    class Lost(Acme):
        pass

    Lost.url = url
    with always() as server:
        with pytest.raises(ConfigurationError, match=r"URL cannot be used|URL is not absolute"):
            collect(acme_of(server, Lost()), ASK_ACME)
        assert server.connections == 0


@pytest.mark.parametrize("stream", [True, False])
def test_a_length_of_the_callers_is_refused_before_anything_is_sent(
    stream: bool, collect: Collect
) -> None:
    call = {**ASK, "stream": stream, "extra_headers": {"Content-Length": "3"}}
    with LoopbackServer(lambda request: answer(["Hello"])) as server:
        with pytest.raises(ConfigurationError, match="content-length"):
            collect(client_of(server), call)
        assert server.connections == 0


def test_a_method_that_http_does_not_know_is_a_configuration_error(collect: Collect) -> None:
    class Shouting(Acme):
        @hookimpl
        def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
            return HTTPRequest(method="PO ST", url=f"{provider.base_url}/x", body={})

    with LoopbackServer(lambda request: served(b"data: end\n\n")) as server:
        with pytest.raises(ConfigurationError, match="HTTP cannot carry"):
            collect(acme_of(server, Shouting()), ASK_ACME)
        assert server.requests == []
