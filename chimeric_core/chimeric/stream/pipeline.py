"""Events to chunks: the parser, the accumulator and the middleware, compiled for one response.

This is the path of every event, so it is a closure over what it needs, calls the plugins'
functions directly, and leaves early for the common event, which is nothing but text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from chimeric.errors import ProtocolError
from chimeric.plugins.provider_plugin import PARSE_FAULTS
from chimeric.values.chunks import Source, StreamChunk, force_setattr
from chimeric.values.deltas import Delta, Event, Parsed, ToolCallDelta

from .answer import Answer
from .turn import Turn

if TYPE_CHECKING:
    from .blocks.numbers import Blocks
    from .blocks.several import Several
    from .delivery import Delivery

__all__ = ["ParseEvent", "Pipeline", "make_pipeline"]

ParseEvent: TypeAlias = Callable[[Event, Any], Delta | ToolCallDelta | str | None]
"""Almost always; what ``Parsed`` allows besides is found out when it is none of these."""


Chunks: TypeAlias = "tuple[StreamChunk, ...] | Several"


class Pipeline:
    """Turns the events of one response into delivered chunks.

    ``chunks`` takes the events of a read, ``one_chunk`` one event, ``whole`` a whole answer's
    delta; ``finish`` makes the turn's last chunk. Nothing stands between the parser and the
    caller; ``LayeredPipeline`` is for what may.
    """

    __slots__ = ("_answer", "_layered", "_parse", "_size", "_source", "_state", "_turn", "rest")

    def __init__(
        self, parse: ParseEvent, state: Any, source: Source, turn: Turn, answer: Answer
    ) -> None:
        self._parse = parse
        self._state = state
        self._source = source
        self._turn = turn
        self._answer = answer
        self._layered = False
        counts = getattr(state, "running_usage", None)
        if counts is not None and (plugin := source.plugin) is not None:
            turn.running = lambda: plugin.at("running_usage").run(counts)
        self._size = answer.log.size
        self.rest: Iterable[StreamChunk] = ()

    def chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, made as they are asked for."""
        log = self._source.log
        if len(log.parts) > log.limit:
            log.join()
        return self._late_chunks(events) if self._turn.ending else self._text_chunks(events)

    def one_chunk(self, event: Event) -> StreamChunk | None:
        """The chunk of an event that makes exactly one, and does not end the turn.

        Of any other event it returns None; its chunks are in ``rest``.
        """
        try:
            delta = self._parse(event, self._state)
        except PARSE_FAULTS as fault:
            self.rest = self.chunks(self._repaired(event, fault))
            return None
        if not delta:
            self.rest = self._other_chunks(delta, event)
            return None
        if not isinstance(delta, str):
            self.rest = chunks = self._rich(delta, event)
            if len(chunks) != 1 or self._turn.ending:
                return None
            self._turn.progress = False  # the chunk itself shows it
            return chunks[0]
        log = self._source.log
        size = log.size
        chunk = StreamChunk(delta, self._turn.number, self._source, size, event)
        if self._layered and not self._passes(chunk):
            return None
        parts = log.parts
        log.size = size + len(delta)
        parts.append(delta)
        if len(parts) > log.limit:
            log.join()
        return chunk

    def _text_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, of which most are nothing but text."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log = turn.number, source.log
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(self._repaired(event, fault))
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
                source = self._source  # it may have named another block
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return

    def _asking(self) -> Delivery | None:
        """What a processor asks in, so that nothing may come before it goes on."""
        return None

    def _onward(self, queue: Iterator[Event]) -> Iterator[StreamChunk]:
        """The chunks of the events that are left: now, or after what a processor asks for."""
        return self._late_chunks(queue) if self._turn.ending else self._text_chunks(queue)

    def _late_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of events that come after a finish reason: usage, mostly."""
        turn = self._turn
        queue = iter(events)
        for event in queue:
            if turn.done:
                return
            try:
                delta = self._parse(event, self._state)
            except PARSE_FAULTS as fault:
                yield from self._late_chunks(self._repaired(event, fault))
                if self._asking() is not None:
                    yield from self._onward(queue)
                    return
                continue
            deltas = self._deltas(delta)
            turn.resumed = turn.resumed or any(map(self._goes_on, deltas))
            in_question = any(d.tool_calls for d in deltas) and not turn.resumed
            size = turn.call_size() if in_question else 0
            yield from self._late(deltas, event)
            if in_question and turn.call_size() != size:
                # Arguments told once more would leave it as it was.
                turn.resumed = all(d.finish_reason is None for d in deltas)
            if self._asking() is not None:
                yield from self._onward(queue)
                return

    def _goes_on(self, delta: Delta) -> bool:
        """Whether the answer goes on although a finish reason was told.

        Some servers tell a reason first (Gemini behind gateways, in empty frames) or with the
        reasoning; theirs is not the end. A last piece of text that comes late is (vLLM).
        """
        if delta.reasoning or delta.refusal:
            return True
        return bool(delta.text) and not self._answer.has_text()

    def _late(self, deltas: Sequence[Delta], event: Event) -> Iterable[StreamChunk]:
        """The chunks of one event that comes late."""
        return self._several(deltas, event) if deltas else ()

    def _other_chunks(self, delta: Parsed, event: Event) -> Iterable[StreamChunk]:
        """The chunks of an event that adds nothing."""
        if delta is not None:
            self._deltas(delta)  # it may be nothing, and no delta
        return ()

    def last_chunks(self, event: Event) -> Iterator[StreamChunk]:
        """The chunks of an event that the end of the body cut; none if it cannot be read."""
        try:
            yield from self.chunks([event])
        except ProtocolError:
            return

    def whole(self, delta: Parsed, body: bytes) -> Iterable[StreamChunk]:
        """The chunks of a whole answer."""
        return self._several(self._deltas(delta, "chimeric_parse_response"), Event(body))

    def _deltas(self, told: Parsed, hook: str = "chimeric_parse_event") -> Sequence[Delta]:
        """What a parser told of an event, as deltas."""
        if isinstance(told, Delta):
            return (told,)
        from .blocks.several import deltas_of  # few parsers tell more than one

        return deltas_of(told, self._source.plugin, hook)

    def _several(self, deltas: Sequence[Delta], event: Event | None) -> Chunks:
        """The chunks of several deltas of one event: the first of them has its bytes."""
        if len(deltas) == 1:
            return self._rich(deltas[0], event)
        from .blocks.several import Several, in_turn

        return Several(in_turn(self, iter(deltas), event, first=True))

    def answered(self, delta: Delta | str) -> Iterable[StreamChunk]:
        """The chunks of what no event brought, but a plugin that answers."""
        return self._rich(Delta(text=delta) if isinstance(delta, str) else delta, None)

    def _rich(self, delta: Delta | ToolCallDelta, event: Event | None) -> Chunks:
        """The chunks of a delta that is more than text."""
        if isinstance(delta, ToolCallDelta):
            return self._fragment(delta, event)
        turn = self._turn
        try:
            turn.apply(delta, event)
        except AttributeError:  # asked afterwards: almost all are single deltas
            if isinstance(delta, Delta):
                raise
            return self._several(self._deltas(delta), event)
        text, named, calls = delta.text, delta.block, delta.tool_calls
        if text and named is None and not (calls or delta.reasoning or delta.refusal):
            if not (delta.server_tools or delta.citations or delta.files or delta.logprobs):
                turn.progress = True  # with what is no content: counts, mostly
                log = self._source.log
                chunk = StreamChunk(text, turn.number, self._source, log.size, event)
                if self._layered:
                    return self._given(chunk)
                log.append(text)
                return (chunk,)
        told = len(calls) + len(delta.server_tools) + len(delta.files)
        told += bool(delta.reasoning) + bool(delta.refusal)
        if told + bool(delta.text or delta.citations or delta.logprobs) > 1:
            from .blocks.several import Several, in_turn, parted

            return Several(in_turn(self, parted(delta), event, first=True))
        if text or not told:
            made = self._text(delta, event)
        elif calls:
            made = self._call(calls[0], event)
        elif delta.server_tools or delta.files:
            from .blocks.rare import made_chunk  # few answers have any

            made = made_chunk(self, delta, event)
        else:
            kind = "reasoning" if delta.reasoning else "refusal"
            made = self._blank(kind, named, event)
            force_setattr(made, kind, delta.reasoning or delta.refusal)
            turn.refused = turn.refused or kind == "refusal"
        if made is None:
            return ()
        turn.progress = True
        if self._layered:
            return self._given(made)
        if made.delta:
            self._source.log.append(made.delta)
        if told or made._more is not None:
            self._answer.delivered(made)
        return (made,)

    def _text(self, delta: Delta, event: Event | None) -> StreamChunk | None:
        """The chunk of a text and what is said of it; None where only a block is named."""
        told = delta.text or delta.citations or delta.logprobs
        if not told:
            if delta.block is not None:
                self._switch(self._blocks().name(delta.block))
            return None
        blocks = self._blocks()
        source = blocks.of("text", delta.block)
        if source is not self._source:
            self._switch(source)
        blocks.pending = False
        more = None
        if delta.citations or delta.logprobs:
            from .blocks.rare import said_of_text

            more = said_of_text(self, delta)
        number, size = self._turn.number, source.log.size
        return StreamChunk(delta.text or None, number, source, size, event, _more=more)

    def _fragment(self, delta: ToolCallDelta, event: Event | None) -> Chunks:
        """The chunks of what an event adds to a tool call, and nothing else."""
        turn, tools = self._turn, self._turn.tools
        if tools is not None and (source := tools.source) is not None:
            if (told := tools.goes_on(delta)) is not None:
                turn.progress = True
                size = source.log.size
                chunk = StreamChunk(None, turn.number, source, size, event, tool_calls=(told,))
                return self._given(chunk) if self._layered else (chunk,)
        return self._rich(Delta(tool_calls=(delta,)), event)

    def _call(self, delta: ToolCallDelta, event: Event | None) -> StreamChunk | None:
        """The chunk of what an event adds to a tool call."""
        tools = self._turn.tool_stream()
        if (told := tools.add(delta)) is None:
            return None
        chunk = self._blank("call", told.index, event)
        force_setattr(chunk, "tool_calls", (told,))
        tools.source = chunk._source
        return chunk

    def _blank(self, kind: str, block: Hashable, event: Event | None) -> StreamChunk:
        """A chunk of a block that is not text, before anything is in it."""
        blocks = self._blocks()
        source = blocks.of(kind, block)
        if blocks.pending and self._source.block != blocks.count:
            self._switch(blocks.next())
        return StreamChunk(None, self._turn.number, source, source.log.size, event)

    def _blocks(self) -> Blocks:
        """The numbers of the turn's blocks, when plain text has gone by, too."""
        blocks = self._turn.blocks
        if blocks is None:
            from .blocks.numbers import Blocks  # most answers are one text

            blocks = self._turn.blocks = Blocks(self._turn.first_block, self._source)
        if blocks.pending and self._is_shown():
            blocks.shown(self._source)
        return blocks

    def _is_shown(self) -> bool:
        """Whether plain text of the current block has come."""
        return self._source.log.size > self._size

    def _switch(self, source: Source) -> None:
        """The plain text that comes next is of another block."""
        self._source = source
        self._size = source.log.size
        self._answer.text_of(self._turn.number, source.block)

    if TYPE_CHECKING:  # asked of those with layers alone

        def _given(self, chunk: StreamChunk) -> Chunks: ...

        def _passes(self, chunk: StreamChunk) -> bool: ...

    def finish(self) -> Iterable[StreamChunk]:
        """The end of a complete turn: held-back text, closed tool calls, the last chunk."""
        chunks = list(self._last(self._turn.finish_event))
        for chunk in chunks:
            self._answer.delivered(chunk)
        return chunks

    def _last(self, event: Event | None) -> Iterator[StreamChunk]:
        """The last chunks of a turn, as the provider told them."""
        turn, source = self._turn, self._source.of_block(None)
        running, turn.running = turn.running, None
        turn.counts = (running and running()) or turn.counts
        for call in turn.close_calls():
            chunk = self._blank("call", call.index, event)
            yield chunk.replace(tool_calls=(call,))
        for tool in turn.close_server_tools():
            yield self._blank("made", ("tool", tool.id), event).replace(server_tools=(tool,))
        blank = StreamChunk(None, turn.number, source, source.log.size, event)
        yield blank.replace(finish_reason=turn.reason(), usage=turn.usage, metadata=turn.metadata())

    def _repaired(self, event: Event, fault: Exception) -> list[Event]:
        """What to read instead of an event that the parser refused; few streams need it."""
        from .repair import repaired

        return repaired(event, fault, self._source.plugin)


def make_pipeline(
    parse: ParseEvent,
    state: Any,
    source: Source,
    turn: Turn,
    answer: Answer,
    delivery: Delivery | None,
    *,
    native_only: bool = False,
) -> Pipeline:
    """The pipeline of one response, with the layers that its call has."""
    if delivery is None and source.partial is None and not native_only:
        return Pipeline(parse, state, source, turn, answer)
    from .layers import LayeredPipeline, NativePipeline  # most calls have none

    kind = NativePipeline if native_only else LayeredPipeline
    return kind(parse, state, source, turn, answer, delivery, native_only=native_only)
