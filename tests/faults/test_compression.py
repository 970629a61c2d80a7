"""Compressed bodies: read however they are cut, and no further than they go."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from chimeric_testing import LoopbackServer

from chimeric import ProtocolError

from .calls import Collect
from .streams import ASK, CHAT, HEAD, always, client_of, served


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


def test_what_follows_the_end_inside_a_compressed_body_is_not_inflated(collect: Collect) -> None:
    padding = b": " + b"x" * 2_000_000 + b"\n\n"
    body = gzip.compress(b"".join(CHAT.script().frames()) + padding)
    head = HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
    with LoopbackServer(lambda request: served(body, head=head)) as server:
        response = collect(client_of(server), ASK)
    assert response.finish_reason == "stop"


def test_bytes_after_a_deflated_body_are_a_protocol_error(collect: Collect) -> None:
    body = zlib.compress(b'{"a": 1}') + b"more"
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\ncontent-length: %d\r\n\r\n"
    with always(head % len(body), body) as server:
        with pytest.raises(ProtocolError, match="corrupt"):
            collect(client_of(server), {**ASK, "stream": False})
