"""Events to chunks: the parser, the accumulator and the middleware, compiled for one response.

This is the path of every event, so it is a closure over what it needs, calls the plugins'
functions directly, and leaves early for the common event, which is nothing but text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from chimeric.errors import ProtocolError
from chimeric.plugins.middleware_chain import ChunkHook, apply_hooks, checked, run_chain
from chimeric.plugins.provider_plugin import PARSE_FAULTS
from chimeric.values.chunks import Source, StreamChunk, ToolCallChunk
from chimeric.values.deltas import Delta, Event

from .answer import Answer, Turn

__all__ = ["ParseEvent", "Pipeline"]

ParseEvent: TypeAlias = Callable[[Event, Any], Delta | str | None]


class Pipeline:
    """Turns the events of one response into delivered chunks.

    ``chunks`` takes the events of a read, ``one_chunk`` one event, ``whole`` a whole answer's
    delta; ``flush`` gives out what middleware held back; ``finish`` makes the turn's last chunk.
    """

    __slots__ = (
        "_answer",
        "_hooks",
        "_native_only",
        "_parse",
        "_plain",
        "_source",
        "_state",
        "_turn",
        "rest",
    )

    def __init__(
        self,
        parse: ParseEvent,
        state: Any,
        source: Source,
        turn: Turn,
        answer: Answer,
        hooks: list[ChunkHook],
        *,
        native_only: bool = False,
    ) -> None:
        self._parse = parse
        self._state = state
        self._source = source
        self._turn = turn
        self._answer = answer
        self._hooks = hooks
        self._native_only = native_only
        self._plain = not hooks and source.partial is None and not native_only
        self.rest: Iterable[StreamChunk] = ()

    def chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, made as they are asked for."""
        log = self._source.log
        if len(log.parts) > log.limit:
            log.join()
        if self._turn.ending:
            return self._late_chunks(events)
        return self._text_chunks(events) if self._plain else self._all_chunks(events)

    def one_chunk(self, event: Event) -> StreamChunk | None:
        """The chunk of an event that makes exactly one, and does not end the turn.

        Of any other event it returns None; its chunks are in ``rest``.
        """
        try:
            delta = self._parse(event, self._state)
        except PARSE_FAULTS as fault:
            self.rest = self.chunks(_repaired(event, fault))
            return None
        if self._native_only or not delta:
            self.rest = self._other_chunks(delta, event)
            return None
        if not isinstance(delta, str):
            self.rest = chunks = self._rich(delta, event)
            if len(chunks) != 1 or self._turn.ending:
                return None
            self._turn.progress = False  # the chunk itself shows it
            return chunks[0]
        source = self._source
        log = source.log
        size = log.size
        chunk = StreamChunk(delta, self._turn.number, source, size, event)
        if self._hooks and (out := run_chain(self._hooks, chunk)) is not chunk:
            self.rest = self._changed(out)
            return None
        parts = log.parts
        log.size = size + len(delta)
        parts.append(delta)
        if len(parts) > log.limit:
            log.join()
        return chunk

    def _text_chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, where nothing stands between parser and caller."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log = turn.number, source.log
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(_repaired(event, fault))
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return
                continue
            if isinstance(delta, str):
                if delta:
                    size = log.size
                    chunk = StreamChunk(delta, number, source, size, event)
                    log.size = size + len(delta)  # as in log.append, which takes longer
                    log.parts.append(delta)
                    yield chunk
            elif delta is not None:
                for chunk in self._rich(delta, event):
                    yield chunk
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return

    def _all_chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, with middleware, structured output or native events."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log, hooks = turn.number, source.log, self._hooks
        simple = not self._native_only
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(_repaired(event, fault))
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return
                continue
            if isinstance(delta, str) and delta and simple:
                size = log.size
                chunk = StreamChunk(delta, number, source, size, event)
                out = run_chain(hooks, chunk)
                if out is chunk:
                    log.size = size + len(delta)
                    log.parts.append(delta)
                    yield chunk
                else:
                    yield from self._changed(out)
            elif isinstance(delta, Delta) and simple:
                yield from self._rich(delta, event)
            else:
                yield from self._other_chunks(delta, event)
            if turn.ending:
                yield from self._late_chunks(queue)
                return

    def _late_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of events that come after a finish reason: usage, mostly."""
        turn = self._turn
        for event in events:
            if turn.done:
                return
            try:
                delta = self._parse(event, self._state)
            except PARSE_FAULTS as fault:
                yield from self._late_chunks(_repaired(event, fault))
                continue
            if isinstance(delta, str):
                delta = Delta(text=delta)
            if delta is None:
                yield from self._other_chunks(delta, event)
                continue
            turn.resumed = turn.resumed or self._goes_on(delta)
            in_question = bool(delta.tool_calls) and not turn.resumed
            size = turn.call_size() if in_question else 0
            if self._native_only:
                yield from self._other_chunks(delta, event)
            else:
                yield from self._rich(delta, event)
            if in_question and delta.finish_reason is None and turn.call_size() != size:
                turn.resumed = True  # arguments told once more would leave it as it was

    def _goes_on(self, delta: Delta) -> bool:
        """Whether the answer goes on although a finish reason was told.

        Some servers tell a reason first (Gemini behind gateways, in empty frames) or with the
        reasoning; theirs is not the end. A last piece of text that comes late is (vLLM).
        """
        if delta.reasoning or delta.refusal:
            return True
        return bool(delta.text) and not self._answer.has_text()

    def _changed(self, out: StreamChunk | list[StreamChunk]) -> Iterator[StreamChunk]:
        """What middleware made of a chunk."""
        self._turn.progress = True
        for chunk in out if isinstance(out, list) else (out,):
            yield self._keep(chunk)

    def _other_chunks(self, delta: Delta | str | None, event: Event) -> Iterable[StreamChunk]:
        """The chunks of an event that adds nothing, or of any for a caller of native events."""
        if delta:
            self._turn.progress = True
            self._rich(delta if isinstance(delta, Delta) else Delta(text=delta), event)
        if self._native_only:
            source = self._source
            yield StreamChunk(None, self._turn.number, source, source.log.size, event)

    def last_chunks(self, event: Event) -> Iterator[StreamChunk]:
        """The chunks of an event that the end of the body cut; none if it cannot be read."""
        try:
            yield from self.chunks([event])
        except ProtocolError:
            return

    def whole(self, delta: Delta, body: bytes) -> Sequence[StreamChunk]:
        """The chunks of a whole answer."""
        return self._rich(delta, Event(body))

    def _rich(self, delta: Delta, event: Event) -> Sequence[StreamChunk]:
        """The chunks of a delta that is more than text."""
        turn, answer = self._turn, self._answer
        turn.apply(delta, event)
        text, reasoning, refusal = delta.text, delta.reasoning, delta.refusal
        calls: tuple[ToolCallChunk, ...] = ()
        if delta.tool_calls:
            calls = tuple(chunk for part in delta.tool_calls for chunk in turn.add_call(part))
        if refusal:
            turn.refused = True
        if not (text or reasoning or refusal or calls):
            return ()
        turn.progress = True
        source = self._source
        log = source.log
        chunk = StreamChunk(
            text or None,
            turn.number,
            source,
            log.size,
            event,
            reasoning or None,
            refusal or None,
            None,
            calls,
        )
        if self._hooks:
            return self.deliver(chunk)
        if text:
            log.append(text)
        if calls or reasoning or refusal:
            answer.delivered(chunk)
        return (chunk,)

    def deliver(self, chunk: StreamChunk) -> list[StreamChunk]:
        """Post-process a chunk and keep what comes out of it."""
        if not self._hooks:
            return [self._keep(chunk)]
        out = run_chain(self._hooks, chunk)
        return [self._keep(item) for item in (out if isinstance(out, list) else (out,))]

    def _keep(self, chunk: StreamChunk) -> StreamChunk:
        source = self._source
        log = source.log
        if chunk._before != log.size or chunk._source is not source:
            chunk = msgspec.structs.replace(chunk, _before=log.size, _source=source)
        if chunk.delta:
            log.append(chunk.delta)
        self._answer.delivered(chunk)
        return chunk

    def flush(self) -> list[StreamChunk]:
        """What middleware held back, passed through the middleware after it."""
        out: list[StreamChunk] = []
        for place, hook in enumerate(self._hooks):
            if hook.flush is None:
                continue
            for chunk in checked(hook, hook.flush, None):
                out += [self._keep(c) for c in apply_hooks(self._hooks[place + 1 :], chunk)]
        return out

    def discard(self) -> None:
        """Let middleware forget what it held back of an answer that is begun anew."""
        for hook in self._hooks:
            if hook.flush is not None:
                checked(hook, hook.flush, None)

    def finish(self) -> list[StreamChunk]:
        """The end of a complete turn: held-back text, closed tool calls, the last chunk."""
        turn, source = self._turn, self._source
        chunks = self.flush()
        # A caller of native events has had this one already.
        event = None if self._native_only else turn.finish_event
        closed = turn.close_calls()
        blank = StreamChunk(None, turn.number, source, 0, event)
        if closed:
            chunks += self.deliver(blank.replace(tool_calls=tuple(closed)))
        last = blank.replace(
            finish_reason=turn.reason(),
            usage=turn.usage,
            metadata=turn.metadata(),
            _before=source.log.size,
        )
        final = list(apply_hooks(self._hooks, last)) if self._hooks else [last]
        if not any(chunk.finish_reason for chunk in final):
            final.append(last)  # the end of a turn cannot be dropped
        chunks += [self._keep(chunk) for chunk in final]
        return chunks


def _repaired(event: Event, fault: Exception) -> list[Event]:
    """What to read instead of an event that the parser refused; few streams need it."""
    from .repair import repaired

    return repaired(event, fault)
