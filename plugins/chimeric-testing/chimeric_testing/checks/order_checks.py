"""What comes of events in other orders stays as it was approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimeric import Event
from chimeric_testing.approved import Approved
from chimeric_testing.orders import moved, renamed, reordered, runs, types_in, whole
from chimeric_testing.recorded import Recorded

from .marks import Marked, digest

__all__ = ["OrderChecks"]


class OrderChecks(Marked):
    """Events that come again, later than they should, or not at all. Marks of it are kept."""

    def test_what_comes_of_other_orders_is_as_it_was_approved(self) -> None:
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        approved = Approved(self.approved)
        events = {name: self._odd_orders(one) for name, one in self.streams.items()}
        approved.check("odd orders", events)
        blocks = {name: self._odd_blocks(one) for name, one in self.streams.items()}
        approved.check("odd blocks", {name: found for name, found in blocks.items() if found})
        words = {name: self._odd_words_everywhere(one) for name, one in self.streams.items()}
        approved.check("odd types everywhere", {n: found for n, found in words.items() if found})

    def _odd_orders(self, recorded: Recorded) -> dict[str, str]:
        """Each event again, later than it should, or not at all up to one of them."""
        events = self._events(recorded)
        told = (recorded.id or "").encode()
        other = [Event(e.data.replace(told, b"zother"), e.name) for e in events] if told else []
        marked: dict[bytes, str] = {}
        found = {
            f"event {place}": self._marks(reordered(events, place, other), recorded, marked)
            for place in range(len(events))
        }
        return {name: mark for name, mark in found.items() if mark}

    def _odd_blocks(self, recorded: Recorded) -> dict[str, str]:
        """Each numbered block again, left out, behind the next one or among it."""
        events = self._events(recorded)
        blocks = runs([self.decode_event(event.data) for event in events])
        marked: dict[bytes, str] = {}
        found: dict[str, str] = {}
        for place, (run, following) in enumerate(zip(blocks, [*blocks[1:], range(0)], strict=True)):
            odd = [*moved(events, run, following), *self._whole_blocks(events, run)]
            found[f"block {place}"] = self._marks(odd, recorded, marked)
        return {name: mark for name, mark in found.items() if mark}

    def _odd_words_everywhere(self, recorded: Recorded) -> dict[str, str]:
        """Each type of a block, or of what is added to one, is a word of the future throughout."""
        events = self._events(recorded)
        values = [self.decode_event(event.data) for event in events]
        marked: dict[bytes, str] = {}
        found: dict[str, str] = {}
        for word in dict.fromkeys(w for value in values for w in types_in(value)):
            changed = [
                event
                if value is None
                else Event(self.encode_event(renamed(value, word)), event.name)
                for event, value in zip(events, values, strict=True)
            ]
            found[word] = self._marks([(word, changed)], recorded, marked)
        return {word: mark for word, mark in found.items() if mark}

    def _whole_blocks(self, events: list[Event], run: range) -> Iterator[tuple[str, list[Event]]]:
        """All of a block with its first event; then it ends, or nothing more of it comes."""
        answers = [self.decode_event(answer.body) for answer in self.answers.values()]
        first, *rest = events[run.start : run.stop]
        before, after = events[: run.start], events[run.stop :]
        for name, odd in whole(self.decode_event(first.data), answers):
            event = Event(self.encode_event(odd), first.name)
            yield name, [*before, event, *rest[-1:], *after]
            yield f"{name}, with no end", [*before, event, *after]

    def _marks(
        self,
        odd: Iterable[tuple[str, list[Event]]],
        recorded: Recorded,
        marked: dict[bytes, str],
    ) -> str:
        """One mark of all of them; "" in a framing whose frames nobody tells."""
        told = [(name, self._stream_mark(events, recorded, marked)) for name, events in odd]
        return "" if None in dict(told).values() else digest(f"{n} {mark}" for n, mark in told)
