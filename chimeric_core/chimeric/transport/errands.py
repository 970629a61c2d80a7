"""What few calls ask their driver for: to wait, to run tools, to do what a hook wants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chimeric.exchange.effects import Effect, Perform, RunTools, Sleep

if TYPE_CHECKING:
    from .sync_driver import SyncDriver

__all__ = ["run_errand"]

SLEEP_STEP = 0.1
"""Seconds after which a waiting call looks whether it was closed meanwhile."""


def run_errand(driver: SyncDriver, effect: Effect) -> Any:
    """Do what an effect asks for, with blocking calls, until the driver is closed.

    Raises:
        StreamInterruptedError: when it is; a hook that is ending is not disturbed by that.
    """
    reply, ending = None, False
    match effect:
        case Perform(ending=ending):
            reply = _perform_want(driver, effect)
        case RunTools():
            reply = _next_result(driver, effect)
        case Sleep(seconds=seconds):
            _sleep(driver, seconds)
        case _:
            return None  # the others are the loop's own
    if driver.closed and not ending:
        from .sync_driver import closed_stream

        raise closed_stream()
    return reply


def _perform_want(driver: SyncDriver, effect: Perform) -> Any:
    from .performing.blocking import Performer

    driver._performer = performer = Performer(driver._transports, effect)
    if driver.closed:
        performer.abort()
    try:
        return performer.perform()
    finally:
        driver._performer = None


def _next_result(driver: SyncDriver, effect: RunTools) -> Any:
    from .tool_threads import begun

    driver._tools = tools = begun(effect)
    if driver.closed:
        from .sync_driver import closed_stream

        raise closed_stream()
    return tools.next()


def _sleep(driver: SyncDriver, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not driver.closed and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, SLEEP_STEP))
