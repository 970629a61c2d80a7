"""Answers that are one document: those that are not streamed, and those that should have been."""

from __future__ import annotations

import msgspec

from chimeric.errors import ProtocolError, StreamInterruptedError
from chimeric.exchange.attempt import Attempt, emitted
from chimeric.exchange.effects import Flow
from chimeric.values.deltas import Event
from chimeric.values.transport import Framer

__all__ = ["document", "parse_whole"]


def document(attempt: Attempt, first: bytes, framer: Framer) -> Flow:
    """Read the document that came instead of an event stream."""
    body = b"".join(attempt.body.pieces(first))
    body += yield from attempt.body.whole()
    events: list[Event] = []
    if attempt.framing == "sse" and not _is_json(body):
        # An error as the first line, without a field's name, and the events that follow it.
        events = [*framer.feed(body), *framer.end()]
    if len(events) < 2:
        yield from parse_whole(attempt, body)
        return
    yield from emitted(attempt.call, attempt.pipeline.chunks(events))
    yield from attempt.end()


def parse_whole(attempt: Attempt, body: bytes) -> Flow:
    """Give out the chunks of a whole answer, also where it came as an event stream."""
    response, plugin = attempt.response(body), attempt.route.plugin
    if not body.strip():
        raise StreamInterruptedError("the provider answered with an empty body")
    if body.lstrip()[:1] == b"<":
        raise ProtocolError(
            "the server answered with an HTML page instead of an API reply; "
            "check the base URL and any proxy in between",
            raw=body,
        )
    if body.lstrip()[:1] in b"de:ir":  # no JSON, but a field or a comment of an event stream
        framer = attempt.framer()
        events = [*framer.feed(body), *framer.end()]
        yield from emitted(attempt.call, attempt.pipeline.chunks(events))
        return (yield from attempt.end())
    hook = "chimeric_parse_response"
    delta = plugin.parsed(hook, body, plugin.parse_response, response, attempt.state)
    if attempt.turn.deltas is not None:
        from chimeric.exchange.hooks.finishing import keep

        keep(attempt.turn.deltas, delta)
    attempt.call.answer.last_event = Event(body)
    attempt.call.answer.native = lambda event: plugin.native(event, None)
    attempt.first_content_came()
    yield from emitted(attempt.call, attempt.pipeline.whole(delta, body))
    yield from attempt.end()


def _is_json(body: bytes) -> bool:
    """Whether a body is one JSON document."""
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return True
