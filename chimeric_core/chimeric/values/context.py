"""What hooks are told about the call that they run in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from .deltas import FinishReason
from .requests import HTTPRequest, Request

__all__ = ["Context", "Continuation"]


class Continuation(msgspec.Struct, frozen=True):
    """What ``chimeric_recover`` returns to have a cut answer gone on with, in the same turn.

    Attributes:
        request: the request whose answer is the rest, word for word: text is given on from where
            it was cut, and nothing that was delivered is void. Or the ``HTTPRequest`` of
            ``context.rest()``: the same events go on, for the parser as it stands.
    """

    request: Request | HTTPRequest


class Context(msgspec.Struct, eq=False):
    """One object for each call, shared by all hooks and tools of that call.

    A tool gets it in a parameter that is annotated with this class.

    Attributes:
        request: the unified request of the current turn.
        provider: name of the provider that serves it.
        endpoint: name of the client's endpoint that serves it, or "".
        user: what the caller passed as ``user_context``; no provider sees it.
        turn: 0 for the first request, +1 for each round of the tool loop.
        attempt: 0 for the first try of the current turn, +1 for each retry.
        closed_early: whether the caller closed the stream before its end.
        streaming: whether the caller asked for a stream.
        first_content: seconds from the start of the call to the first content, or None.
        request_id: the provider's id of the current request, where it sent one.
        base_url: the provider's resolved base URL.
        rest: asks, in ``chimeric_recover``, what brings the rest of the cut answer: an
            ``HTTPRequest`` of the provider's plugin, or None where there is nothing of the kind.
        ended: when the call was over (``time.monotonic``), or None while it goes on.
        keep: ``context.keep(key, make)`` gives what the client keeps under a key, a str with your
            plugin's name in it: what ``make()`` returned at the first use. Its ``close()`` is
            called when the client closes; a coroutine function that this returns is awaited where
            the client is closed by ``aclose``.
        state: a dict for plugins; use your plugin's name as the key.
    """

    request: Request
    user: Any = None
    provider: str = ""
    endpoint: str = ""
    base_url: str = ""
    turn: int = 0
    attempt: int = 0
    closed_early: bool = False
    streaming: bool = False
    first_content: float | None = None
    request_id: str | None = None
    rest: Callable[[], HTTPRequest | None] = lambda: None
    ended: float | None = None
    keep: Callable[[str, Callable[[], Any]], Any] = lambda key, make: make()
    state: dict[str, Any] = {}
    _started: float = msgspec.field(default_factory=time.monotonic)
    _has_content: Callable[[], bool] = bool
    _end_turn: Callable[[FinishReason], object] = bool

    __repr__ = object.__repr__  # the user and the headers are not for a log

    def __post_init__(self) -> None:
        self.provider = self.request.provider or ""
        self.streaming = self.request.stream

    @property
    def content_started(self) -> bool:
        """Whether the caller has been given content of the current turn."""
        return self._has_content()

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self._started

    def end_turn(self, finish_reason: FinishReason) -> None:
        """End the turn that is being answered, for middleware of chunks.

        Nothing more of it is read: the connection is closed, and no call of the turn is made or
        kept. What middleware still holds of it comes out, then the last chunk, with this reason.
        What comes to the caller's own processor until then is for it to drop.

        Args:
            finish_reason: ``stop``, ``content_filter``, ...

        Raises:
            PluginError: when no turn is being answered, or for a reason that is none.

        Example:
            .. code-block:: python

                @hookimpl
                def chimeric_process_chunk(chunk, context):
                    if "THE END" in (chunk.delta or ""):
                        context.end_turn("stop")
                    return chunk
        """
        self._end_turn(finish_reason)
