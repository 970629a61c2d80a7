"""Calls in Python's own ``logging``, under the name ``chimeric``.

Installed, it acts by itself: ``INFO`` has one line of each call, ``DEBUG`` its attempts and when
the answer began. Nothing is made into text where nobody has asked for the level. Keys are never
told, and what was asked and answered only by a ``Log(content=True)``.

Example:
    .. code-block:: python

        logging.basicConfig(level=logging.INFO)
        client.generate("sim:echo", "Hello")
        # INFO:chimeric:sim echo: stop, 8 in + 1 out tokens, first content after 0.01 s, 0.01 s
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

from chimeric import (
    SEND,
    ChimericError,
    CompletionResponse,
    Context,
    Outcome,
    Request,
    hookimpl,
)

from .lines import attempt_line, failed_line, finished_line, name_of

__all__ = ["Log"]

LOGGER = logging.getLogger("chimeric")
KEY = "chimeric-log"
"""Where a call keeps what logs it: one plugin does, whatever is installed beside it."""


class Log:
    """A plugin that logs the calls of one client, in place of what is installed.

    Args:
        content: whether ``DEBUG`` has the last message and the answer of each call, too. They may
            hold anything that your users have written.
        logger: where it goes; ``logging.getLogger("chimeric")`` where nothing is said.

    Example:
        .. code-block:: python

            client = Chimeric(plugins=[Log(content=True)])
    """

    def __init__(self, *, content: bool = False, logger: logging.Logger | None = None) -> None:
        self._content = content
        self._logger = logger or LOGGER

    @hookimpl(tryfirst=True)
    def chimeric_prepare_request(self, request: Request, context: Context) -> None:
        """Take the call over, and tell what is asked where that is wanted."""
        context.state.setdefault(KEY, self)
        if self._content and self._logs(context, logging.DEBUG) and request.messages:
            self._logger.debug("%s: asked %r", name_of(context), request.messages[-1].text)

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None] | None:
        """Tell of an attempt, where that is wanted."""
        return self._attempt(context) if self._logs(context, logging.DEBUG) else None

    @hookimpl
    def chimeric_stream_started(self, context: Context) -> None:
        """Tell when the answer has begun."""
        if self._logs(context, logging.DEBUG):
            name = name_of(context)
            self._logger.debug("%s: the answer has begun after %.2f s", name, context.elapsed)

    @hookimpl
    def chimeric_stream_finished(self, context: Context, response: CompletionResponse) -> None:
        """Tell of a call that ended well, or that its caller has left."""
        if self._content and self._logs(context, logging.DEBUG):
            self._logger.debug("%s: answered %r", name_of(context), response.content)
        if self._logs(context, logging.INFO):
            line, told = finished_line(context, response)
            self._logger.info("%s", line, extra={"chimeric": told})

    @hookimpl
    def chimeric_stream_failed(self, context: Context, error: BaseException) -> None:
        """Tell of a call that failed."""
        if self._logs(context, logging.INFO):
            line, told = failed_line(context, error)
            self._logger.info("%s", line, extra={"chimeric": told})

    def _attempt(self, context: Context) -> Generator[Any, Any, None]:
        name, number = name_of(context), context.attempt + 1
        self._logger.debug("%s: attempt %d of turn %d", name, number, context.turn + 1)
        outcome: Outcome = yield SEND
        self._logger.debug("%s: %s", name, attempt_line(number, outcome))

    def _logs(self, context: Context, level: int) -> bool:
        return self._logger.isEnabledFor(level) and context.state.get(KEY, self) is self


chimeric_api = (2, 2)

INSTALLED = Log()

if LOGGER.isEnabledFor(logging.DEBUG):
    # To stand around attempts costs a call a tenth of a millisecond or more, whatever is done
    # there. Where the level is set later, retries are told by a ``Log`` of the client alone.
    from .attempts import chimeric_attempt as chimeric_attempt
    from .attempts import chimeric_stream_started as chimeric_stream_started


@hookimpl
def chimeric_stream_finished(context: Context, response: CompletionResponse) -> None:
    """Tell of a call that ended well."""
    INSTALLED.chimeric_stream_finished(context, response)


@hookimpl
def chimeric_stream_failed(context: Context, error: ChimericError) -> None:
    """Tell of a call that failed."""
    INSTALLED.chimeric_stream_failed(context, error)
