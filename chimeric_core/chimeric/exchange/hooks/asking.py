"""A hook that is a generator: what it asks for becomes effects, and it gets the replies."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from chimeric.errors import ChimericError, PluginError, warn_of_plugin
from chimeric.exchange.call import Call
from chimeric.exchange.effects import Effect, Emit, Flow, Perform
from chimeric.exchange.failing.limits import timeout_error
from chimeric.plugins.hooks import Link
from chimeric.schema.type_guards import is_generator
from chimeric.values.hooks.wants import WANTS, RunWant, WaitWant, Want

__all__ = ["ENDED", "Asker", "ask", "returned"]

ENDED: Final = object()
"""What ``advance`` returns when the generator has come to its end."""


class Asker(msgspec.Struct, eq=False):
    """One running generator of a plugin.

    Attributes:
        link: the hook that it comes from.
        value: what it returned.
        interrupted: whether the call ended (closed, cancelled, out of time) while it asked.
        until: monotonic time by which it must have what it asks for, or None.
        late: makes the error for when that time passes, if it is not the call's own.
        ending: whether it is heard although the call has ended.
    """

    _call: Call
    link: Link
    _generator: Generator[Any, Any, Any]
    value: Any = None
    interrupted: bool = False
    until: float | None = None
    late: Callable[[], ChimericError] | None = None
    ending: bool = False

    def __post_init__(self) -> None:
        self.until = self._call.deadline

    def advance(self, reply: Any = None) -> Generator[Effect, Any, Any]:
        """Let it go on with ``reply``, and perform what it asks for.

        Returns:
            What it yields that is nothing to perform, or ``ENDED``.

        Raises:
            PluginError: when it raises what is no ``ChimericError``.
        """
        error: BaseException | None = None
        while True:
            try:
                if error is not None:
                    asked = self._generator.throw(error)
                else:
                    asked = self._generator.send(reply)
            except StopIteration as stop:
                self.value = stop.value
                return ENDED
            except ChimericError:
                raise
            except Exception as fault:
                raise self.link.raised(fault) from fault
            if not isinstance(asked, WANTS):
                return asked
            reply, error = yield from self._perform(asked)

    def finish(self) -> Generator[Effect, Any, Any]:
        """Let it run to its end; what it returned.

        Raises:
            PluginError: when it yields what cannot be performed.
        """
        item = yield from self.advance()
        if item is not ENDED:
            raise self.wrong_yield(item, "ask with `yield from wait(...)`, fetch or run")
        return self.value

    def close(self) -> None:
        """End it where it stands. What goes wrong with that is told, and changes nothing."""
        try:
            self._generator.close()
        except Exception as fault:
            warn_of_plugin(self.link.raised(fault).message)

    def wrong_yield(self, item: object, wanted: str) -> PluginError:
        """The error for something that it may not yield; it is closed."""
        self.close()
        return self.link.fault(f"yielded {type(item).__name__} in {self.link.hook}; {wanted}")

    def _perform(self, want: Any) -> Generator[Effect, Any, tuple[Any, BaseException | None]]:
        try:
            reply = yield from performed(self._call, want, self.until, ending=self.ending)
        except BaseException:
            # What is thrown in here, instead of being a reply, ends the call.
            self.interrupted = True
            self.close()
            raise
        if reply is None:
            self.close()
            raise self.late() if self.late else _total_passed(self._call)
        return reply


def _total_passed(call: Call) -> ChimericError:
    return timeout_error("total", call.timeout.total)


def performed(
    call: Call, want: Want, until: float | None, *, ending: bool = False
) -> Generator[Effect, Any, tuple[Any, BaseException | None] | None]:
    """The value and the error of what is asked for, one of which is None; None if it is late."""
    reply: tuple[Any, BaseException | None] | None
    if want.until is not None and (until is None or want.until < until):
        sooner = replace(want, until=None)
        reply = yield from performed(call, sooner, want.until, ending=ending)
        return reply or (None, TimeoutError("the time of within(...) has passed"))
    left = math.inf if until is None else until - time.monotonic()
    if left <= 0:
        return None
    match want:
        case WaitWant(seconds=seconds):
            reply = yield Perform(WaitWant(min(seconds, left)), None, ending)
            return reply if seconds < left else None
        case RunWant():
            reply = yield Perform(want, until, ending)
            return reply
        case _:
            from .fetching import fetched  # few hooks fetch

            return (yield from fetched(call, want, until, ending))


def returned(call: Call, link: Link, *args: Any) -> Generator[Effect, Any, Any]:
    """What an implementation of a hook returns: at once, or after all that it asks for."""
    out = link.guarded(*args)
    if is_generator(out):
        out = yield from Asker(call, link, out).finish()
    return out


def ask(call: Call) -> Flow:
    """Perform what processors ask for between two chunks, until none does.

    Their chunks are emitted on the way.
    """
    turn = call.answer.turn
    assert call.delivery is not None  # it asks
    asked, began = call.delivery.asked(), time.monotonic()
    item = next(asked, None)
    try:
        while item is not None:
            if not isinstance(item, WANTS):
                yield Emit(item)
                item = next(asked, None)
                continue
            reply = yield from performed(call, item, call.deadline)
            if reply is None:
                raise _total_passed(call)
            value, error = reply
            item = asked.send(value) if error is None else asked.throw(error)
    finally:
        asked.close()
    if turn is not None:
        turn.held += time.monotonic() - began  # a hook's time is no time of the server's
