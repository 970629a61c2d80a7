"""What the contract suite runs on: a client, scripted replies, and how an outcome is judged."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    Event,
    Framer,
    ModelNotSupportedError,
    PluginError,
    StreamChunk,
    TranslationWarning,
    WireRequest,
)

from .asked import Asked
from .checks.conversations import NEEDS
from .play import Played, Reply, asked_for, play, prepare
from .recorded import ErrorKind, Recorded, RecordedError, is_array, is_object, plain
from .script import FRAMINGS
from .server import LoopbackServer, SeenRequest, chunked
from .spellings import sse_frame

__all__ = ["KEY", "NOWHERE", "Harness", "bytewise", "environment", "strings", "texts", "told"]

KEY = "sk-contract-0123456789abcdef"
NOWHERE = "http://127.0.0.1:9"


class Harness:
    """The attributes of a contract, and its calls. ``ProviderContract`` says what they mean."""

    provider: ClassVar[str]
    streams: ClassVar[Mapping[str, Recorded]] = {}
    answers: ClassVar[Mapping[str, Recorded]] = {}
    stream_errors: ClassVar[Mapping[str, RecordedError]] = {}
    errors: ClassVar[Mapping[str, RecordedError]] = {}
    error_kinds: ClassVar[Mapping[str, ErrorKind]] = {}
    model: ClassVar[str] = "contract-model"
    models: ClassVar[tuple[bytes, tuple[str, ...]] | None] = None
    options: ClassVar[Mapping[str, Any]] = {}
    client_options: ClassVar[Mapping[str, Any]] = {}
    plugin: ClassVar[object | None] = None
    key: ClassVar[str] = KEY
    noise: ClassVar[tuple[bytes, ...]] = ()
    spelling: ClassVar[str | None] = None
    forms: ClassVar[tuple[str, ...]] = ()
    cases: ClassVar[int] = 50
    every: ClassVar[int] = 1
    follows: ClassVar[tuple[str, ...]] = ()
    failed_results: ClassVar[bool] = False
    refuses: ClassVar[Mapping[str, str]] = {}
    exempt: ClassVar[Mapping[str, str]] = {}
    approved: ClassVar[Path | None] = None
    families: ClassVar[tuple[str, ...]] = ()
    calls: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    count: ClassVar[bytes | None] = None
    oddities: ClassVar[Mapping[str, bytes]] = {}

    joined: ClassVar[Recorded | None] = None
    joined_call: ClassVar[Mapping[str, Any]] = {}

    _kept: ClassVar[Chimeric]
    _framed_by: ClassVar[str]

    @staticmethod
    def decode_request(wire: WireRequest) -> Any:
        """The body of a request as plain data (dicts, lists, texts, numbers, bytes)."""
        return plain(wire.body)

    @staticmethod
    def decode_event(data: bytes) -> Any:
        """The payload of an event, or a whole answer, as plain data; None for what is none."""
        return plain(data)

    @staticmethod
    def encode_event(value: Any) -> bytes:
        """The payload of an event that says this: the other way round."""
        return msgspec.json.encode(value)

    @staticmethod
    def frame_event(event: Event) -> bytes | None:
        """An event as it stands on the wire in a framing of your own; None where it is not said."""
        return None

    @staticmethod
    def error_body(kind: ErrorKind) -> bytes:
        """The body of an error answer of this kind, with ``kind.message`` in it."""
        words = {"message": kind.message, "type": kind.type, "code": kind.code}
        told = {name: word for name, word in words.items() if word is not None}
        return msgspec.json.encode({"error": told})

    @staticmethod
    def error_event(kind: ErrorKind) -> bytes | None:
        """The raw frame that tells it inside a stream; None where it is not told there."""
        return None

    @property
    def sends_json(self) -> bool:
        """Whether requests are JSON objects, as nobody says otherwise."""
        return type(self).decode_request is Harness.decode_request

    @property
    def tells_json(self) -> bool:
        """Whether events and answers are JSON, as nobody says otherwise."""
        return type(self).decode_event is Harness.decode_event

    def _client(self, url: str = NOWHERE, key: str | None = None, **more: Any) -> Chimeric:
        settings: dict[str, Any] = {**self.client_options, **more}
        if self.plugin is not None:  # it takes the place of one that is installed
            settings["plugins"] = [self.plugin, *settings.get("plugins", ())]
            settings["disable_plugins"] = [self.provider, *settings.get("disable_plugins", ())]
        usual: dict[str, Any] = {
            "api_keys": {self.provider: self.key if key is None else key},
            "base_urls": {self.provider: url},
            "max_retries": 0,
        }
        return Chimeric(**{**usual, **settings})

    def _client_alone(self, **more: Any) -> Chimeric:
        """A client of this provider only: what is approved is the same whatever is installed."""
        only = () if self.plugin is not None else (self.provider,)
        return self._client(only_plugins=only, **more)

    def _call(self, **params: Any) -> dict[str, Any]:
        call = {"model": self.model, "messages": "Hello", "provider": self.provider}
        return {**call, **self.options, **params}

    def _reply(
        self, body: bytes | tuple[bytes, ...], recorded: Any = None, status: int = 200
    ) -> Reply:
        pieces = body if isinstance(body, tuple) else (body,)
        return Reply(pieces, status, recorded.headers if recorded is not None else {})

    def _stream(
        self, body: bytes | tuple[bytes, ...], recorded: Recorded | RecordedError
    ) -> Played:
        call = prepare(self._client_once, **self._call(stream=True))
        return play(call, [self._reply(body, recorded)])

    def _step(self, recorded: Recorded) -> int:
        return max(self.every, recorded.every)

    def _whole(self, body: bytes, recorded: Recorded | None) -> Played:
        call = prepare(self._client_once, **self._call(stream=False))
        return play(call, [self._reply(body, recorded)])

    @property
    def _client_once(self) -> Chimeric:
        kept = type(self)
        if "_kept" not in vars(kept):  # a class that derives from it may ask otherwise
            kept._kept = self._client()
        return kept._kept

    def _sent(self, **params: Any) -> WireRequest:
        """The request that a call makes; what it answers does not matter."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TranslationWarning)
            call = prepare(self._client_once, **self._call(**params))
            played = asked_for(call)
        if not played.requests:
            assert played.error is not None
            raise played.error
        return played.requests[0]

    def _ask(self, client: Chimeric | None = None, **params: Any) -> Asked:
        """The request that a call makes, with what is told of it; or why none is made."""
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                call = prepare(client or self._client_once, **self._call(**params))
            except ChimericError as error:
                return Asked(refusal=error)
            played = asked_for(call)
        if not played.requests:
            return Asked(refusal=played.error)
        wire = played.requests[0]
        return Asked(
            wire=wire,
            body=self.decode_request(wire),
            path=wire.url.removeprefix(NOWHERE),
            told=tuple(str(w.message) for w in told if w.category is TranslationWarning),
        )

    def _taken(self, asked: Asked, need: str | None = None) -> bool:
        """Whether it was sent; what is refused must be what the provider does not declare."""
        refusal = asked.refusal
        if refusal is None:
            return True
        assert need is not None, f"it was refused: {refusal!r}"
        assert isinstance(refusal, ConfigurationError), repr(refusal)
        assert not isinstance(refusal, PluginError), repr(refusal)
        declared = getattr(self._client_once.get_capabilities(self.provider), need)
        refused = any(NEEDS.get(name) == need for name in self.refuses)
        assert refused or not declared, f"{need} is declared, but: {refusal!r}"
        return False

    def _framing(self) -> str:
        kept = type(self)
        if "_framed_by" not in vars(kept):
            kept._framed_by = self._found_framing()
        return kept._framed_by

    def _found_framing(self) -> str:
        call = prepare(self._client_once, **self._call(stream=True))
        route = call.route(call.request)
        http = route.plugin.build_request(
            call.request.replace(model=route.model, options=route.config.options), route.config
        )
        return http.framing or route.config.declaration.framing

    def _events(self, recorded: Recorded) -> list[Event]:
        framer = self._framer()
        return [*framer.feed(recorded.body), *framer.end()]

    def _framed(self, events: list[Event]) -> bytes | None:
        """A body of these events; None in a framing whose frames nobody tells."""
        framing = self.spelling or self._framing()
        if framing == "sse":
            return b"".join(map(sse_frame, events))
        if framing == "ndjson":
            return b"".join(event.data + b"\n" for event in events)
        frames = [self.frame_event(event) for event in events]
        return None if None in frames else b"".join(frame or b"" for frame in frames)

    @property
    def _plugin(self) -> Any:
        call = prepare(self._client_once, **self._call(stream=True))
        return call.route(call.request).plugin

    def _framer(self) -> Framer:
        return self._new_framer()()

    def _new_framer(self) -> Callable[[], Framer]:
        """What makes a framer for one body after the other."""
        plugin, name = self._plugin, self._framing()
        return partial(plugin.framings.get(name) or FRAMINGS[name], 1 << 24)

    def _with_unknown_fields(self, event: Event) -> Event:
        """The event with members that no protocol knows, one of them null; at the top level only,
        since deeper objects may be the model's own (arguments of tools)."""
        value = self.decode_event(event.data)
        if not isinstance(value, dict):
            return event
        more: dict[str, Any] = {"x_unknown": {"nested": [1, None, "x"]}, "x_null": None}
        return Event(self.encode_event({**value, **more}), event.name)

    def _served(self, pieces: list[bytes], recorded: Recorded) -> LoopbackServer:
        def handler(request: SeenRequest) -> Iterator[bytes]:
            extra = "".join(f"{name}: {value}\r\n" for name, value in recorded.headers.items())
            yield f"HTTP/1.1 200 OK\r\n{extra}transfer-encoding: chunked\r\n\r\n".encode()
            yield from chunked(pieces)

        return LoopbackServer(handler)

    def _judge(
        self, played: Played, recorded: Recorded, what: str = "", *, complete: bool = True
    ) -> None:
        assert played.error is None, f"{what}: {played.error!r}"
        response = played.response
        assert isinstance(response, CompletionResponse)
        assert response.content == recorded.text, what
        assert response.reasoning == recorded.reasoning, what
        assert response.refusal == recorded.refusal, what
        assert response.finish_reason == recorded.finish_reason, what
        calls = [(c.id, c.name, c.arguments) for c in response.tool_calls]
        wanted = [
            (c[0] or got[0], *c[1:]) for c, got in zip(recorded.tool_calls, calls, strict=True)
        ]
        assert calls == wanted, what
        metadata = response.metadata
        for name in ("finish_reason_native", "id", "model"):
            value = getattr(recorded, name)
            if value is not None and (complete or name in metadata):
                assert metadata.get(name) == value, f"{what}: {name}"
        if recorded.usage is not None and complete:
            assert response.usage == recorded.usage, what

    def _same(self, one: Played, other: Played, what: str) -> None:
        assert other.error is None, f"{what}: {other.error!r}"
        assert [told(c) for c in other.chunks] == [told(c) for c in one.chunks], what

    def _same_kept(self, one: ChimericError | None, other: ChimericError | None, what: str) -> None:
        """Two ways of reading one body end alike, and keep the same of what came."""
        assert type(other) is type(one), f"{what}: {other!r}, not {one!r}"
        if one is None or other is None:
            return
        kept, also = one.partial, other.partial
        assert kept is not None, f"{what}: what had come was lost"
        assert also is not None, f"{what}: what had come was lost"
        for name in ("content", "reasoning", "refusal", "usage", "metadata"):
            assert getattr(also, name) == getattr(kept, name), f"{what}: {name} of error.partial"

    def _judge_error(self, error: ChimericError | None, recorded: RecordedError) -> None:
        assert type(error) is recorded.error, repr(error)
        assert error is not None
        assert recorded.message in error.message
        assert error.provider == self.provider
        for name in ("code", "type", "retry_after"):
            value = getattr(recorded, name)
            assert value is None or getattr(error, name) == value, f"{name} of {error!r}"

    def _judge_refusal(self, name: str, refusal: ModelNotSupportedError) -> None:
        needed = NEEDS.get(name)
        assert needed is not None, f"{name} was refused: {refusal}"
        declared = getattr(self._client_once.get_capabilities(self.provider), needed)
        assert name in self.refuses or not declared, f"declared, but: {refusal}"

    def _judge_request(self, wire: WireRequest) -> None:
        assert wire.url.startswith(NOWHERE), "the base URL is where it goes"
        body = self.decode_request(wire)
        assert body is not None, "the body cannot be read"
        assert isinstance(body, dict) or not self.sends_json, "the body is a JSON object"
        assert self.key not in wire.url
        assert self.key.encode() not in wire.body
        assert self.model in wire.url or self.model.encode() in wire.body
        assert all(name == name.lower() for name in wire.headers)


@contextlib.contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment, for as long as it is needed."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def bytewise(body: bytes) -> tuple[bytes, ...]:
    return tuple(body[i : i + 1] for i in range(len(body)))


def told(chunk: StreamChunk) -> dict[str, Any]:
    """What a chunk says, without ids that are made up anew each time."""
    data = chunk.to_dict()
    for call in data.get("tool_calls", ()):
        call.pop("id")
    return data


def texts(messages: Any) -> list[str]:
    """Texts of the callers' messages that must be found in the body as they are."""
    if isinstance(messages, str):
        return [messages]
    return [message.text for message in messages if message.role in ("user", "assistant")]


def strings(value: Any) -> str:
    """All strings of plain data, one after the other."""
    if isinstance(value, str):
        return value
    if is_object(value):
        return "\n".join(strings(item) for item in value.values())
    if is_array(value):
        return "\n".join(strings(item) for item in value)
    return ""
