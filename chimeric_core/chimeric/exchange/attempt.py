"""One request and its answer: send, judge the status, read, decode, end. A plain generator."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from chimeric.errors import ChimericError, RequestTimeoutError, TransportError
from chimeric.stream.framing import SSEFramer
from chimeric.stream.pipeline import Pipeline, make_pipeline
from chimeric.stream.turn import Turn
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.deltas import Event
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.secrets import is_credential
from chimeric.values.transport import Framer, WireTimeout

from .body import Body, least
from .call import Call, Route
from .effects import OPENED, RELEASE, Drain, Emit, Flow, Relay, Send
from .wire import authenticate, masker, request_id

if TYPE_CHECKING:
    from chimeric.masking import Masker

__all__ = ["Attempt", "emitted"]

WORDS = 1.0
"""Seconds to wait for the words of an error that came without any."""

DRAIN = 0.1
"""Seconds to wait for the end of a body after the provider's terminal signal."""


class Attempt:
    """One try of one turn."""

    def __init__(
        self,
        call: Call,
        route: Route,
        request: Request,
        http: HTTPRequest,
        cut: Attempt | None = None,
        *,
        joins: bool = False,
    ) -> None:
        self.call = call
        self.route = route
        self.request = request
        self.framing = http.framing or route.config.declaration.framing
        self._http: HTTPRequest | None = http
        self.status = 0
        self.headers: dict[str, str] = {}
        self.began = False
        self.credentials: Mapping[str, str] = {}
        plugin = route.plugin
        self.turn = Turn(call.context.turn, route.config.name, route.model, cut is not None)
        if cut is None or not joins:
            self.state: Any = plugin.at("Provider.state").run(plugin.declaration.state, request)
            self.pipeline = self._make_pipeline()
        else:
            self.turn, self.state, self.pipeline = cut.turn, cut.state, cut.pipeline
        self.body = Body(call)
        self._feed: Callable[[bytes], list[Event]]  # the framer's, once there is one
        self._data = b""
        self._rest: Iterable[StreamChunk] = ()

    def _make_pipeline(self) -> Pipeline:
        plugin, answer, state = self.route.plugin, self.call.answer, self.state
        answer.begin(self.turn)
        parse, partial = plugin.parse_event, self.call.partial_reader(answer)
        if self.call.keeps_deltas:
            from .hooks.finishing import kept

            parse = kept(parse, self.turn)
        return make_pipeline(
            parse,
            state,
            Source(answer.log, plugin, state, partial, self.turn.first_block),
            self.turn,
            answer,
            self.call.delivery,
            native_only=self.request.native and self.request.stream,
        )

    @property
    def has_content(self) -> bool:
        """Whether the caller was given content of this attempt."""
        return self.call.answer.has_content()

    def framer(self) -> Framer:
        """What cuts the answer up; found before anything is sent."""
        plugin, limit = self.route.plugin, self.call.limits.event_size
        if self.framing != "sse" or "sse" in plugin.framings:
            from chimeric.stream.framings.guarded_framer import other_framer  # few have one

            return other_framer(self.framing, limit, plugin, self.route.config.name)
        return SSEFramer(limit)

    # --- the phases -----------------------------------------------------------------------------

    def open(self, idempotency_key: str | None) -> Flow:
        """Send the request and judge the answer's status and headers."""
        call, timeout, body = self.call, self.call.timeout, self.body
        began = time.monotonic()
        left = body.time_left(began)
        limit = least(timeout.first, left)
        http, self._http = self._http, None  # an open stream need not keep what was sent
        assert http is not None
        wire = authenticate(
            http,
            self.route,
            extra={**self.route.headers, **self.request.extra_headers},
            timeout=WireTimeout(least(timeout.connect, limit), least(timeout.read, left), limit),
            stream=self.request.stream,
            idempotency_key=idempotency_key,
            context=call.context,
        )
        del http
        self.credentials = {n: v for n, v in wire.headers.items() if is_credential(n)}
        try:
            self.status, headers = yield Send(wire, None if limit is None else began + limit)
        except RequestTimeoutError as error:
            from .failing.limits import timed_out

            raise timed_out(body, error, time.monotonic() - began) from error.__cause__
        body.waited = time.monotonic() - began
        self.headers = {name.lower(): value for name, value in headers.items()}
        call.heard = self.headers, partial(masker, *self._secrets())
        self.turn.request_id = request_id(self.route, self.headers)
        call.context.request_id = self.turn.request_id
        if self.status >= 300 or self.status == 204:
            from .failing.refusals import refused

            yield from refused(self, wire)
        body.decompress(self.headers.get("content-encoding"))
        self.began = True
        call.hooks.observe("chimeric_stream_started", call.context)
        yield OPENED

    def stream(self, framer: Framer) -> Flow:
        """Read a streamed answer to its terminal signal."""
        call, turn, body, log = self.call, self.turn, self.body, self.call.answer.log
        delivery = call.delivery
        self._feed = framer.feed
        relay = Relay(self._take) if body.relaxed() and not body.compressed else None
        waiting = True
        data = yield from body.read()
        if self._is_document(data):
            from .answers.documents import document  # a server's, that cannot stream

            yield from document(self, data, framer)
            return
        chunks = self._chunks(data)
        while data:
            before = log.size
            yield Emit(chunks)
            if delivery is not None and delivery.asking is not None:
                yield from _ask(call)
            body.content = turn.progress or log.size != before
            if turn.held:
                body.held, turn.held = body.held + turn.held, 0.0
            turn.progress = False
            if waiting and body.content:
                waiting = self.first_content_came()
            if turn.done:
                break
            if relay is not None and body.content and self.has_content and not turn.ending:
                # Most of most streams: one event after the other, each in a read of its own.
                relay.asked = time.monotonic()
                data, chunks = b"", ()  # an open stream need not keep what was read
                try:
                    yield relay
                except TransportError as error:
                    from .failing.limits import broken

                    raise broken(body, error, time.monotonic() - relay.asked) from error
                body.relayed(relay.asked)
                data, chunks = self._data, self._rest
                self._data, self._rest = b"", ()
            else:
                data = yield from self._read_on()
                chunks = self._chunks(data)
        if not turn.done:
            yield from self._last_events(framer)
        yield from self.end()

    def whole(self) -> Flow:
        """Read an answer that is not streamed."""
        from .answers.documents import parse_whole

        body = yield from self.body.whole()
        yield from parse_whole(self, body)

    # --- parts of the phases --------------------------------------------------------------------

    def _read_on(self) -> Generator[Any, bytes, bytes]:
        """The next bytes; after an error without words, those that may tell them."""
        if self.turn.error is None:
            return (yield from self.body.read())
        try:
            return (yield from self.body.read(WORDS))
        except ChimericError:
            return b""  # the error is known: that no more comes of it is no other one

    def first_content_came(self) -> Literal[False]:
        """Note when; there is no more waiting for it."""
        context = self.call.context
        if context.first_content is None:
            context.first_content = self.body.arrived - context._started
        return False

    def _take(self, data: bytes) -> StreamChunk | None:
        """The chunk of a read that makes just one; of any other None, and ``_rest`` has them."""
        self.body.count(data)
        events = self._feed(data)
        pipeline = self.pipeline
        if len(events) == 1:
            chunk = pipeline.one_chunk(events[0])
            if chunk is not None:
                return chunk
            self._data, self._rest = data, pipeline.rest
        else:
            self._data, self._rest = data, pipeline.chunks(events)
        return None

    def _chunks(self, data: bytes) -> Iterable[StreamChunk]:
        """The chunks of a read, made as they are asked for."""
        if self.body.compressed:
            return self._inflated_chunks(data)
        self.body.count(data)
        return self.pipeline.chunks(self._feed(data))

    def _inflated_chunks(self, data: bytes) -> Iterable[StreamChunk]:
        for piece in self.body.pieces(data):
            yield from self.pipeline.chunks(self._feed(piece))
            if self.turn.done:
                break

    def _last_events(self, framer: Framer) -> Flow:
        """What stands at the end of the body without its terminator."""
        self.body.ended = True
        for event in framer.end():
            yield from emitted(self.call, self.pipeline.last_chunks(event))

    def end(self) -> Flow:
        """End the turn, if the answer is complete.

        Raises:
            ChimericError: if it is not, or has told an error.
        """
        if self.turn.cut:
            yield RELEASE  # what comes besides is of no use, and may be paid for
        elif self.turn.error is not None or not self.turn.ended:
            from .failing.refusals import bad_end

            raise bad_end(self)
        yield from emitted(self.call, self.pipeline.finish())
        if not self.body.ended and not self.turn.cut:
            yield Drain(DRAIN)

    def _is_document(self, data: bytes) -> bool:
        """Whether a streaming request was answered with one document instead of an event stream.

        No event-stream line begins with a brace or an angle bracket, so the first byte tells;
        the content type is often wrong with home-made servers.
        """
        if self.body.compressed:
            kind = self.headers.get("content-type", "")
            return self.framing == "sse" and kind.startswith(("application/json", "text/html"))
        head = data.lstrip()[:1]
        return head == b"<" or (head == b"{" and self.framing == "sse")

    def masker(self) -> Masker:
        """What hides the secrets of this attempt."""
        return masker(*self._secrets())

    def _secrets(self) -> tuple[Route, Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
        route = self.route
        return route, self.credentials, route.headers, self.request.extra_headers

    def response(self, body: bytes) -> HTTPResponse:
        """The answer, as the provider's hooks take it."""
        return HTTPResponse(status=self.status, headers=self.headers, body=body)


def emitted(call: Call, chunks: Iterable[StreamChunk]) -> Flow:
    """Give out chunks, and what comes of them where a processor asks."""
    yield Emit(chunks)
    if call.delivery is not None and call.delivery.asking is not None:
        yield from _ask(call)


def _ask(call: Call) -> Flow:
    from .hooks.asking import ask  # no processor of most calls asks

    return ask(call)
