"""One request and its answer: send, judge the status, read, decode, end. A plain generator."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import Any, Literal

from .answer import Turn
from .call import Call, Route
from .content_encoding import decompressor
from .deltas import Event
from .effects import OPENED, READ, Drain, Emit, Flow, Read, Send
from .errors import (
    RAW_LIMIT,
    ChimericError,
    ProtocolError,
    RequestTimeoutError,
    StreamInterruptedError,
    TimeoutPhase,
    TransportError,
)
from .framing import Framer
from .pipeline import PARSE_FAULTS, Pipeline, undecodable
from .requests import HTTPRequest, HTTPResponse, Request
from .transport import WireTimeout
from .wire import authenticate, error_from_info, error_from_response, request_id

__all__ = ["Attempt"]

DRAIN = 0.1
"""Seconds to wait for the end of a body after the provider's terminal signal."""


class Attempt:
    """One try of one turn."""

    def __init__(self, call: Call, route: Route, request: Request, http: HTTPRequest) -> None:
        self.call = call
        self.route = route
        self.request = request
        self.http = http
        self.turn = Turn(call.context.turn, route.config.name, route.model)
        self.status = 0
        self.headers: dict[str, str] = {}
        self.began = False
        self._waited = 0.0
        self._arrived = 0.0
        self._size = 0
        self._content = False
        self._ended = False
        self._inflate: Any = None
        self.pipeline = self._make_pipeline()

    def _make_pipeline(self) -> Pipeline:
        plugin, answer = self.route.plugin, self.call.answer
        state = self.route.config.declaration.state(self.request)
        self.state = state

        def native(event: Event) -> Any:
            try:
                return plugin.native_event(event, state)
            except PARSE_FAULTS as error:
                raise undecodable(event.data, error) from error

        answer.begin(self.turn)
        answer.native = native
        partial = self.call.partial_reader(answer)
        return Pipeline(
            plugin.parse_event,
            native,
            state,
            self.turn,
            answer,
            self.call.chain,
            partial,
            native_only=self.request.native and self.request.stream,
        )

    @property
    def has_content(self) -> bool:
        """Whether the caller was given content of this attempt."""
        return self.call.answer.has_content()

    # --- the phases -----------------------------------------------------------------------------

    def open(self, idempotency_key: str | None) -> Flow:
        """Send the request and judge the answer's status and headers."""
        call, timeout = self.call, self.call.timeout
        left = self._left()
        wire = authenticate(
            self.http,
            self.route,
            extra={**call.headers, **self.request.extra_headers},
            timeout=WireTimeout(
                _least(timeout.connect, left), _least(timeout.read, timeout.first, left)
            ),
            stream=self.request.stream,
            idempotency_key=idempotency_key,
        )
        began = time.monotonic()
        try:
            self.status, headers = yield Send(wire)
        except RequestTimeoutError as error:
            raise self._timed_out(error, time.monotonic() - began) from error.__cause__
        self._waited = time.monotonic() - began
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.turn.request_id = request_id(self.route, self.headers)
        call.context.request_id = self.turn.request_id
        if self.status >= 400:
            body = yield from self._error_body(call.limits.error_body)
            raise error_from_response(self.route, self._response(body))
        self._check_status()
        self._inflate = decompressor(self.headers.get("content-encoding"))
        self.began = True
        call.hooks.observe("chimeric_stream_started", call.context)
        yield OPENED

    def stream(self, framer: Framer) -> Flow:
        """Read a streamed answer to its terminal signal."""
        turn, chunks, feed = self.turn, self.pipeline.chunks, framer.feed
        compressed = self._inflate is not None
        parts, monotonic = self.call.answer.log.parts, time.monotonic
        relaxed, waiting = self._relaxed(), True
        data = yield from self._read()
        if self._is_document(data):
            yield from self._document(data)
            return
        while data:
            before = len(parts)
            if compressed:
                for piece in self._inflated(data):
                    yield Emit(chunks(feed(piece)))
                    if turn.done:
                        break
            else:
                self._count(data)
                yield Emit(chunks(feed(data)))
            if waiting and (turn.progress or len(parts) != before):
                waiting = self._first_content_came()
            if turn.done:
                break
            if relaxed and len(parts) != before:
                # As _read, without what cannot happen now: this is the way of most reads.
                now = monotonic()
                try:
                    data = yield READ
                except TransportError as error:
                    raise self._broken(error, monotonic() - now) from error
                self._waited = monotonic() - now
            else:
                self._content = len(parts) != before
                data = yield from self._read()
        if not turn.done:
            yield from self._last_events(framer)
        self._judge_end()
        yield from self._finish()

    def whole(self) -> Flow:
        """Read an answer that is not streamed."""
        body = yield from self.body()
        yield from self._parse_whole(body)

    # --- parts of the phases --------------------------------------------------------------------

    def _first_content_came(self) -> Literal[False]:
        """Note when; there is no more waiting for it."""
        context = self.call.context
        if context.first_content is None:
            context.first_content = self._arrived - context._started
        return False

    def _relaxed(self) -> bool:
        """Whether, just after content, no limit can pass before the transport's own does."""
        read, gap = self.call.timeout.read, self.call.timeout.gap
        if self.call.deadline is not None:
            return False
        return gap is None or (read is not None and read <= gap)

    def _read(self) -> Generator[Read, bytes, bytes]:
        """The next bytes, within the time limits."""
        timeout = self.call.timeout
        now = time.monotonic()
        if self._content or self.turn.progress:
            self._waited, self._content, self.turn.progress = 0.0, False, False
        limit = timeout.gap if self.has_content else timeout.first
        left = _least(None if limit is None else limit - self._waited, self._left(now))
        if left is not None and left <= 0:
            raise self._limit_passed(now)
        until = None
        if left is not None and (timeout.read is None or left < timeout.read):
            until = now + left
        try:
            data = yield READ if until is None else Read(until)
        except TransportError as error:
            if until is not None and time.monotonic() >= until:
                raise self._limit_passed(time.monotonic()) from None
            raise self._broken(error, self._waited + time.monotonic() - now) from error
        self._arrived = time.monotonic()
        self._waited += self._arrived - now
        if not data and until is not None and time.monotonic() >= until:
            raise self._limit_passed(time.monotonic())
        return data

    def _broken(self, error: TransportError, waited: float) -> ChimericError:
        """What a transport's error means once the answer has begun."""
        if isinstance(error, RequestTimeoutError):
            return self._timed_out(error, waited)
        return StreamInterruptedError(f"the connection broke: {error.message}")

    def _plain(self, data: bytes) -> Iterable[bytes]:
        """The bytes decompressed, counted against the limit of the response."""
        if self._inflate is None:
            self._count(data)
            return (data,)
        return self._inflated(data)

    def _inflated(self, data: bytes) -> Iterable[bytes]:
        for piece in self._inflate(data):
            self._count(piece)
            yield piece

    def _count(self, piece: bytes) -> None:
        self._size += len(piece)
        limit = self.call.limits.response_size
        if limit is not None and self._size > limit:
            raise ProtocolError(
                f"the response is larger than {limit} bytes; raise Limits.response_size if "
                "that is expected",
                raw=piece,
                limit="response_size",
            )

    def _last_events(self, framer: Framer) -> Flow:
        """What stands at the end of the body without its terminator."""
        self._ended = True
        for event in framer.end():
            yield Emit(self.pipeline.last_chunks(event))

    def _judge_end(self) -> None:
        turn = self.turn
        if turn.error is not None:
            response = self._response(turn.error_raw)
            raise error_from_info(self.route, turn.error, response)
        if turn.done or turn.finish_reason is not None:
            return
        what = (
            "an empty body" if self._size == 0 else "the stream ended without its terminal signal"
        )
        raise StreamInterruptedError(f"{what}: the answer is not complete")

    def _finish(self) -> Flow:
        yield Emit(self.pipeline.finish())
        if not self._ended:
            yield Drain(DRAIN)

    def body(self) -> Generator[Read, bytes, bytes]:
        """The whole body."""
        pieces: list[bytes] = []
        while data := (yield from self._read()):
            pieces.extend(self._plain(data))
        self._ended = True
        return b"".join(pieces)

    def _error_body(self, limit: int) -> Generator[Read, bytes, bytes]:
        """As much of an error's body as comes: its status has told what it is already."""
        body = b""
        try:
            self._inflate = decompressor(self.headers.get("content-encoding"))
            while len(body) < limit and (data := (yield from self._read())):
                for piece in self._plain(data):
                    body += piece[: limit - len(body)]
        except (ProtocolError, StreamInterruptedError, TransportError) as error:
            if isinstance(error, StreamInterruptedError) and not error.retryable:
                raise  # the caller has closed the stream
        return body

    def _is_document(self, data: bytes) -> bool:
        """Whether a streaming request was answered with one document instead of an event stream.

        No event-stream line begins with a brace or an angle bracket, so the first byte tells;
        the content type is often wrong with home-made servers.
        """
        framing = self.http.framing or self.route.config.declaration.framing
        if self._inflate is not None:
            kind = self.headers.get("content-type", "")
            return framing == "sse" and kind.startswith(("application/json", "text/html"))
        head = data.lstrip()[:1]
        return head == b"<" or (head == b"{" and framing == "sse")

    def _document(self, first: bytes) -> Flow:
        body = b"".join(self._plain(first))
        body += yield from self.body()
        yield from self._parse_whole(body)

    def _parse_whole(self, body: bytes) -> Flow:
        response = self._response(body)
        if not body.strip():
            raise StreamInterruptedError("the provider answered with an empty body")
        if body.lstrip()[:1] == b"<":
            raise ProtocolError(
                "the server answered with an HTML page instead of an API reply; "
                "check the base URL and what stands in between",
                raw=body,
            )
        try:
            delta = self.route.plugin.parse_response(response, self.state)
        except PARSE_FAULTS as error:
            if isinstance(error, ChimericError):
                raise
            raise undecodable(body, error) from error
        self.call.answer.last_event = Event(body)
        self.call.answer.native = self.route.plugin.native_body
        self._first_content_came()
        yield Emit(self.pipeline.whole(delta, body))
        self._judge_end()
        yield from self._finish()

    # --- errors ---------------------------------------------------------------------------------

    def _response(self, body: bytes) -> HTTPResponse:
        return HTTPResponse(
            status=self.status,
            headers=self.headers,
            body=body[:RAW_LIMIT] if self.status >= 400 else body,
        )

    def _check_status(self) -> None:
        if 300 <= self.status < 400:
            raise ProtocolError(
                f"the server answered with a redirect (status {self.status}); redirects are not "
                "followed, so that no key travels to another place: set the base URL to where "
                "the API is"
            )
        if self.status == 204:
            raise StreamInterruptedError("the provider answered with status 204 and no content")

    def _left(self, now: float | None = None) -> float | None:
        """Seconds until the total limit passes."""
        deadline = self.call.deadline
        return None if deadline is None else deadline - (now or time.monotonic())

    def _limit_passed(self, now: float) -> RequestTimeoutError:
        left = self._left(now)
        if left is not None and left <= 0:
            return timeout_error("total", self.call.timeout.total)
        if self.has_content:
            return timeout_error("gap", self.call.timeout.gap)
        return timeout_error("first", self.call.timeout.first)

    def _timed_out(self, error: RequestTimeoutError, waited: float) -> RequestTimeoutError:
        """Which limit it was that the transport kept for us."""
        timeout = self.call.timeout
        left = self._left()
        if left is not None and left <= 0:
            return timeout_error("total", timeout.total)
        if error.phase == "connect":
            return timeout_error("connect", timeout.connect)
        first, read = timeout.first, timeout.read
        if first is not None and not self.has_content and waited >= first:
            if read is None or first < read:
                return timeout_error("first", first)
        return timeout_error("read", timeout.read)


WHAT: dict[TimeoutPhase, str] = {
    "connect": "no connection was made",
    "read": "no byte came",
    "first": "no content came",
    "gap": "no further content came",
    "total": "the call did not end",
}


def timeout_error(phase: TimeoutPhase, seconds: float | None) -> RequestTimeoutError:
    """The error for a limit that passed."""
    return RequestTimeoutError(
        f"{WHAT[phase]} within {seconds:g} s; raise Timeout.{phase} to wait longer"
        if seconds is not None
        else f"{WHAT[phase]} in time",
        phase=phase,
    )


def _least(*values: float | None) -> float | None:
    known = [v for v in values if v is not None]
    return min(known) if known else None
