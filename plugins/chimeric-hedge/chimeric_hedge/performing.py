"""Performs a contest: in threads for blocking callers, in tasks for asynchronous ones."""

from __future__ import annotations

import contextlib
import contextvars
import math
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

import anyio

from .contest import Contest
from .entrant import Entrant
from .finish_line import RUNNING

__all__ = ["aperform", "perform"]

Course: TypeAlias = Generator[Callable[[], Any], Any, None]

GRACE = 0.05
"""Seconds that the losers' threads have to end before the answer is given out. Their connections
are closed by then; a thread may still wait for a name server, or for a hook."""


def perform(contest: Contest, *, streamed: bool) -> Any:
    """What the winner has to give, with blocking calls."""
    bell = threading.Event()
    contest.ring = bell.set
    try:
        while not contest.over:
            for entrant in contest.due():
                course = _course(contest, entrant, streamed, "close")
                run = contextvars.copy_context().run
                threading.Thread(
                    target=run, args=(_blocking, course), name="chimeric-hedge", daemon=True
                ).start()
            bell.wait(contest.patience())
            bell.clear()
        contest.take()
    finally:
        contest.leave()
    until = time.monotonic() + GRACE
    while not contest.quiet and (left := until - time.monotonic()) > 0:
        bell.wait(left)
        bell.clear()
    return contest.result()


async def aperform(contest: Contest, *, streamed: bool) -> Any:
    """The same on the running event loop, asyncio's or trio's. No task is left when it returns."""
    bell = anyio.Event()
    contest.ring = lambda: bell.set()
    async with anyio.create_task_group() as tasks:
        try:
            while not contest.over:
                for entrant in contest.due():
                    tasks.start_soon(_awaiting, _course(contest, entrant, streamed, "aclose"))
                patience = contest.patience()
                with anyio.move_on_after(math.inf if patience is None else patience):
                    await bell.wait()
                bell = anyio.Event()
            contest.take()
        finally:
            contest.leave()
    return contest.result()


def _course(contest: Contest, entrant: Entrant, streamed: bool, close: str) -> Course:
    """What an entrant does; it yields what is to be called, and awaited where it can be."""
    RUNNING.set((contest, entrant))
    stream: Any = None
    try:
        client = contest.client_for(entrant)
        answer = yield lambda: entrant.ask(client, contest.elapsed)
        if streamed:
            stream = answer
            yield stream.until_content
        if contest.is_ready(entrant, answer):
            return
    except BaseException as error:
        contest.failed(entrant, error)
        if not isinstance(error, Exception):
            raise
    if stream is not None:
        yield getattr(stream, close)
        entrant.tell_usage(stream.response.usage)
    contest.has_ended(entrant)


def _blocking(course: Course) -> None:
    """Go a course with blocking calls; what is raised was told."""
    with contextlib.suppress(StopIteration, BaseException):
        step = next(course)
        while True:
            try:
                reply = step()
            except BaseException as error:
                step = course.throw(error)
            else:
                step = course.send(reply)


async def _awaiting(course: Course) -> None:
    """Go a course on the running event loop."""
    with contextlib.suppress(StopIteration):
        step = next(course)
        while True:
            try:
                reply = await step()
            except BaseException as error:  # a cancellation comes out again
                step = course.throw(error)
            else:
                step = course.send(reply)
