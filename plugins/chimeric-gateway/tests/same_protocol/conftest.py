"""Upstreams that are written by hand, asked through the gateway's own client and its tap."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import anthropic
import msgspec
import openai
import pytest
from chimeric_gateway.answering.same_protocol import Tap, Wire, answering_of, arguments_of
from chimeric_gateway.calls import User
from chimeric_gateway.protocol import ClientProtocol
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_gateway.protocols.responses import RESPONSES
from chimeric_gateway.refusal import Refusal
from chimeric_testing import Close, LoopbackServer, SeenRequest, Step

from chimeric import Chimeric, ChimericError

KEY = "sk-upstream-0123456789"
PROTOCOLS: dict[str, ClientProtocol] = {
    "chat_completions": CHAT_COMPLETIONS,
    "messages": MESSAGES,
    "responses": RESPONSES,
}
SAYING: dict[str, dict[str, Any]] = {
    "chat_completions": {"messages": [{"role": "user", "content": "Hi"}]},
    "messages": {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100},
    "responses": {"input": "Hi"},
}


class Told(msgspec.Struct):
    """What a client was told.

    Attributes:
        data: the bytes of the stream, or the whole body.
        failed: why it broke off, if it did.
        asked: the body that the upstream was sent.
    """

    data: bytes
    failed: Refusal | None
    asked: dict[str, Any]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The payloads of a stream."""
        lines = [line[6:] for line in self.data.split(b"\n") if line.startswith(b"data: ")]
        return [msgspec.json.decode(line) for line in lines if line != b"[DONE]"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of one type."""
        return [event for event in self.events if event.get("type") == kind]


def sse(*payloads: Any, end: bytes = b"\n") -> bytes:
    """Events of an upstream; those with a type are named by it."""
    frames = b""
    for payload in payloads:
        name = payload.get("type") if isinstance(payload, dict) else None
        head = b"event: " + name.encode() + end if name else b""
        data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        frames += head + b"data: " + data + end + end
    return frames


@pytest.fixture
def ask() -> Iterator[Callable[..., Told]]:
    """Asks an upstream that answers with these bytes: ``ask("messages", frames, stream=True)``.

    ``pieces`` are how many bytes it sends at a time, ``plugins`` middleware of the client.
    """
    with contextlib.ExitStack() as stack:

        def asking(
            protocol: str,
            answer: bytes,
            *,
            pieces: Iterable[int] = (),
            plugins: Sequence[object] = (),
            provider: str = "",
            upstream: str | None = None,
            kind: str = "text/event-stream",
            packed: bool = False,
            **body: Any,
        ) -> Told:
            def serve(request: SeenRequest) -> Iterator[Step]:
                media = kind if body.get("stream") else "application/json"
                yield f"HTTP/1.1 200 OK\r\ncontent-type: {media}\r\n".encode()
                if packed:
                    yield b"content-encoding: gzip\r\n"
                yield b"connection: close\r\n\r\n"
                rest = gzip.compress(answer) if packed else answer
                for size in pieces:
                    piece, rest = rest[:size], rest[size:]
                    if piece:
                        yield piece
                if rest:
                    yield rest
                yield Close()

            server = stack.enter_context(LoopbackServer(serve))
            name = provider or ("anthropic" if protocol == "messages" else "openai")
            options = {"api": "chat_completions"} if protocol == "chat_completions" else {}
            client = Chimeric(
                base_urls={name: server.url + ("" if name == "anthropic" else "/v1")},
                api_keys={name: KEY},
                plugins=[Tap(), *plugins],
                max_retries=0,
                **({"api": options["api"]} if options and name == "openai" else {}),
            )
            known = {**SAYING[protocol], "model": "fast", **body}
            told = asyncio.run(play(client, name, PROTOCOLS[protocol], known, upstream))
            told.asked = server.requests[-1].json()
            told.asked["url"] = server.url
            return told

        yield asking


async def play(
    client: Chimeric,
    provider: str,
    protocol: ClientProtocol,
    body: dict[str, Any],
    upstream: str | None,
) -> Told:
    """What a client gets that asks for ``body``."""
    asked = protocol.read(body)
    spoken = protocol.name if upstream is None else upstream
    wire = Wire(asked)
    answering = answering_of(protocol, asked, spoken, wire)
    arguments = arguments_of(asked, spoken, provider)
    frames = b""
    try:
        answer = await client.agenerate(
            f"{provider}:real-model",
            stream=asked.stream,
            auto_tool=False,
            user_context=User(client="", model=asked.model, wire=wire),
            **arguments,
        )
        if not asked.stream:
            return Told(answering.whole(answer), None, {})
        async for chunk in answer:
            frames += answering.chunk(chunk)
        return Told(frames + answering.end(answer.response), None, {})
    except (ChimericError, Refusal) as error:
        refusal = error if isinstance(error, Refusal) else Refusal(502, "it broke off")
        return Told(frames + answering.fail(refusal), refusal, {})
    finally:
        await client.aclose()


@pytest.fixture
def heard() -> Iterator[Callable[[str, bytes], Any]]:
    """What the official SDK's stream helper makes of a stream's bytes."""
    with contextlib.ExitStack() as stack:

        def read(protocol: str, data: bytes) -> Any:
            def serve(request: SeenRequest) -> Iterator[Step]:
                yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                yield b"connection: close\r\n\r\n" + data
                yield Close()

            url = stack.enter_context(LoopbackServer(serve)).url
            if protocol == "messages":
                sdk = anthropic.Anthropic(base_url=url, api_key="any", max_retries=0)
                with sdk.messages.stream(
                    model="fast", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
                ) as stream:
                    return stream.get_final_message()
            gpt = openai.OpenAI(base_url=url, api_key="any", max_retries=0)
            if protocol == "responses":
                with gpt.responses.stream(model="fast", input="Hi") as events:
                    list(events)
                    return events.get_final_response()
            with gpt.chat.completions.stream(
                model="fast", messages=[{"role": "user", "content": "Hi"}]
            ) as chunks:
                list(chunks)
                return chunks.get_final_completion()

        yield read
