"""What comes of answers with something odd in them stays as it was approved."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from chimeric import ChimericError, Event, Message
from chimeric_testing.approved import Approved
from chimeric_testing.asked import Asked
from chimeric_testing.complete import complete, described, preceded, untyped
from chimeric_testing.harness import Harness, told
from chimeric_testing.leaves import leaves
from chimeric_testing.play import Played, Reply, play, play_count, play_listing, prepare
from chimeric_testing.recorded import Recorded, is_array, is_object
from chimeric_testing.spoiling import (
    BESIDE,
    CURSORS,
    MEMBERS,
    bereft,
    blanked,
    crossed,
    everywhere,
    grown,
    merged,
    named_by_type,
    rearranged,
    retyped,
    shape,
    spoilt,
    with_member,
    with_state,
    with_word,
)

from .calls import CALLS
from .endings import gone_on

__all__ = ["SpoiltChecks"]

MOST: Final = 60
"""So many changes of one event are tried."""

NEXT: Final = 2
"""So many events are played behind one that was changed, and so many of the end."""

SPOILT_CALLS: Final = 40
"""So many changes of what one call says are tried."""

CROSSED: Final = 20
"""So many words of other events are tried in one."""

MERGED: Final = 8
"""So many times are the members of two events put into one."""


ODD: Final = Recorded(body=b"")
"""No headers, nothing expected."""

LONG: Final = 1000
"""Four characters so many times are more than a message tells."""


class SpoiltChecks(Harness):
    """Odd answers. Of each only a mark of what came of it is kept."""

    def test_what_comes_of_odd_answers_is_as_it_was_approved(self) -> None:
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        approved = Approved(self.approved)
        seen: set[str] = set()
        streams = {name: self._odd_streams(one, seen) for name, one in self.streams.items()}
        approved.check("odd streams", streams)
        told = {name: self._odd_orders(one) for name, one in self.streams.items()}
        approved.check("odd orders", told)
        seen = set()
        answers = {name: self._odd_answers(one, seen) for name, one in self.answers.items()}
        approved.check("odd answers", answers)
        bodies = {n: error.body for n, error in {**self.stream_errors, **self.errors}.items()}
        approved.check("odd errors", {n: self._odd_errors(body) for n, body in bodies.items()})
        approved.check("odd words", self._odd_words())
        if self.count is not None:
            approved.check("odd counts", {"count": self._odd_counts(self.count)})
        if self.models is not None:
            approved.check("odd lists", {"models": self._odd_models(*self.models)})

    def test_what_is_made_of_odd_calls_is_as_it_was_approved(self) -> None:
        """Calls in dicts: one thing left out, odd, or beside them as in some service's form."""
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        seen: set[str] = set()
        found: dict[str, str] = {}
        for name, call in {**CALLS, **self.calls}.items():
            said = {key: value for key, value in call.items() if _is_plain(value)}
            if not any(map(_is_nested, said.values())) or (like := shape(said)) in seen:
                continue
            seen.add(like)
            odds = [*spoilt(said, SPOILT_CALLS)]
            odds += [(more, {k: everywhere(v, more) for k, v in said.items()}) for more in MEMBERS]
            marks: list[str] = []
            for what, odd in odds:
                if is_object(odd) and "messages" in {**call, **odd}:
                    with contextlib.suppress(TypeError):  # what no caller can say
                        marks.append(f"{what} {_asked(self._ask(**{**call, **odd}))}")
            found[name] = _digest(marks)
        Approved(self.approved).check("odd calls", found)

    # --- what comes of it ------------------------------------------------------------------------

    def _odd_streams(self, recorded: Recorded, seen: set[str]) -> dict[str, str]:
        events = self._events(recorded)
        others = [value for e in events if (value := self.decode_event(e.data)) is not None]
        found: dict[str, str] = {}
        marked: dict[bytes, str] = {}
        end = self._end(recorded)
        for place, event in enumerate(events):
            before, after = events[:place], events[place + 1 :]
            after = [*after[:NEXT], *after[-NEXT:]] if len(after) > 2 * NEXT else after
            marks: list[str] = []
            for name, changed in self._changed(event, recorded, seen, others, end):
                mark = self._stream_mark([*before, *changed, *after], recorded, marked)
                if mark is None:
                    return {}
                marks.append(f"{name} {mark}")
            found[f"event {place}"] = _digest(marks)
        return found

    def _stream_mark(
        self, events: list[Event], recorded: Recorded, marked: dict[bytes, str]
    ) -> str | None:
        """What comes of a stream of these events; the same bytes are played once."""
        body = self._framed(events)
        if body is not None and body not in marked:
            marked[body] = _mark(self._stream(body, recorded), recorded.body)
        return None if body is None else marked[body]

    def _odd_orders(self, recorded: Recorded) -> dict[str, str]:
        """Events that come again, later than they should, or not at all up to one of them."""
        events = self._events(recorded)
        told = (recorded.id or "").encode()
        other = [Event(e.data.replace(told, b"zother"), e.name) for e in events] if told else []
        found: dict[str, str] = {}
        marked: dict[bytes, str] = {}
        for place, event in enumerate(events):
            after = events[place + 1 :]
            odd = {
                "from here on": events[place:],
                "again from the start": [*events[:place], *events],
                "after the next": [*events[:place], *after[:1], event, *after[1:]],
                "the last two again": [*events[: place + 1], *events[max(place - 1, 0) :]],
                "up to here": events[: place + 1],
                "from here to the end": [*events[: place + 1], *events[-NEXT:]],
                "another answer after it": [*events[: place + 1], *other],
            }
            marks: list[str] = []
            for name, changed in odd.items():
                mark = self._stream_mark(changed, recorded, marked)
                if mark is None:
                    return {}
                marks.append(f"{name} {mark}")
            found[f"event {place}"] = _digest(marks)
        return found

    def _changed(
        self,
        event: Event,
        recorded: Recorded,
        seen: set[str],
        others: list[Any],
        end: str | None,
    ) -> Iterator[tuple[str, list[Event]]]:
        yield "left out", []
        yield "twice", [event, event]
        value = self.decode_event(event.data)
        if value is None or (like := f"{event.name} {shape(value)}") in seen:
            return
        if not seen:
            for name, odd in with_member(value):
                yield name, [Event(self.encode_event(odd), event.name)]
                yield f"{name}, named error", [Event(self.encode_event(odd), "error")]
        elif is_object(value):
            for member in BESIDE:
                odd = self.encode_event({**value, **member})
                yield f"{member} beside it", [Event(odd, event.name)]
        seen.add(like)
        yield "another protocol's end before it", [Event(b"[DONE]"), event]
        yield "another protocol's end", [Event(b"[DONE]")]
        yield "without its name", [Event(event.data)]
        yield "named error", [Event(event.data, "error")]
        if is_object(value) and "type" in value:
            bare = {name: item for name, item in value.items() if name != "type"}
            yield "without its name and type", [Event(self.encode_event(bare))]
        for data in (b"zodd", b" ", b"{}", b"null", b"zodd" * LONG):
            yield f"an error of {data[:9]!r}", [Event(data, "error")]
        odds = [*spoilt(value, MOST), *crossed(value, others, CROSSED), *retyped(value, seen)]
        odds += [*merged(value, others, MERGED), *with_state(value, seen)]
        wholes = {name: self.decode_event(one.body) for name, one in self.answers.items()}
        odds += [*complete(value, wholes), *preceded(value), *untyped(value)]
        for name, odd in odds:
            yield name, [Event(self.encode_event(odd), event.name)]
        for name, pair in grown(value, end, seen):
            yield name, [Event(self.encode_event(odd), event.name) for odd in pair]
        if (named := named_by_type(value)) != value:
            odd = Event(self.encode_event(named), event.name)
            yield "members of their types' names", [odd]
            yield "members of their types' names, told after it", [event, odd]
        if "words" not in seen:
            for word in _ends(recorded, value):
                seen.add("words")
                for name, odd in with_word(value, word):
                    yield name, [Event(self.encode_event(odd), event.name)]

    def _end(self, recorded: Recorded) -> str | None:
        """The provider's own word for the end of a stream."""
        response = self._stream(recorded.body, recorded).response
        return None if response is None else response.metadata.get("finish_reason_native")

    def _odd_words(self) -> dict[str, str]:
        """Oddities in which things went otherwise, or lists grow."""
        found: dict[str, str] = {}
        seen: set[str] = set()
        for name, body in self.oddities.items():
            marks: list[str] = []
            for what, whole in with_state(self.decode_event(body), seen):
                played = self._whole(self.encode_event(whole), ODD)
                marks.append(f"{what} {_mark(played, body)}")
            events = self._read_events(body)
            for place, event in enumerate(events):
                value = self.decode_event(event.data)
                odd = [(what, (one,)) for what, one in with_state(value, seen)]
                for what, odds in [*odd, *grown(value, None, seen)]:
                    changed = [Event(self.encode_event(one), event.name) for one in odds]
                    made = self._framed([*events[:place], *changed, *events[place + 1 :]])
                    if made is not None:
                        marks.append(f"{what} {_mark(self._stream(made, ODD), body)}")
            if marks:
                found[name] = _digest(marks)
        return found

    def _read_events(self, body: bytes) -> list[Event]:
        """The events of an oddity; none of what is no stream."""
        framer = self._framer()
        with contextlib.suppress(ChimericError):
            return [*framer.feed(body), *framer.end()]
        return []

    def _odd_answers(self, recorded: Recorded, seen: set[str]) -> str:
        """What comes of each, and what is sent when the conversation goes on after it."""
        value = self.decode_event(recorded.body)
        odd = [*spoilt(value, MOST), *bereft(value), *blanked(value), *rearranged(value)]
        odd += untyped(value)
        odd += [*with_member(value), *retyped(value, seen)]
        odd += [pair for word in _ends(recorded, value) for pair in with_word(value, word)]
        marks: list[str] = []
        sent: set[str] = set()
        for name, one in odd:
            played = self._whole(self.encode_event(one), recorded)
            mark = _mark(played, recorded.body)
            marks.append(f"{name} {mark}")
            if played.response is not None and mark not in sent:
                sent.add(mark)
                said = [*played.response.messages]
                marks.append(_told_again(self._ask(**gone_on(said)), said, recorded.body))
        return _digest(marks)

    def _odd_errors(self, body: bytes) -> str:
        value = self.decode_event(body)
        if value is None:
            return ""
        marks: list[str] = []
        for name, odd in [*spoilt(value, MOST), *with_member(value)]:
            call = prepare(self._client_once, **self._call())
            played = play(call, [Reply((self.encode_event(odd),), 418)])
            marks.append(f"{name} {_mark(played, body)}")
        return _digest(marks)

    def _odd_counts(self, body: bytes) -> str:
        marks: list[str] = []
        value = self.decode_event(body)
        for name, odd in [*spoilt(value, MOST), *with_member(value)]:
            replies = [Reply((self.encode_event(odd),))]
            played, number = play_count(self._client_once, replies, **self._call())
            marks.append(f"{name} {number} {_error(played.error)}")
        return _digest(marks)

    def _odd_models(self, body: bytes, ids: tuple[str, ...]) -> str:
        marks: list[str] = []
        page = self.decode_event(body)
        more = [{**page, **cursor} for cursor in CURSORS] if is_object(page) else []
        odds = [*spoilt(page, MOST), *((f"page {n}", odd) for n, odd in enumerate(more))]
        odds += described(page, ids)
        for name, odd in odds:
            empty: list[Any] = [{}, {}, {}]
            pages = [Reply((self.encode_event(one),)) for one in (odd, *empty)]
            played, found = play_listing(self._client_once, self.provider, pages)
            urls = [request.url for request in played.requests]
            told = msgspec.to_builtins(found, order="deterministic")  # sets have no order
            marks.append(f"{name} {urls} {told} {_error(played.error)}")
        return _digest(marks)


