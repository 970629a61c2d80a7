"""What comes of answers with something odd in them stays as it was approved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from chimeric import ChimericError, Event, Message
from chimeric_testing.approved import Approved
from chimeric_testing.asked import Asked
from chimeric_testing.complete import (
    begun,
    complete,
    described,
    preceded,
    told_again,
    untyped,
)
from chimeric_testing.declared import declared
from chimeric_testing.leaves import leaves
from chimeric_testing.play import Reply, play, play_count, play_listing, prepare
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
from .marks import LONG, ODD, Marked, digest, error_mark, mark

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


class SpoiltChecks(Marked):
    """Odd answers. Of each only a mark of what came of it is kept."""

    def test_what_comes_of_odd_answers_is_as_it_was_approved(self) -> None:
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        approved = Approved(self.approved)
        seen: set[str] = set()
        for name, one in self.streams.items():
            approved.check(f"odd streams, {name}", self._odd_streams(one, seen))
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
            found[name] = digest(marks)
        Approved(self.approved).check("odd calls", found)

    # --- what comes of it ------------------------------------------------------------------------

    def _odd_streams(self, recorded: Recorded, seen: set[str]) -> dict[str, str]:
        events = self._events(recorded)
        others = [value for e in events if (value := self.decode_event(e.data)) is not None]
        found: dict[str, str] = {}
        marked: dict[bytes, str] = {}
        end = self._end(recorded)
        structs = self._structs(recorded, len(others))
        for place, event in enumerate(events):
            before, after = events[:place], events[place + 1 :]
            after = [*after[:NEXT], *after[-NEXT:]] if len(after) > 2 * NEXT else after
            marks: list[str] = []
            odds = [*self._changed(event, recorded, seen, others, end)]
            if (value := self.decode_event(event.data)) is not None:
                more = [*declared(value, next(structs, None), seen)]
                if not place:
                    more += begun(value, self._wholes)
                odds += [(n, [Event(self.encode_event(odd), event.name)]) for n, odd in more]
            for name, changed in odds:
                outcome = self._stream_mark([*before, *changed, *after], recorded, marked)
                if outcome is None:
                    return {}
                marks.append(f"{name} {outcome}")
            found[f"event {place}"] = digest(marks)
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
        odds += [*complete(value, self._wholes), *preceded(value), *untyped(value)]
        for name, odd in odds:
            yield name, [Event(self.encode_event(odd), event.name)]
        for name, pair in (*grown(value, end, seen), *told_again(value, end, seen)):
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

    @property
    def _wholes(self) -> dict[str, Any]:
        return {name: self.decode_event(one.body) for name, one in self.answers.items()}

    def _structs(self, recorded: Recorded, number: int) -> Iterator[Any]:
        """What the provider decodes each event into; nothing where they are not as many."""
        call = prepare(self._client_once, **self._call(stream=True, native=True))
        chunks = play(call, [self._reply(recorded.body, recorded)]).chunks
        natives = [c.native for c in chunks if c.raw and self.decode_event(c.raw) is not None]
        return iter(natives if len(natives) == number else ())

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
                marks.append(f"{what} {mark(played, body)}")
            events = self._read_events(body)
            for place, event in enumerate(events):
                value = self.decode_event(event.data)
                odd = [(what, (one,)) for what, one in with_state(value, seen)]
                for what, odds in [*odd, *grown(value, None, seen)]:
                    changed = [Event(self.encode_event(one), event.name) for one in odds]
                    made = self._framed([*events[:place], *changed, *events[place + 1 :]])
                    if made is not None:
                        marks.append(f"{what} {mark(self._stream(made, ODD), body)}")
            if marks:
                found[name] = digest(marks)
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
        whole = self._whole(recorded.body, recorded).response
        odd += declared(value, None if whole is None else whole.native, seen)
        odd += [pair for word in _ends(recorded, value) for pair in with_word(value, word)]
        marks: list[str] = []
        sent: set[str] = set()
        for name, one in odd:
            played = self._whole(self.encode_event(one), recorded)
            outcome = mark(played, recorded.body)
            marks.append(f"{name} {outcome}")
            if played.response is not None and outcome not in sent:
                sent.add(outcome)
                said = [*played.response.messages]
                marks.append(_told_again(self._ask(**gone_on(said)), said, recorded.body))
        return digest(marks)

    def _odd_errors(self, body: bytes) -> str:
        value = self.decode_event(body)
        if value is None:
            return ""
        marks: list[str] = []
        for name, odd in [*spoilt(value, MOST), *with_member(value)]:
            call = prepare(self._client_once, **self._call())
            played = play(call, [Reply((self.encode_event(odd),), 418)])
            marks.append(f"{name} {mark(played, body)}")
        return digest(marks)

    def _odd_counts(self, body: bytes) -> str:
        marks: list[str] = []
        value = self.decode_event(body)
        for name, odd in [*spoilt(value, MOST), *with_member(value)]:
            replies = [Reply((self.encode_event(odd),))]
            played, number = play_count(self._client_once, replies, **self._call())
            marks.append(f"{name} {number} {error_mark(played.error)}")
        return digest(marks)

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
            marks.append(f"{name} {urls} {told} {error_mark(played.error)}")
        return digest(marks)


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
