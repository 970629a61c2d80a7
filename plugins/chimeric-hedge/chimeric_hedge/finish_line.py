"""Sees the first content of each entrant pass, inside its call."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NoReturn

from chimeric import Context, RefusedError, Request, StreamChunk, StreamProcessor, hookimpl

from .contest import Contest
from .entrant import Entrant

__all__ = ["RUNNING", "FinishLine"]

RUNNING: ContextVar[tuple[Contest, Entrant] | None] = ContextVar("chimeric_hedge", default=None)
"""Whose call begins in this thread or task."""


class FinishLine:
    """A plugin of the entrants' calls, one object for all: so their hooks are joined once.

    The first content that middleware lets through wins, or an answer's end where it has none. An
    entrant that has lost goes no further: it never comes to run a tool.
    """

    chimeric_phase = "guard"

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> None:
        """Send nothing for an entrant that was ended before its client knew of the call."""
        running = RUNNING.get()
        if running is not None and running[0].lost(running[1]):
            _give_up()

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor | None:
        """What watches one entrant."""
        running = RUNNING.get()
        return None if running is None else _Watch(*running)


class _Watch:
    def __init__(self, contest: Contest, entrant: Entrant) -> None:
        self._contest = contest
        self._entrant = entrant
        self._passed = False

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Announce the first content, and tell of the contest there and at the ends of turns.

        Raises:
            RefusedError: when another was first.
        """
        if self._passed and chunk.finish_reason is None:
            return chunk
        if not self._passed:
            if not has_content(chunk) and chunk.finish_reason is None:
                return chunk
            if not self._contest.arrived(self._entrant):
                _give_up()
            self._passed = True
        return chunk.replace(metadata={**chunk.metadata, "hedge": self._contest.report})

    def flush(self) -> None:
        """Nothing is held back."""


def has_content(chunk: StreamChunk) -> bool:
    """Whether a chunk shows anything of an answer."""
    if chunk.delta or chunk.reasoning or chunk.refusal or chunk.tool_calls or chunk.tool_results:
        return True
    return bool(chunk.server_tools or chunk.citations or chunk.files or chunk.logprobs)


def _give_up() -> NoReturn:
    raise RefusedError("another model was first")