def _is_plain(value: Any) -> bool:
    """Whether a caller's value is as JSON has it."""
    if is_object(value):
        return all(map(_is_plain, value.values()))
    if is_array(value):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float))


def _told_again(asked: Asked, said: list[Message], body: bytes) -> str:
    """What is sent; ids that are made up anew are left out."""
    text = _asked(asked)
    ids = [call.id for message in said for call in message.tool_calls]
    for number, made in enumerate(ids):
        if made and made.encode() not in body:
            text = text.replace(made, f"<made {number}>")
    return text


def _is_nested(value: Any) -> bool:
    return (is_object(value) or is_array(value)) and bool(value)


def _asked(asked: Asked) -> str:
    """What is sent and told; of a refusal its class alone."""
    if asked.refusal is not None:
        return type(asked.refusal).__name__
    return f"{asked.path} {msgspec.json.encode([asked.body, asked.told], enc_hook=str).decode()}"


def _ends(recorded: Recorded, value: Any) -> list[str]:
    """The provider's own word for the end, where this event tells it."""
    word = recorded.finish_reason_native
    return [] if word is None or all(leaf.value != word for leaf in leaves(value)) else [word]


def _mark(played: Played, body: bytes) -> str:
    """What came of it, and what would be sent back; ids that are made up anew are left out."""
    chunks = [told(chunk) for chunk in played.chunks]
    response = played.response
    ended: Any = None
    if response is not None and played.error is None:
        calls = [(call.name, call.arguments) for call in response.tool_calls]
        ended = (response.content, response.reasoning, response.finish_reason, calls)
        kept = [(message.state, message.refusal) for message in response.messages]
        ended = (*ended, response.usage, response.metadata, response.parts, kept)
    text = msgspec.json.encode([chunks, ended], enc_hook=str).decode()
    for number, call in enumerate(response.tool_calls if response is not None else ()):
        if call.id and call.id.encode() not in body:
            text = text.replace(call.id, f"<made {number}>")
    return f"{text} {_error(played.error)}"


def _error(error: ChimericError | None) -> str:
    """Its class and what the provider told in it; its wording may change."""
    names = ("code", "type", "status_code", "retry_after", "retryable")
    fields = [getattr(error, name, None) for name in names]
    text = str(error)
    said = "zfault" in text, "zin" in text, "zodd" in text, len(text) > 3 * LONG
    return f"{type(error).__name__} {fields} {said}"


def _digest(marks: Any) -> str:
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]
