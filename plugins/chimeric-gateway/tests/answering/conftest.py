"""Real streams of the simulator, and the official SDKs that read what is made of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import msgspec
import openai
import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocol import ClientProtocol
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_sim import Simulator
from chimeric_testing import LoopbackServer

from chimeric import Chimeric, CompletionResponse, Delta, StreamChunk, hookimpl

PROVIDERS = (
    "anthropic",
    "bedrock",
    "cohere",
    "compatible",
    "google",
    "mistral",
    "ollama",
    "openai",
)

ADD = {
    "name": "add",
    "description": "Adds two numbers",
    "parameters": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
        "required": ["x", "y"],
    },
}


@pytest.fixture(scope="session")
def sim() -> Iterator[Simulator]:
    """A simulator for all tests here."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def client(sim: Simulator) -> Iterator[Chimeric]:
    """A client of every provider that the simulator speaks for."""
    urls = {name: sim.base_url(name) for name in PROVIDERS}
    keys = {name: "any" for name in PROVIDERS if name not in ("bedrock", "ollama")}
    keys["bedrock"] = "any"
    with Chimeric(base_urls=urls, api_keys=keys) as made:
        yield made


class Heard:
    """A stream of an upstream: its chunks, and its response."""

    def __init__(self, chunks: list[StreamChunk], response: CompletionResponse[Any]) -> None:
        self.chunks = chunks
        self.response = response


@pytest.fixture(scope="session")
def heard(client: Chimeric) -> Callable[..., Heard]:
    """Streams from the simulator, each asked for once."""
    known: dict[str, Heard] = {}

    def hear(model: str, prompt: str = "Add 2 and 3, in 12 words", **arguments: Any) -> Heard:
        key = repr((model, prompt, arguments))
        if key not in known:
            if arguments.pop("tools", None) == "add":
                arguments |= {"tools": [ADD], "auto_tool": False}
            stream = client.generate(model, prompt, stream=True, **arguments)
            chunks = list(stream)
            known[key] = Heard(chunks, stream.response)
        return known[key]

    return hear


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves bytes as the answer to whatever is asked; gives the server's address."""
    with contextlib.ExitStack() as stack:

        def start(body: bytes, status: int = 200, kind: str = "text/event-stream") -> str:
            head = f"HTTP/1.1 {status} OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}"

            def answer(request: object) -> Iterator[bytes]:
                yield f"{head}\r\n\r\n".encode() + body

            return stack.enter_context(LoopbackServer(answer)).url

        yield start


def asked(protocol: ClientProtocol, **body: Any) -> Asked:
    """A body that was read."""
    said = {"model": "fast", "messages": [{"role": "user", "content": "Hi"}], **body}
    return protocol.read(said)


def streamed(protocol: ClientProtocol, heard: Heard, **body: Any) -> bytes:
    """The bytes of a stream."""
    answering = protocol.answering(asked(protocol, stream=True, **body), "")
    frames = b"".join(map(answering.chunk, heard.chunks))
    return frames + answering.end(heard.response)


@pytest.fixture
def chat(serve: Callable[..., str]) -> Callable[..., Any]:
    """What openai's SDK makes of a stream of chat completions, by its helper."""

    def read(heard: Heard, **body: Any) -> Any:
        usage = {"stream_options": {"include_usage": True}}
        frames = streamed(CHAT_COMPLETIONS, heard, **{**usage, **body})
        sdk = openai.OpenAI(base_url=f"{serve(frames)}/v1", api_key="any", max_retries=0)
        with sdk, sdk.chat.completions.stream(model="fast", messages=[], **usage) as stream:
            for _ in stream:
                pass
            return stream.get_final_completion()

    return read


@pytest.fixture
def chat_whole(serve: Callable[..., str]) -> Callable[..., Any]:
    """What openai's SDK makes of a whole answer."""

    def read(response: CompletionResponse[Any], **body: Any) -> Any:
        answering = CHAT_COMPLETIONS.answering(asked(CHAT_COMPLETIONS, **body), "")
        url = serve(answering.whole(response), kind="application/json")
        with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as sdk:
            return sdk.chat.completions.create(model="fast", messages=[])

    return read


