"""Recorded answers: the same however they are cut or spelt, and never whole when they are not."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator

import msgspec

from chimeric import (
    ChimericError,
    Event,
    ProtocolError,
    StreamChunk,
    StreamInterruptedError,
)
from chimeric_testing.harness import Harness, bytewise, told
from chimeric_testing.play import (
    Reply,
    brings_natives,
    play,
    play_info,
    play_listing,
    prepare,
)
from chimeric_testing.recorded import Recorded, RecordedError, contradictions
from chimeric_testing.spellings import event_ends, own_spellings, spellings
from chimeric_testing.splitting import cut_alike, few, split_alike

__all__ = ["AnswerChecks"]


class AnswerChecks(Harness):
    """Streams, whole answers, lists of models."""

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
        places = range(1, len(stream.body), self._step(stream))
        for alike in split_alike(stream.body, self._new_framer(), places):
            for place in few(alike):
                pieces = (stream.body[:place], stream.body[place:])
                self._same(whole, self._stream(pieces, stream), f"split at byte {place}")
        single = tuple(stream.body[i : i + 1] for i in range(len(stream.body)))
        self._same(whole, self._stream(single, stream), "one byte at a time")

    def test_a_stream_is_the_same_in_every_spelling(self, stream: Recorded) -> None:
        framing = self.spelling or self._framing()
        bodies = [*self._spellings(stream, framing)]
        if not bodies:
            import pytest

            pytest.skip(f"the framing {framing} has one spelling, and no noise was recorded")
        for name, body in bodies:
            played = self._stream(body, stream)
            assert played.error is None, f"{name}: {played.error}"
            self._judge(played, stream, name)

    def test_a_framing_of_its_own_keeps_its_limit(self, stream: Recorded) -> None:
        """A larger event is an error as soon as it is too large; many small ones never are."""
        name = self._framing()
        make = self._plugin.framings.get(name)
        events = self._events(stream)
        most = max((len(event.data) for event in events), default=0)
        if make is None or most < 64 or not getattr(make(most), "keeps_limit", False):
            return
        for pieces in ((stream.body,), tuple(bytewise(stream.body))):
            framer = make(2 * most + 256)
            found = [event for piece in pieces for event in framer.feed(piece)] + framer.end()
            assert found == events, "events within the limit are lost"
            framer, refused = make(most // 2), False
            try:
                for piece in pieces:
                    framer.feed(piece)
                framer.end()
            except ProtocolError:
                refused = True
            assert refused, "an event above the limit is taken"

    def test_nothing_is_read_behind_an_event_above_the_limit(self, stream: Recorded) -> None:
        """What follows would be taken for the rest of the answer."""
        make = self._plugin.framings.get(self._framing())
        sizes = [len(event.data) for event in self._events(stream)]
        fits = [max(sizes[:n], default=0) for n in range(len(sizes))]
        large = next((n for n, size in enumerate(sizes) if 0 < 2 * fits[n] < size), None)
        if make is None or large is None or not getattr(make(64), "keeps_limit", False):
            return
        framer, found = make(fits[large]), list[Event]()
        with contextlib.suppress(ProtocolError):
            found += framer.feed(stream.body)
        assert len(found) <= large, "an event above the limit is taken"
        try:
            found = framer.feed(stream.body)
        except ProtocolError:
            return
        assert not found, "events behind one above the limit are taken"

    def test_a_cut_off_stream_is_an_error_that_keeps_what_came(self, stream: Recorded) -> None:
        body, places = stream.body, range(0, len(stream.body), self._step(stream))
        interrupted, ends = 0, event_ends(body, self._framer())
        for alike in cut_alike(body, self._new_framer(), places, self._is_data):
            noticed = [self._is_noticed(stream, place, ends) for place in few(alike)]
            interrupted += len(alike) if all(noticed) else 0
        assert interrupted > len(places) // 3, "most cuts must be noticed"

    def _is_noticed(self, stream: Recorded, place: int, ends: list[int]) -> bool:
        """Whether a stream that is cut off here is an error, which then keeps what came.

        It keeps the same of one read and of a read for each event, which stop at ``ends``.
        """
        played = self._stream(stream.body[:place], stream)
        stops = [0, *(end for end in ends if end < place), place]
        pieces = tuple(stream.body[a:b] for a, b in itertools.pairwise(stops))
        self._same_kept(played.error, self._stream(pieces, stream).error, f"cut at byte {place}")
        if played.error is None:
            # The finish reason was there, only the terminal signal was not.
            self._judge(played, stream, f"cut at byte {place}", complete=False)
            return False
        assert isinstance(played.error, StreamInterruptedError), f"byte {place}: {played.error}"
        partial = played.error.partial
        assert partial is not None
        assert stream.text.startswith(partial.content), f"cut at byte {place}"
        assert partial.finish_reason is None
        for call in partial.tool_calls:
            assert (call.name, call.arguments) in [(n, a) for _, n, a in stream.tool_calls]
        return True

    def test_what_follows_the_terminal_signal_changes_nothing(self, stream: Recorded) -> None:
        whole = self._stream(stream.body, stream)
        twice = self._stream((stream.body, stream.body), stream)
        self._same(whole, twice, "the same bytes twice")

    def test_an_error_in_a_stream_is_raised_with_what_came(
        self, stream_error: RecordedError
    ) -> None:
        whole = self._stream(stream_error.body, stream_error)
        for body in (stream_error.body, bytewise(stream_error.body)):
            played = self._stream(body, stream_error)
            self._same_kept(whole.error, played.error, "one byte at a time")
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

    def test_sync_and_async_callers_keep_the_same_of_a_cut_off_stream(
        self, stream: Recorded
    ) -> None:
        ends = event_ends(stream.body, self._framer())
        body = stream.body[: ends[len(ends) // 2]]
        errors = [self._stream(body, stream).error]
        with self._served([*bytewise(body)], stream) as server, self._client(server.url) as client:
            call = self._call(stream=True)

            async def run() -> None:
                async with self._client(server.url) as other:
                    async for _ in await other.agenerate(**call):
                        pass

            for read in (lambda: client.generate(**call).collect(), lambda: asyncio.run(run())):
                try:
                    read()
                except ChimericError as error:
                    errors.append(error)
                else:
                    errors.append(None)
        for caught, way in zip(errors[1:], ("sync", "async"), strict=True):
            self._same_kept(errors[0], caught, way)

    def test_native_gives_one_sound_struct_for_every_wire_event(self, stream: Recorded) -> None:
        client = self._client()
        call = prepare(client, **self._call(stream=True, native=True))
        played = play(call, [self._reply(stream.body, stream)])
        assert played.error is None
        if not self._has_natives:
            return  # nobody says what the payload is
        natives = [c.native for c in played.chunks if c.raw and self._is_data(c.raw)]
        events = [e for e in self._events(stream) if self.decode_event(e.data) is not None]
        structs = [n for n in natives if n is not None]
        assert len(structs) == len(events), "one struct for each event"
        for native, event in zip(structs, events, strict=True):
            assert contradictions(msgspec.to_builtins(native), self.decode_event(event.data)) == []

    # --- whole answers ---------------------------------------------------------------------------

    def test_an_answer_says_what_was_recorded(self, answer: Recorded) -> None:
        played = self._whole(answer.body, answer)
        self._judge(played, answer)
        assert played.response is not None
        if not self._has_natives or not self._is_data(answer.body):
            return
        native = played.response.native
        assert native is not None
        assert contradictions(msgspec.to_builtins(native), self.decode_event(answer.body)) == []

    def test_a_cut_off_answer_is_an_error(self, answer: Recorded) -> None:
        for place in range(0, len(answer.body.rstrip()) - 1, max(3, self._step(answer))):
            error = self._whole(answer.body[:place], answer).error
            assert error is not None, f"cut at byte {place}"
            assert error.kind in ("incomplete", "protocol"), f"cut at byte {place}: {error!r}"

    def test_what_is_no_answer_is_an_error(self) -> None:
        for body in (b"", b"<html>busy</html>", b"null", b"[]", b'"text"', b"{", b"\xff\xfe"):
            played = self._whole(body, None)
            assert played.error is not None, f"{body!r} was taken for an answer"
            assert isinstance(played.error, ChimericError)

    def test_the_model_list_is_read(self) -> None:
        if self.models is None:
            import pytest

            pytest.skip("no page of the model list was recorded")
        body, ids = self.models
        played, found = play_listing(self._client(), self.provider, [Reply((body,))])
        assert played.error is None
        assert len(played.requests) == 1
        assert played.requests[0].method == "GET" or played.requests[0].body
        assert self.key.encode() not in played.requests[0].body
        assert tuple(model.id for model in found) == ids
        assert {model.provider for model in found} == {self.provider}

    def test_a_model_of_the_list_is_found_where_it_alone_cannot_be_asked_for(self) -> None:
        if self.models is None:
            import pytest

            pytest.skip("no page of the model list was recorded")
        body, ids = self.models
        replies = [Reply((body,))]
        if self._plugin.get_model is not None:
            replies.insert(0, Reply((b"{}",), status=404))
        client = self._client()
        played, info = play_info(client, f"{self.provider}:{ids[0]}", replies)
        assert played.error is None
        for request in played.requests:
            assert self.key.encode() not in request.body
        assert info is not None
        assert (info.id, info.provider) == (ids[0], self.provider)
        _, found = play_listing(client, self.provider, [Reply((body,))])
        if played.requests:  # else the service tells of no model
            assert info.native == found[0].native

    @property
    def _has_natives(self) -> bool:
        """Whether events are JSON, or the provider has structs for them."""
        return self.tells_json or brings_natives(self._plugin)

    def _is_data(self, raw: bytes) -> bool:
        return self.decode_event(raw) is not None

    def _spellings(self, stream: Recorded, framing: str) -> Iterator[tuple[str, bytes]]:
        if framing in ("sse", "ndjson"):
            return spellings(stream.body, framing, self.noise, self._with_unknown_fields)
        return own_spellings(
            stream.body, self._framer, self.noise, self._with_unknown_fields, self.frame_event
        )
