"""The middleware of a call at work: what a chunk becomes on its way, and where a processor asks.

A *flow* is a generator of chunks that have passed, and of wants: what a processor asks for before
it goes on. It is run for as long as it gives chunks. At a want it stands still, and what comes
after it waits, until whoever drives the call has performed what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, TypeAlias

import msgspec

from chimeric.errors import ChimericError, PluginError
from chimeric.plugins.middleware_chain import OTHER_BLOCK, TEXT, ChunkHook, kind_of
from chimeric.schema.type_guards import is_generator
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.hooks.wants import WANTS, Want

from .answer import Answer
from .links import Place, close, listed, parts, place_of
from .turn import Turn

__all__ = ["Delivery"]

Flow: TypeAlias = Generator[StreamChunk | Want, Any, None]


class Asked(msgspec.Struct, eq=False):
    """A flow that stands still, what it asks for, and the chunks that wait behind it."""

    flow: Flow
    want: Any
    rest: list[Iterator[StreamChunk]] = []
    silent: bool = False


class Delivery:
    """Passes the chunks of one call through its middleware and keeps what comes out.

    ``asking`` is set where a processor asks: iterate ``asked`` then, and nothing else before.
    """

    def __init__(self, hooks: list[ChunkHook], answer: Answer) -> None:
        self._hooks = hooks
        self._answer = answer
        self._source = Source(answer.log)
        self._bare_sources: dict[Source, Source] = {}
        self._turn: Turn | None = None
        self._notices: list[str] = []
        self.asking: Asked | None = None
        self.withholds = any(hook.withholds for hook in hooks)
        if self.withholds:
            answer.withheld_by = next(hook.plugin for hook in hooks if hook.withholds)

    def begin(self, source: Source, turn: Turn) -> None:
        """A response begins: what its chunks share."""
        self._turn = turn
        self._bare_sources.clear()
        if turn.goes_on:  # what is held back is of the same text
            self._source = source
            for hook in self._hooks:
                hook.source = source
        else:
            self.text_of(source)

    def text_of(self, source: Source) -> None:
        """The text that comes next is of another block."""
        self._source = source
        self.block_changes()

    def block_changes(self) -> None:
        """What comes next is of another block than what came last, perhaps of the same kind."""
        for hook in self._hooks:
            if hook.at_blocks and hook.kind:
                hook.kind |= OTHER_BLOCK

    # --- one chunk ------------------------------------------------------------------------------

    def run(self, chunk: StreamChunk, kind: int = TEXT) -> StreamChunk | Flow | None:
        """Pass a chunk on, quickly as long as each link returns one chunk of the same kind.

        None when it is dropped or held back; a flow where it is not so simple.
        """
        place = 0
        try:
            for hook in self._hooks:
                if hook.kind != kind and hook.at_blocks:
                    return self.flow(place, chunk)
                place += 1
                out: Any = hook.process(chunk)
                if out is not chunk:
                    if out is None:
                        return None
                    if is_generator(out):
                        return self._running(place, out, place_of(chunk))
                    if type(out) is not StreamChunk or not out._source or kind_of(out) != kind:
                        return self._outputs(place, out, place_of(chunk))
                    chunk = out
        except ChimericError:
            raise
        except Exception as error:
            raise self._hooks[place - 1].raised(error) from error
        return self.flow(place, chunk) if self.withholds else chunk

    def run_any(self, chunk: StreamChunk) -> StreamChunk | Flow | None:
        """The same for a chunk that may be more than text."""
        return self.run(chunk, kind_of(chunk))

    def flow(self, place: int, chunk: StreamChunk) -> Flow:
        """Pass a chunk on from a link; each may drop, change, multiply or hold it, or ask."""
        while place < len(self._hooks):
            hook = self._hooks[place]
            if hook.at_blocks:
                kind = kind_of(chunk)
                if kind & (kind - 1):
                    for part in parts(chunk):
                        yield from self.flow(place, part)
                    return
                if kind:
                    last = hook.kind & ~OTHER_BLOCK
                    if last and (kind != last or chunk._source is not hook.source):
                        yield from self._flushed(place)
                    hook.kind, hook.turn, hook.source = kind, chunk.turn, chunk._source
            place += 1
            out = hook.run(hook.process, chunk)
            if type(out) is not StreamChunk:
                yield from self._outputs(place, out, place_of(chunk))
                return
            chunk = self._placed(out, place_of(chunk))
        yield chunk

    def _outputs(self, place: int, out: Any, at: Place) -> Flow:
        """What the link before ``place`` returned, passed on."""
        hook = self._hooks[place - 1]
        if is_generator(out):
            yield from self._running(place, out, at)
            return
        for item in listed(hook, out):
            yield from self.flow(place, self._placed(item, at))

    def _running(self, place: int, hook_generator: Generator[Any, Any, Any], at: Place) -> Flow:
        """What a link that is a generator yields, passed on; what it returns, too."""
        hook, last = self._hooks[place - 1], place == len(self._hooks)
        reply: Any = None
        failure: Exception | None = None
        try:
            while True:
                try:
                    if failure is None:
                        item = hook_generator.send(reply)
                    else:
                        item = hook_generator.throw(failure)
                except StopIteration as end:
                    if end.value is not None:
                        yield from self._outputs(place, end.value, at)
                    return
                except ChimericError:
                    raise
                except Exception as error:
                    raise hook.raised(error) from error
                reply = failure = None
                if type(item) is StreamChunk:
                    item = self._placed(item, at)
                    if last:
                        yield item
                    else:
                        yield from self.flow(place, item)
                elif isinstance(item, WANTS):
                    try:
                        reply = yield item
                    except Exception as error:
                        failure = error
                else:
                    raise hook.wrong_chunk(item)
        finally:
            close(hook, hook_generator)

    def _flushed(self, place: int) -> Flow:
        """What a link held back, passed on through those after it."""
        hook = self._hooks[place]
        assert hook.flush is not None
        turn = hook.turn if hook.at_blocks or self._turn is None else self._turn.number
        source = hook.source or self._source
        yield from self._outputs(place + 1, hook.run(hook.flush), (turn, source))

    def _placed(self, chunk: StreamChunk, at: Place) -> StreamChunk:
        """A chunk that a plugin made of nothing belongs where its link is."""
        if chunk._source is not None:
            return chunk
        turn, source = at
        return msgspec.structs.replace(chunk, turn=turn, _source=source, _before=source.log.size)

    def keep(self, chunk: StreamChunk) -> StreamChunk:
        """A chunk that has passed joins the answer."""
        answer, source = self._answer, chunk._source or self._source
        log = answer.log
        if source.log is not log:  # a plugin's own, which knows its block alone
            source = self._source.of_block(source.block)
        if self.withholds:
            chunk, source = self._bare(chunk), self._bare_source(source)
        if chunk._before != log.size or chunk._source is not source:
            chunk = msgspec.structs.replace(chunk, _before=log.size, _source=source)
        if chunk._more and self._notices and self._notices[0] in chunk.metadata:
            self._notices = []
        if chunk.delta:
            elsewhere = source.block != self._source.block or chunk.turn != self._number()
            if elsewhere:
                answer.text_of(chunk.turn, source.block)
            log.append(chunk.delta)
            if elsewhere:
                answer.text_of(self._number(), self._source.block)
        answer.delivered(chunk)
        return chunk

    def _number(self) -> int:
        return 0 if self._turn is None else self._turn.number

    def _bare_source(self, source: Source) -> Source:
        """The same block, without what the provider sent."""
        bare = self._bare_sources.get(source)
        if bare is None:
            bare = Source(source.log, partial=source.partial, block=source.block)
            self._bare_sources[source] = bare
        return bare

    def _bare(self, chunk: StreamChunk) -> StreamChunk:
        """A chunk without what the provider sent besides released text."""
        more = chunk._more
        if more is not None:
            from .withheld import bare

            more = bare(more, self._turn)
        return msgspec.structs.replace(chunk, _event=None, _more=more)

    # --- flows ----------------------------------------------------------------------------------

    def emitted(self, flow: Flow) -> Iterator[StreamChunk]:
        """The chunks of a flow as they are asked for, up to where it asks."""
        for item in flow:
            if type(item) is not StreamChunk:
                self.asking = Asked(flow, item)
                return
            yield self.keep(item)

    def _go_on(self, asked: Asked, step: Callable[[], Any]) -> Iterator[StreamChunk]:
        self.asking = None
        while True:
            try:
                item = step()
            except StopIteration:
                break
            if type(item) is not StreamChunk:
                asked.want, self.asking = item, asked
                return
            chunk = self.keep(item)
            if not asked.silent:
                try:
                    yield chunk
                except GeneratorExit:
                    asked.flow.close()
                    raise
            step = asked.flow.__next__
        while asked.rest and not (self._turn and self._turn.cut):
            yield from asked.rest.pop(0)
            if self.asking is not None:
                self.asking.rest += asked.rest
                return

    def asked(self) -> Generator[Want | Iterator[StreamChunk], Any, None]:
        """What is to be done, in order, where a processor asks: perform a want, or emit chunks.

        Send the reply to a want, or throw the ``Exception`` that it ended with. Closing it closes
        the processor's generator.
        """
        while (asked := self.asking) is not None:
            try:
                step = partial(asked.flow.send, (yield asked.want))
            except Exception as error:
                step = partial(asked.flow.throw, error)
            except BaseException:
                self.close()
                raise
            yield self._go_on(asked, step)

    def later(self, chunks: Iterator[StreamChunk]) -> None:
        """Have these chunks made when the processor that asks is done."""
        assert self.asking is not None
        self.asking.rest.append(chunks)

    def close(self) -> None:
        """Close the generator of a processor that asks; it gets no answer any more."""
        asked, self.asking = self.asking, None
        if asked is not None:
            asked.flow.close()

    # --- ends -----------------------------------------------------------------------------------

    def turn_end(self) -> Flow:
        """What all links hold back, at the end of a turn."""
        for place, hook in enumerate(self._hooks):
            if hook.flush is not None:
                yield from self._flushed(place)
                hook.kind = 0 if hook.at_blocks else TEXT

    def results(self, chunk: StreamChunk) -> Flow:
        """Pass a chunk with tool results on.

        Raises:
            PluginError: when it is dropped.
        """
        before = len(self._answer.tool_results)
        yield from self.flow(0, chunk)
        if len(self._answer.tool_results) == before:
            raise PluginError("middleware dropped a chunk with tool results; change it instead")

    def noticed(self, notice: StreamChunk, word: str) -> Flow:
        """Pass on that an answer goes on, or is begun anew: then forget what is held back of it."""
        if word == "restarted":
            self.discard()
        self._notices = [word]
        yield from self.flow(0, notice)
        if self._notices:
            yield notice  # the caller has to know

    def given_up(self) -> list[StreamChunk]:
        """What is held back when the call breaks or is closed, without what is withheld.

        Nothing is asked any more, and a failure hides no other one.
        """
        self.close()
        kept: list[StreamChunk] = []
        for place, hook in enumerate(self._hooks):
            if hook.flush is None or hook.withholds:
                continue
            flow = self._flushed(place)
            try:
                for item in flow:
                    if type(item) is not StreamChunk:
                        break
                    kept.append(self.keep(item))
                flow.close()
            except ChimericError:
                continue
        return kept

    def discard(self) -> None:
        """Let middleware forget what it held back of an answer that is begun anew."""
        self.close()
        for hook in self._hooks:
            if hook.flush is None:
                continue
            hook.kind = 0 if hook.at_blocks else TEXT
            out = hook.run(hook.flush)
            if is_generator(out):
                hook.run(next, out, None)  # up to where it asks: it has let go by then
                close(hook, out)
            else:
                listed(hook, out)
