"""The floors: what a careful person would write by hand for exactly one provider.

Each reads, splits at blank lines and decodes into a msgspec struct with the two fields that it
needs. There are no errors, limits, retries, tools, usage or finish reasons here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import msgspec

from .subject import Subject
from .wire import TOOL

__all__ = ["FLOORS", "decode_floor"]

# httpcore looks through all of its connections at each request: without a limit on idle ones, 500
# concurrent streams cost six times as much.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64)


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta
    finish_reason: str | None = None


class _Chat(msgspec.Struct, gc=False):
    choices: list[_Choice]


class _Function(msgspec.Struct, gc=False):
    arguments: str
    name: str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    function: _Function
    id: str | None = None


class _CallDelta(msgspec.Struct, gc=False):
    tool_calls: list[_ToolCall] | None = None


class _CallChoice(msgspec.Struct, gc=False):
    delta: _CallDelta


class _Call(msgspec.Struct, gc=False):
    choices: list[_CallChoice]


class _Said(msgspec.Struct, gc=False):
    content: str


class _WholeChoice(msgspec.Struct, gc=False):
    message: _Said


class _Whole(msgspec.Struct, gc=False):
    choices: list[_WholeChoice]


class _Text(msgspec.Struct, gc=False):
    text: str | None = None


class _Frame(msgspec.Struct, gc=False):
    delta: _Text | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Text]


class _Candidate(msgspec.Struct, gc=False):
    content: _Content


class _Gemini(msgspec.Struct, gc=False):
    candidates: list[_Candidate]


class _ResponseEvent(msgspec.Struct, gc=False):
    type: str
    delta: str | None = None


_chat = msgspec.json.Decoder(_Chat).decode
_call = msgspec.json.Decoder(_Call).decode
_message = msgspec.json.Decoder(_Whole).decode
_frame = msgspec.json.Decoder(_Frame).decode
_gemini = msgspec.json.Decoder(_Gemini).decode
_response = msgspec.json.Decoder(_ResponseEvent).decode


def _decode_chat(reads: Iterable[bytes]) -> int:
    count, rest = 0, b""
    for data in reads:
        blocks = (rest + data).split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            if block != b"data: [DONE]" and _chat(block[6:]).choices[0].delta.content:
                count += 1
    return count


def _decode_anthropic(reads: Iterable[bytes]) -> int:
    count, rest = 0, b""
    for data in reads:
        blocks = (rest + data).split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            delta = _frame(block[block.index(b"\ndata: ") + 7 :]).delta
            if delta is not None and delta.text:
                count += 1
    return count


def _decode_gemini(reads: Iterable[bytes]) -> int:
    count, rest = 0, b""
    for data in reads:
        blocks = (rest + data).split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            if _gemini(block[6:]).candidates[0].content.parts[0].text:
                count += 1
    return count


def _decode_responses(reads: Iterable[bytes]) -> int:
    count, rest = 0, b""
    for data in reads:
        blocks = (rest + data).split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            event = _response(block[block.index(b"\ndata: ") + 7 :])
            if event.type == "response.output_text.delta" and event.delta:
                count += 1
    return count


def _decode_calls(reads: Iterable[bytes]) -> int:
    count, rest = 0, b""
    for data in reads:
        blocks = (rest + data).split(b"\n\n")
        rest = blocks.pop()
        for block in blocks:
            if block != b"data: [DONE]":
                calls = _call(block[6:]).choices[0].delta.tool_calls
                if calls and calls[0].function.arguments:
                    count += 1
    return count


_DECODERS: dict[str, Callable[[Iterable[bytes]], int]] = {
    "chat": _decode_chat,
    "anthropic": _decode_anthropic,
    "gemini": _decode_gemini,
    "responses": _decode_responses,
    "tools": _decode_calls,
}


def decode_floor(protocol: str, reads: Iterable[bytes]) -> int:
    """Split and decode reads of one protocol; returns the number of texts."""
    return _DECODERS[protocol](reads)


def _payload(model: str, *, stream: bool = True, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "x"}]
    return {"model": model, "messages": messages, "stream": stream, **more}


def _turns(payload: dict[str, Any]) -> Iterator[Callable[[bytes], int]]:
    """What reads the two answers of a tool round: a call, which is run, and texts."""
    yield lambda body: payload["messages"].extend(_called(body)) or 0
    yield lambda body: _decode_chat([body])


def _called(body: bytes) -> list[dict[str, Any]]:
    """The messages of a call and of its result."""
    deltas = [_call(block[6:]).choices[0].delta for block in body.split(b"\n\n")[:-2]]
    calls = [delta.tool_calls[0] for delta in deltas if delta.tool_calls]
    arguments = "".join(call.function.arguments for call in calls)
    function = {"name": calls[0].function.name, "arguments": arguments}
    call = {"id": calls[0].id, "type": "function", "function": function}
    result = msgspec.json.decode(arguments)["text"]
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": result},
    ]


class HttpxFloor(Subject):
    """httpx, split, decode."""

    modes = frozenset({"sync", "async"})

    def open(self, base: str) -> None:
        self._url = base + "/v1/chat/completions"
        self._client = httpx.Client(limits=LIMITS, timeout=120)

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        count, rest = 0, b""
        with self._client.stream("POST", self._url, json=_payload(model)) as response:
            for data in response.iter_raw():
                blocks = (rest + data).split(b"\n\n")
                rest = blocks.pop()
                for block in blocks:
                    if block == b"data: [DONE]":
                        continue
                    if _chat(block[6:]).choices[0].delta.content:
                        if not count:
                            on_first()
                        count += 1
        return count

    async def aopen(self, base: str) -> None:
        self._url = base + "/v1/chat/completions"
        self._aclient = httpx.AsyncClient(limits=LIMITS, timeout=120)

    async def aclose(self) -> None:
        await self._aclient.aclose()

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        count, rest = 0, b""
        async with self._aclient.stream("POST", self._url, json=_payload(model)) as response:
            async for data in response.aiter_raw():
                blocks = (rest + data).split(b"\n\n")
                rest = blocks.pop()
                for block in blocks:
                    if block == b"data: [DONE]":
                        continue
                    if _chat(block[6:]).choices[0].delta.content:
                        if not count:
                            on_first()
                        count += 1
        return count

    def whole(self, model: str) -> int:
        response = self._client.post(self._url, json=_payload(model, stream=False))
        return len(_message(response.content).choices[0].message.content)

    async def awhole(self, model: str) -> int:
        response = await self._aclient.post(self._url, json=_payload(model, stream=False))
        return len(_message(response.content).choices[0].message.content)

    def round(self, model: str) -> int:
        payload = _payload(model, tools=[TOOL])
        for messages in _turns(payload):
            with self._client.stream("POST", self._url, json=payload) as response:
                count = messages(b"".join(response.iter_raw()))
        return count

    async def around(self, model: str) -> int:
        payload = _payload(model, tools=[TOOL])
        for messages in _turns(payload):
            async with self._aclient.stream("POST", self._url, json=payload) as response:
                count = messages(b"".join([data async for data in response.aiter_raw()]))
        return count


class HttpxReading(HttpxFloor):
    """httpx, the bytes counted and thrown away."""

    checked = False

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        size = 0
        with self._client.stream("POST", self._url, json=_payload(model)) as response:
            for data in response.iter_raw():
                if not size:
                    on_first()
                size += len(data)
        return size

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        size = 0
        async with self._aclient.stream("POST", self._url, json=_payload(model)) as response:
            async for data in response.aiter_raw():
                if not size:
                    on_first()
                size += len(data)
        return size


class AiohttpFloor(Subject):
    """aiohttp, split, decode."""

    modes = frozenset({"async"})

    async def aopen(self, base: str) -> None:
        import aiohttp

        self._url = base + "/v1/chat/completions"
        timeout = aiohttp.ClientTimeout(total=None, sock_read=120)
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)

    async def aclose(self) -> None:
        await self._session.close()

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        count, rest = 0, b""
        async with self._session.post(self._url, json=_payload(model)) as response:
            async for data in response.content.iter_any():
                blocks = (rest + data).split(b"\n\n")
                rest = blocks.pop()
                for block in blocks:
                    if block == b"data: [DONE]":
                        continue
                    if _chat(block[6:]).choices[0].delta.content:
                        if not count:
                            on_first()
                        count += 1
        return count


class SocketFloor(Subject):
    """A bare socket and a body of known length, split, decode: no HTTP library at all."""

    modes = frozenset({"sync", "async"})

    def open(self, base: str) -> None:
        host, port = base.removeprefix("http://").split(":")
        self._sock = socket.create_connection((host, int(port)))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def aopen(self, base: str) -> None:
        host, port = base.removeprefix("http://").split(":")
        self._address = (host, int(port))

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        self._sock.sendall(_plain_request(model))
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._sock.recv(65536)
        head, _, data = data.partition(b"\r\n\r\n")
        left = int(head.rpartition(b": ")[2])
        count, rest = 0, b""
        while True:
            left -= len(data)
            blocks = (rest + data).split(b"\n\n")
            rest = blocks.pop()
            for block in blocks:
                if block == b"data: [DONE]":
                    continue
                if _chat(block[6:]).choices[0].delta.content:
                    if not count:
                        on_first()
                    count += 1
            if not left:
                return count
            data = self._sock.recv(65536)

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        reader, writer = await asyncio.open_connection(*self._address)
        writer.write(_plain_request(model))
        head = await reader.readuntil(b"\r\n\r\n")
        left = int(head[:-4].rpartition(b": ")[2])
        count, rest = 0, b""
        while left:
            data = await reader.read(65536)
            left -= len(data)
            blocks = (rest + data).split(b"\n\n")
            rest = blocks.pop()
            for block in blocks:
                if block == b"data: [DONE]":
                    continue
                if _chat(block[6:]).choices[0].delta.content:
                    if not count:
                        on_first()
                    count += 1
        writer.close()
        return count


def _plain_request(model: str) -> bytes:
    body = msgspec.json.encode(_payload(model))
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-plain: 1\r\ncontent-length: %d"
    return head % len(body) + b"\r\n\r\n" + body


FLOORS: dict[str, Callable[[], Subject]] = {
    "socket": SocketFloor,
    "httpx-reading": HttpxReading,
    "httpx": HttpxFloor,
    "aiohttp": AiohttpFloor,
}