@pytest.fixture
def messages(serve: Callable[..., str]) -> Callable[..., Any]:
    """What anthropic's SDK makes of a stream of Messages, by its helper."""

    def read(heard: Heard, **body: Any) -> Any:
        frames = streamed(MESSAGES, heard, **body)
        sdk = anthropic.Anthropic(base_url=serve(frames), api_key="any", max_retries=0)
        with sdk, sdk.messages.stream(model="fast", max_tokens=9, messages=[]) as stream:
            for _ in stream:
                pass
            return stream.get_final_message()

    return read


@pytest.fixture
def messages_whole(serve: Callable[..., str]) -> Callable[..., Any]:
    """What anthropic's SDK makes of a whole answer."""

    def read(response: CompletionResponse[Any], **body: Any) -> Any:
        answering = MESSAGES.answering(asked(MESSAGES, **body), "")
        url = serve(answering.whole(response), kind="application/json")
        with anthropic.Anthropic(base_url=url, api_key="any", max_retries=0) as sdk:
            return sdk.messages.create(model="fast", max_tokens=9, messages=[])

    return read


def frames_of(body: bytes) -> list[tuple[str, Any]]:
    """The events of a stream: name and decoded data (``None`` for ``[DONE]``)."""
    found: list[tuple[str, Any]] = []
    for block in body.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        data = fields["data"]
        found.append(
            (fields.get("event", ""), msgspec.json.decode(data) if data != "[DONE]" else None)
        )
    return found


@pytest.fixture
def frames() -> Callable[..., list[tuple[str, Any]]]:
    """The events of a stream of bytes, or of what is heard told in a protocol."""

    def of(body: bytes | ClientProtocol, heard: Heard | None = None, **asked: Any) -> Any:
        if not isinstance(body, bytes):
            assert heard is not None
            body = streamed(body, heard, **asked)
        return frames_of(body)

    return of


class Says:
    """Answers with the deltas that it is given."""

    def __init__(self) -> None:
        self.deltas: list[Delta] = []

    @hookimpl
    def chimeric_answer(self, request: object, context: object) -> Iterator[Delta]:
        return iter(self.deltas)


class Stage:
    """A client whose answers are set, and SDKs whose server tells them in a protocol.

    Attributes:
        url: the server's.
        openai: an SDK that asks it.
        anthropic: another one.
    """

    def __init__(self, says: Says, client: Chimeric, url: str, body: list[bytes]) -> None:
        self._says, self._client, self._body = says, client, body
        self.url = url
        self.openai = openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
        self.anthropic = anthropic.Anthropic(base_url=url, api_key="any", max_retries=0)

    def play(self, protocol: ClientProtocol, deltas: list[Delta], **body: Any) -> Any:
        """Serve an answer as a stream from now on; the response of it."""
        answering = protocol.answering(asked(protocol, stream=True, **body), "")
        stream = self._stream(deltas)
        frames = b"".join(answering.chunk(chunk) for chunk in stream)
        self._body[:] = [frames + answering.end(stream.response)]
        return stream.response

    def frames(self, protocol: ClientProtocol, deltas: list[Delta], **body: Any) -> Any:
        """The events of an answer: names and data."""
        self.play(protocol, deltas, **body)
        return frames_of(self._body[0])

    def whole(self, protocol: ClientProtocol, deltas: list[Delta], **body: Any) -> Any:
        """The body of an answer that is not streamed."""
        self._says.deltas = [*deltas, ENDED]
        response = self._client.generate("any", "Hi", auto_tool=False)
        answering = protocol.answering(asked(protocol, **body), "")
        return msgspec.json.decode(answering.whole(response))

    def _stream(self, deltas: list[Delta]) -> Any:
        self._says.deltas = deltas if deltas and deltas[-1].done else [*deltas, ENDED]
        return self._client.generate("any", "Hi", stream=True, auto_tool=False)


ENDED = Delta(finish_reason="stop", done=True)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Where answers of whatever kind are told."""
    says, body = Says(), [b""]

    def reply(request: object) -> Iterator[bytes]:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"
        yield head % len(body[0]) + body[0]

    with LoopbackServer(reply) as server, Chimeric(plugins=[says]) as client:
        played = Stage(says, client, server.url, body)
        with played.openai, played.anthropic:
            yield played
