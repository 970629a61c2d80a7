"""Processors that ask between two chunks."""

from __future__ import annotations

import time

from chimeric.exchange.call import Call
from chimeric.exchange.effects import Emit, Flow
from chimeric.exchange.failing.limits import timeout_error
from chimeric.values.hooks.wants import WANTS

from .asking import performed

__all__ = ["ask"]


def ask(call: Call) -> Flow:
    """Perform what processors ask for, until none does; their chunks are emitted on the way."""
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
                raise timeout_error("total", call.timeout.total)
            value, error = reply
            item = asked.send(value) if error is None else asked.throw(error)
    finally:
        asked.close()
    if turn is not None:
        turn.held += time.monotonic() - began  # a hook's time is no time of the server's
