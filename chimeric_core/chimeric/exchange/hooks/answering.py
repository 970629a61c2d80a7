"""``chimeric_answer``: a plugin answers a turn instead of the provider."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

from chimeric.errors import ChimericError, PluginError
from chimeric.exchange.attempt import emitted
from chimeric.exchange.call import Call
from chimeric.exchange.effects import OPENED, Effect, Emit, Flow
from chimeric.plugins.hooks import Link
from chimeric.schema.type_guards import is_generator, is_iterable
from chimeric.stream.pipeline import Pipeline, make_pipeline
from chimeric.stream.turn import Turn
from chimeric.values.chunks import Source
from chimeric.values.deltas import Delta
from chimeric.values.requests import Request

from .asking import ENDED, Asker

__all__ = ["answered"]

WANTED = "yield Deltas, strings, or what `yield from wait(...)`, fetch and run ask for"


def answered(call: Call, request: Request) -> Generator[Effect, Any, bool]:
    """Ask the plugins for an answer, until one has given it.

    Raises:
        ChimericError: with ``partial``, when a plugin fails in the middle of it.
    """
    if request.native:
        return False
    context = call.context
    context.request, context.provider = request, ""
    for link in call.hooks.of("chimeric_answer"):
        out = link.guarded(request, context)
        if out is None:
            continue
        answer = _Answering(call, request, link)
        try:
            yield from answer.give(out)
        except ChimericError as error:
            yield from answer.broken(error)
        if answer.began:
            return True
    return False


class _Answering:
    """The answer of one plugin, on its way to the caller."""

    def __init__(self, call: Call, request: Request, link: Link) -> None:
        self._call = call
        self._request = request
        self._link = link
        self._pipeline: Pipeline | None = None

    @property
    def began(self) -> bool:
        """Whether there is a delta of it."""
        return self._pipeline is not None

    def give(self, out: Any) -> Flow:
        """Give out all of it, and end the turn."""
        if is_generator(out):
            with closing(Asker(self._call, self._link, out)) as asker:
                while (item := (yield from asker.advance())) is not ENDED:
                    yield from self._delta(item, asker.wrong_yield)
                    if self._turn.cut:
                        break
        else:
            for item in self._items(out):
                yield from self._delta(item, self._link.wrong_return)
                if self._turn.cut:
                    break
        if self._pipeline is not None:
            yield from self._end(self._pipeline)

    def _items(self, out: Any) -> Iterator[Any]:
        items: Iterable[Any] = [out] if isinstance(out, (Delta, str)) else out
        if not is_iterable(items):
            raise self._link.wrong_return(out, f"return None or an iterable; {WANTED}")
        iterator = iter(items)
        while (item := self._link.run(next, iterator, ENDED)) is not ENDED:
            yield item

    def _delta(self, item: Any, wrong: Callable[[object, str], PluginError]) -> Flow:
        if not isinstance(item, (Delta, str)):
            raise wrong(item, WANTED)
        pipeline = self._pipeline
        if pipeline is None:
            pipeline = self._pipeline = self._begin()
            yield OPENED
        if self._turn.deltas is not None:
            self._turn.deltas.append(item)
        yield from emitted(self._call, pipeline.answered(item))
        context = self._call.context
        if context.first_content is None and context.content_started:
            context.first_content = context.elapsed
        self._raise_told()

    def _begin(self) -> Pipeline:
        call, answer = self._call, self._call.answer
        turn = self._turn = Turn(call.context.turn, "", self._request.model)
        turn.deltas = [] if call.keeps_deltas else None
        answer.begin(turn)
        partial = call.partial_reader(answer)
        source = Source(answer.log, partial=partial, block=turn.first_block)
        return make_pipeline(_nothing, None, source, turn, answer, call.delivery)

    def _end(self, pipeline: Pipeline) -> Flow:
        turn = self._turn
        if turn.finish_reason is None:
            turn.apply(Delta(finish_reason="tool_calls" if turn.tools else "stop"), None)
        yield from emitted(self._call, pipeline.finish())

    def _raise_told(self) -> None:
        info = self._turn.error
        if info is not None:
            from chimeric.exchange.provider_errors import error_from_answer

            raise error_from_answer(info)

    def broken(self, error: ChimericError) -> Flow:
        """Give out what middleware held back, and raise the error with what was given."""
        delivery = self._call.delivery
        if delivery is not None:
            yield Emit(delivery.given_up())
        error.model = error.model or self._request.model
        error.partial = self._call.broken_off()
        raise error


def _nothing(event: Any, state: Any) -> None:
    return None
