"""The provider contract as a test suite: recorded bytes in, every promise checked.

A provider that passes it streams the same answer however the bytes are cut or spelt, never takes
a cut-off stream for a whole one, gives sync and async callers the same, and leaks no key.
"""

from __future__ import annotations

import asyncio
import copy
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from chimeric.chunks import StreamChunk
from chimeric.client import Chimeric
from chimeric.deltas import Event
from chimeric.errors import (
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ModelNotSupportedError,
    ProviderError,
    StreamInterruptedError,
    TranslationWarning,
)
from chimeric.framing import FRAMINGS, Framer
from chimeric.listing import list_models
from chimeric.provider import Model
from chimeric.responses import CompletionResponse
from chimeric.transport import WireRequest

from .conversations import CONVERSATIONS, NEEDS
from .play import Played, Reply, play, prepare
from .recorded import Recorded, RecordedError, contradictions, plain, spellings
from .server import LoopbackServer, SeenRequest, chunked

__all__ = ["ProviderContract"]

KEY = "sk-contract-0123456789abcdef"
NOWHERE = "http://127.0.0.1:9"


class ProviderContract:
    """Derive from it, fill in what was recorded, and run pytest.

    Attributes:
        provider: the provider's name.
        streams: streamed answers by a name of your own.
        answers: whole answers.
        stream_errors: streams that tell an error.
        errors: error answers (status 400 and above).
        model: a model's name.
        models: a page of the model list, and the ids that stand in it.
        options: options of every call (``{"api": "responses"}``).
        client_options: more for the client, such as ``{"acme_region": "eu"}``.
        plugin: the plugin, when it is not installed.
        key: the key to use.
        noise: raw frames of your protocol that add nothing to an answer (pings, unknown frames,
            nulls); they are put between all others.
        exempt: checks that cannot hold, by name of the test, each with the reason.

    Example:
        .. code-block:: python

            class TestAcme(ProviderContract):
                provider = "acme"
                streams = {"text": Recorded(body=STORY, text="Once", finish_reason="stop")}
                answers = {"text": Recorded(body=REPLY, text="Once")}
    """

    provider: ClassVar[str]
    streams: ClassVar[Mapping[str, Recorded]] = {}
    answers: ClassVar[Mapping[str, Recorded]] = {}
    stream_errors: ClassVar[Mapping[str, RecordedError]] = {}
    errors: ClassVar[Mapping[str, RecordedError]] = {}
    model: ClassVar[str] = "contract-model"
    models: ClassVar[tuple[bytes, tuple[str, ...]] | None] = None
    options: ClassVar[Mapping[str, Any]] = {}
    client_options: ClassVar[Mapping[str, Any]] = {}
    plugin: ClassVar[object | None] = None
    key: ClassVar[str] = KEY
    noise: ClassVar[tuple[bytes, ...]] = ()
    exempt: ClassVar[Mapping[str, str]] = {}

    # --- how pytest runs it ----------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each check once for everything that was recorded for it."""
        if not hasattr(type(self), "provider"):
            return
        reason = self.exempt.get(metafunc.function.__name__)
        tables: dict[str, Mapping[str, Any]] = {
            "stream": self.streams,
            "answer": self.answers,
            "stream_error": self.stream_errors,
            "error": self.errors,
            "conversation": CONVERSATIONS,
        }
        for argument, table in tables.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, list(table.values()), ids=list(table))
        if reason is not None:
            import pytest

            metafunc.definition.add_marker(pytest.mark.skip(reason=reason))

    # --- streams ---------------------------------------------------------------------------------

    def test_a_stream_says_what_was_recorded(self, stream: Recorded) -> None:
        played = self._stream(stream.body, stream)
        self._judge(played, stream)
        chunks = played.chunks
        assert "".join(c.delta or "" for c in chunks) == chunks[-1].content
        assert [c.finish_reason for c in chunks if c.finish_reason] == [stream.finish_reason]
        assert {"provider", "model"} <= chunks[-1].metadata.keys()

    def test_a_stream_is_the_same_at_every_split_position(self, stream: Recorded) -> None:
        whole = self._stream(stream.body, stream)
        for place in range(1, len(stream.body)):
            pieces = (stream.body[:place], stream.body[place:])
            self._same(whole, self._stream(pieces, stream), f"split at byte {place}")
        single = tuple(stream.body[i : i + 1] for i in range(len(stream.body)))
        self._same(whole, self._stream(single, stream), "one byte at a time")

    def test_a_stream_is_the_same_in_every_spelling(self, stream: Recorded) -> None:
        framing = self._framing(stream)
        if framing not in ("sse", "ndjson"):
            import pytest

            pytest.skip(f"the framing {framing} has one spelling")
        for name, body in spellings(stream.body, framing, self.noise):
            played = self._stream(body, stream)
            assert played.error is None, f"{name}: {played.error}"
            self._judge(played, stream, name)

    def test_a_cut_off_stream_is_an_error_that_keeps_what_came(self, stream: Recorded) -> None:
        interrupted = 0
        for place in range(len(stream.body)):
            played = self._stream(stream.body[:place], stream)
            if played.error is None:
                # The finish reason was there, only the terminal signal was not.
                self._judge(played, stream, f"cut at byte {place}", complete=False)
                continue
            interrupted += 1
            assert isinstance(played.error, StreamInterruptedError), f"byte {place}: {played.error}"
            partial = played.error.partial
            assert partial is not None
            assert stream.text.startswith(partial.content), f"cut at byte {place}"
            assert partial.finish_reason is None
            for call in partial.tool_calls:
                assert (call.name, call.arguments) in [(n, a) for _, n, a in stream.tool_calls]
        assert interrupted > len(stream.body) // 3, "most cuts must be noticed"

    def test_what_follows_the_terminal_signal_changes_nothing(self, stream: Recorded) -> None:
        whole = self._stream(stream.body, stream)
        twice = self._stream((stream.body, stream.body), stream)
        self._same(whole, twice, "the same bytes twice")

    def test_an_error_in_a_stream_is_raised_with_what_came(
        self, stream_error: RecordedError
    ) -> None:
        for body in (stream_error.body, _bytewise(stream_error.body)):
            played = self._stream(body, stream_error)
            self._judge_error(played.error, stream_error)
            assert played.error is not None
            assert played.error.partial is not None
            assert played.error.partial.content == stream_error.text
            assert len(played.requests) == 1

    def test_sync_and_async_callers_get_the_same_chunks(self, stream: Recorded) -> None:
        pieces = [stream.body[i : i + 7] for i in range(0, len(stream.body), 7)]
        with self._served(pieces, stream) as server, self._client(server.url) as client:
            sync = list(client.generate(**self._call(stream=True)))

            async def run() -> list[StreamChunk]:
                async with self._client(server.url) as other:
                    return [c async for c in await other.agenerate(**self._call(stream=True))]

            asynchronous = asyncio.run(run())
        assert [_told(c) for c in asynchronous] == [_told(c) for c in sync]
        assert sync[-1].content == stream.text

    def test_native_gives_one_sound_struct_for_every_wire_event(self, stream: Recorded) -> None:
        client = self._client()
        call = prepare(client, **self._call(stream=True, native=True))
        played = play(call, [self._reply(stream.body, stream)])
        assert played.error is None
        natives = [c.native for c in played.chunks if c._event is not None]
        events = [e for e in self._events(stream) if plain(e.data) is not None]
        told = [n for n in natives if n is not None]
        assert len(told) == len(events), "one struct for each event"
        for native, event in zip(told, events, strict=True):
            assert contradictions(msgspec.to_builtins(native), plain(event.data)) == []

    # --- whole answers ---------------------------------------------------------------------------

    def test_an_answer_says_what_was_recorded(self, answer: Recorded) -> None:
        played = self._whole(answer.body, answer)
        self._judge(played, answer)
        assert played.response is not None
        native = played.response.native
        assert native is not None
        assert contradictions(msgspec.to_builtins(native), plain(answer.body)) == []

    def test_a_cut_off_answer_is_an_error(self, answer: Recorded) -> None:
        for place in range(0, len(answer.body.rstrip()) - 1, 3):
            error = self._whole(answer.body[:place], answer).error
            assert error is not None, f"cut at byte {place}"
            assert error.kind in ("incomplete", "protocol"), f"cut at byte {place}: {error!r}"

    def test_what_is_no_answer_is_an_error(self) -> None:
        for body in (b"", b"<html>busy</html>", b"null", b"[]", b'"text"', b"{", b"\xff\xfe"):
            played = self._whole(body, None)
            assert played.error is not None, f"{body!r} was taken for an answer"
            assert isinstance(played.error, ChimericError)

    def test_an_error_answer_is_raised_with_the_providers_message(
        self, error: RecordedError
    ) -> None:
        for streaming in (False, True):
            call = prepare(self._client(), **self._call(stream=streaming))
            played = play(call, [self._reply(error.body, error, error.status)])
            self._judge_error(played.error, error)
            assert isinstance(played.error, ProviderError)
            assert played.error.status_code == error.status

    # --- requests --------------------------------------------------------------------------------

    def test_a_conversation_is_sent_whole(self, conversation: dict[str, Any]) -> None:
        name = next(n for n, c in CONVERSATIONS.items() if c is conversation)
        kept = copy.deepcopy({k: v for k, v in conversation.items() if k != "tools"})
        for streaming in (True, False):
            try:
                wire = self._sent(stream=streaming, **conversation)
            except ModelNotSupportedError as refusal:
                needed = NEEDS.get(name)
                assert needed is not None, f"{name} was refused: {refusal}"
                assert not getattr(self._capabilities(), needed), f"declared, but: {refusal}"
                continue
            self._judge_request(wire)
            for text in _texts(conversation["messages"]):
                assert text in _strings(plain(wire.body)), f"{text!r} was not sent"
        assert {k: v for k, v in conversation.items() if k != "tools"} == kept, "it was changed"

    def test_an_answer_can_be_sent_back(self, stream: Recorded) -> None:
        response = self._stream(stream.body, stream).response
        assert response is not None
        results = [
            {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": "done"}
            for call in response.tool_calls
        ]
        more: list[Any] = [*response.messages, *results, {"role": "user", "content": "Go on"}]
        wire = self._sent(stream=True, messages=more)
        if stream.text and stream.finish_reason != "refusal":
            assert stream.text in _strings(plain(wire.body))

    def test_extra_body_wins(self) -> None:
        wire = self._sent(stream=True, messages="Hello", extra_body={"x_extra": {"a": [1]}})
        assert plain(wire.body)["x_extra"] == {"a": [1]}

    def test_a_models_name_cannot_leave_its_place(self) -> None:
        for name in ("../../admin", "a?key=1", "a#b", "a/../../b", "//host/x", "a\r\nx: y"):
            try:
                wire = self._sent(stream=True, messages="Hello", model=name)
            except ConfigurationError:
                continue
            path = wire.url.removeprefix(NOWHERE)
            assert wire.url.startswith(NOWHERE)
            assert ".." not in path.split("/")
            assert "key=1" not in path.partition("?")[2]
            assert "#" not in path
            assert "\n" not in path

    def test_no_key_leaks(self) -> None:
        client = self._client()
        call = prepare(client, **self._call(stream=True))
        echo = b'{"error":{"message":"bad key %s","type":"auth"}}' % self.key.encode()
        played = play(call, [Reply((echo,), 401)])
        assert isinstance(played.error, AuthenticationError)
        wire = played.requests[0]
        shown = [played.error, vars(played.error), client, wire, played.error.args, call.context]
        for thing in shown:
            assert self.key not in f"{thing!r} {thing!s}"
        assert self.key not in wire.url
        assert self.key.encode() not in wire.body
        assert played.error.__cause__ is None or self.key not in repr(played.error.__cause__)

    def test_the_model_list_is_read(self) -> None:
        if self.models is None:
            import pytest

            pytest.skip("no page of the model list was recorded")
        body, ids = self.models
        client = self._client()
        call, route = client._listings(self.provider)[0]
        found: list[Model] = []
        played = play(list_models(call, route, found), [Reply((body,))])
        assert played.error is None
        assert tuple(model.id for model in found) == ids
        assert {model.provider for model in found} == {self.provider}

    # --- helpers ---------------------------------------------------------------------------------

    def _client(self, url: str = NOWHERE) -> Chimeric:
        return Chimeric(
            api_keys={self.provider: self.key},
            base_urls={self.provider: url},
            max_retries=0,
            plugins=[] if self.plugin is None else [self.plugin],
            **self.client_options,
        )

    def _call(self, **params: Any) -> dict[str, Any]:
        call = {"model": self.model, "messages": "Hello", "provider": self.provider}
        return {**call, **self.options, **params}

    def _capabilities(self) -> Any:
        return self._client().get_capabilities(self.provider)

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

    def _whole(self, body: bytes, recorded: Recorded | None) -> Played:
        call = prepare(self._client_once, **self._call(stream=False))
        return play(call, [self._reply(body, recorded)])

    @property
    def _client_once(self) -> Chimeric:
        client = self.__dict__.get("_kept")
        if client is None:
            client = self.__dict__["_kept"] = self._client()
        return client

    def _sent(self, **params: Any) -> WireRequest:
        """The request that a call makes; what it answers does not matter."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TranslationWarning)
            call = prepare(self._client_once, **self._call(**params))
            played = play(call, [Reply((), 500)])
        if not played.requests:
            assert played.error is not None
            raise played.error
        return played.requests[0]

    def _framing(self, recorded: Recorded) -> str:
        call = prepare(self._client_once, **self._call(stream=True))
        route = call.route(call.request)
        http = route.plugin.build_request(
            call.request.replace(model=route.model, options=route.config.options), route.config
        )
        return http.framing or route.config.declaration.framing

    def _events(self, recorded: Recorded) -> list[Event]:
        name = self._framing(recorded)
        route = prepare(self._client_once, **self._call()).route
        plugin = route(prepare(self._client_once, **self._call()).request).plugin
        factory = plugin.framings.get(name) or FRAMINGS[name]
        framer: Framer = factory(1 << 24)
        return [*framer.feed(recorded.body), *framer.end()]

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
        told = response.metadata
        for name in ("finish_reason_native", "id", "model"):
            value = getattr(recorded, name)
            if value is not None and (complete or name in told):
                assert told.get(name) == value, f"{what}: {name}"
        if recorded.usage is not None and complete:
            assert response.usage == recorded.usage, what

    def _same(self, one: Played, other: Played, what: str) -> None:
        assert other.error is None, f"{what}: {other.error!r}"
        assert [_told(c) for c in other.chunks] == [_told(c) for c in one.chunks], what

    def _judge_error(self, error: ChimericError | None, recorded: RecordedError) -> None:
        assert type(error) is recorded.error, repr(error)
        assert error is not None
        assert recorded.message in error.message
        assert error.provider == self.provider

    def _judge_request(self, wire: WireRequest) -> None:
        assert wire.url.startswith(NOWHERE), "the base URL is where it goes"
        assert isinstance(plain(wire.body), dict), "the body is a JSON object"
        assert self.key not in wire.url
        assert self.key.encode() not in wire.body
        assert self.model in wire.url or self.model.encode() in wire.body
        assert all(name == name.lower() for name in wire.headers)


def _bytewise(body: bytes) -> tuple[bytes, ...]:
    return tuple(body[i : i + 1] for i in range(len(body)))


def _told(chunk: StreamChunk) -> dict[str, Any]:
    """What a chunk says, without ids that are made up anew each time."""
    data = chunk.to_dict()
    for call in data.get("tool_calls", ()):
        call.pop("id")
    return data


def _texts(messages: Any) -> list[str]:
    """Texts of the callers' messages that must be found in the body as they are."""
    if isinstance(messages, str):
        return [messages]
    return [message.text for message in messages if message.role in ("user", "assistant")]


def _strings(value: Any) -> str:
    """All strings of plain data, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(_strings(item) for item in value.values())
    if isinstance(value, list):
        return "\n".join(_strings(item) for item in value)
    return ""
