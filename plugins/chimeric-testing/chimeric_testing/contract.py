"""The provider contract as a test suite: recorded bytes in, every promise checked.

A provider that passes it streams the same answer however the bytes are cut or spelt, never takes
a cut-off stream for a whole one, gives sync and async callers the same, and leaks no key.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import (
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ModelNotSupportedError,
    ProviderError,
    StreamChunk,
    StreamInterruptedError,
)

from .conversations import CONVERSATIONS
from .harness import NOWHERE, Harness, bytewise, strings, texts, told
from .play import Reply, play, play_listing, prepare
from .recorded import Recorded, RecordedError, contradictions, plain, spellings

__all__ = ["ProviderContract"]


class ProviderContract(Harness):
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
        spelling: ``sse`` or ``ndjson`` for a framing of your own that is spelt like one of these.
        refuses: conversations that cannot be sent although the provider declares what they
            need, by name, each with the reason.
        exempt: checks that cannot hold, by name of the test, each with the reason.

    Example:
        .. code-block:: python

            class TestAcme(ProviderContract):
                provider = "acme"
                streams = {"text": Recorded(body=STORY, text="Once", finish_reason="stop")}
                answers = {"text": Recorded(body=REPLY, text="Once")}
    """

    # --- how pytest runs it ----------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each check once for everything that was recorded for it."""
        if not hasattr(type(self), "provider"):
            return
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

    def setup_method(self, method: Any) -> None:
        """Skip what is exempt."""
        reason = self.exempt.get(method.__name__)
        if reason is not None:
            import pytest

            pytest.skip(reason)

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
        framing = self.spelling or self._framing(stream)
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
        for body in (stream_error.body, bytewise(stream_error.body)):
            played = self._stream(body, stream_error)
            self._judge_error(played.error, stream_error)
            assert played.error is not None
            assert played.error.partial is not None
            assert played.error.partial.content == stream_error.text
            assert len(played.requests) == 1

    def test_sync_and_async_callers_get_the_same_chunks(self, stream: Recorded) -> None:
        pieces = [stream.body[i : i + 7] for i in range(0, len(stream.body), 7)]
        with self._served(pieces, stream) as server, self._client(server.url) as client:
            sync = list(client.generate(stream=True, **self._call()))

            async def run() -> list[StreamChunk]:
                async with self._client(server.url) as other:
                    return [c async for c in await other.agenerate(stream=True, **self._call())]

            asynchronous = asyncio.run(run())
        assert [told(c) for c in asynchronous] == [told(c) for c in sync]
        assert sync[-1].content == stream.text

    def test_native_gives_one_sound_struct_for_every_wire_event(self, stream: Recorded) -> None:
        client = self._client()
        call = prepare(client, **self._call(stream=True, native=True))
        played = play(call, [self._reply(stream.body, stream)])
        assert played.error is None
        natives = [c.native for c in played.chunks if c.raw]
        events = [e for e in self._events(stream) if plain(e.data) is not None]
        structs = [n for n in natives if n is not None]
        assert len(structs) == len(events), "one struct for each event"
        for native, event in zip(structs, events, strict=True):
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
                self._judge_refusal(name, refusal)
                continue
            self._judge_request(wire)
            for text in texts(conversation["messages"]):
                assert text in strings(plain(wire.body)), f"{text!r} was not sent"
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
            assert stream.text in strings(plain(wire.body))

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
        played, found = play_listing(self._client(), self.provider, [Reply((body,))])
        assert played.error is None
        assert tuple(model.id for model in found) == ids
        assert {model.provider for model in found} == {self.provider}
