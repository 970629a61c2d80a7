"""A stream that was cut is joined again behind its last event, and each event counts once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from chimeric import Context, Continuation, Event, StreamInterruptedError, hookimpl
from chimeric_testing.approved import Approved
from chimeric_testing.harness import NOWHERE, Harness
from chimeric_testing.play import Reply, play, prepare
from chimeric_testing.recorded import Recorded
from chimeric_testing.spoiling import bereft

__all__ = ["JoinedChecks"]

BACK: Final = (0, 2)
"""The rest begins behind the last event, or so many events earlier; then the call's arguments
stand in ``extra_body``."""

ASKED: Final = 3
"""How often a rest is asked for at most."""


class _GoesOn:
    """A plugin that asks for the rest, where the provider has a request for it."""

    @hookimpl
    def chimeric_recover(self, context: Context) -> Continuation | None:
        asked = context.state.get("asked", 0)
        rest = context.rest() if asked < ASKED else None
        context.state["asked"] = asked + 1
        return None if rest is None else Continuation(rest)


class JoinedChecks(Harness):
    """Streams whose server goes on without its reader."""

    def test_a_stream_that_was_cut_is_joined_again(self) -> None:
        recorded = self.joined
        if recorded is None:
            import pytest

            pytest.skip("no stream was recorded that can be joined again")
        events = self._events(recorded)
        asked: dict[str, Any] = {}
        with self._client_alone(plugins=[_GoesOn()]) as client:
            for place in range(1, len(events)):
                for back in BACK:
                    pieces = events[:place], events[max(place - back, 0) :]
                    bodies = [self._framed(piece) or b"" for piece in pieces]
                    replies = [Reply((body,), headers=recorded.headers) for body in bodies]
                    given = {"extra_body": self.joined_call} if back else self.joined_call
                    call = prepare(client, **self._call(stream=True, **given))
                    played = play(call, replies)
                    what = f"cut behind event {place}, {back} earlier"
                    if len(played.requests) > 1 or played.error is None:
                        self._judge(played, recorded, what)
                    else:
                        assert isinstance(played.error, StreamInterruptedError), what
                    sent = played.requests[1:]
                    asked[what] = [f"{r.method} {r.url.removeprefix(NOWHERE)}" for r in sent]
            for what, body in self._without_members(recorded):
                call = prepare(client, **self._call(stream=True, **self.joined_call))
                refused = [Reply((b"",), 500)] * (ASKED + 1)
                replies = [Reply((body,), headers=recorded.headers), *refused]
                played = play(call, replies)
                urls = [f"{r.method} {r.url.removeprefix(NOWHERE)}" for r in played.requests[1:]]
                asked[what] = [*urls, type(played.error).__name__]
        assert any(asked.values()), "no cut stream was joined again"
        if self.approved is not None:
            Approved(self.approved).check("requests for the rest", asked)

    def _without_members(self, recorded: Recorded) -> Iterator[tuple[str, bytes]]:
        """The stream up to one event that lacks a member, and with such a one further up."""
        events = self._events(recorded)
        for place, event in enumerate(events):
            for name, odd in bereft(self.decode_event(event.data)):
                changed = Event(self.encode_event(odd), event.name)
                for after in (0, 1):
                    body = self._framed([*events[:place], changed, *events[place + 1 :][:after]])
                    if body is not None:
                        yield f"event {place}, {after} after it, {name}", body
