"""What a hook asks of whoever drives its call: to wait, to fetch, to run a function.

A hook that is a generator asks with ``yield from``. The call's driver performs what is asked,
blocking in a sync call and awaiting in an async one, so a hook is written once for both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, TypeAlias, TypeVar, TypeVarTuple, cast, final, overload

import msgspec
from msgspec.structs import replace

from chimeric.values.requests import HTTPRequest, HTTPResponse

__all__ = [
    "SEND",
    "Asking",
    "FetchWant",
    "RunWant",
    "WaitWant",
    "Want",
    "fetch",
    "run",
    "wait",
    "within",
]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class WaitWant(msgspec.Struct, frozen=True):
    """Wait for so many seconds; the reply is None."""

    seconds: float
    until: float | None = None


class FetchWant(msgspec.Struct, frozen=True):
    """Send a request; the reply is an ``HTTPResponse``."""

    request: HTTPRequest
    recorded: bool = False
    until: float | None = None


class RunWant(msgspec.Struct, frozen=True):
    """Call a function; the reply is what it returns."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    until: float | None = None


Want: TypeAlias = WaitWant | FetchWant | RunWant
WANTS: Final = (WaitWant, FetchWant, RunWant)

Asking: TypeAlias = Generator[Any, Any, T]
"""A hook that asks, and returns a ``T``; what a generator hook is annotated with.

Example:
    >>> def chimeric_prepare_request(request) -> "Asking[None]":
    ...     yield from wait(0.1)
"""


@final
class Send:
    """The type of ``SEND``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SEND"


SEND: Final = Send()
"""What ``chimeric_attempt`` yields to have the request sent; the reply is the ``Outcome``.

Example:
    >>> SEND
    SEND
"""


def wait(seconds: float) -> Generator[WaitWant, None, None]:
    """Wait, for a hook that is a generator.

    Args:
        seconds: how long; nothing is waited for from 0 down.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_prepare_request(request, context):
                yield from wait(0.5)
    """
    yield WaitWant(seconds)


def fetch(
    request: HTTPRequest, *, recorded: bool = False
) -> Generator[FetchWant, HTTPResponse, HTTPResponse]:
    """Send a request through the client's transport, for a hook that is a generator.

    Nothing is retried, no redirect is followed, and no key is added. ``connect``, ``read``,
    ``total`` and ``Limits.response_size`` of the call hold.

    Args:
        request: any method; a mapping as the body is sent as JSON, bytes as they are.
        recorded: whether plugins that wrap the transport (a recorder) see it.

    Returns:
        The answer, whatever its status is.

    Raises:
        ChimericError: in the hook, when there is no answer: ``ConnectionFailedError``,
            ``RequestTimeoutError``, ``ProtocolError``.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_prepare_request(request, context):
                asked = HTTPRequest(url="https://moderation.test/", body={"text": "..."})
                verdict = yield from fetch(asked)
                if verdict.json()["flagged"]:
                    raise RefusedError("the prompt was refused")
    """
    return (yield FetchWant(request, recorded))


@overload
def run(
    function: Callable[[*Ts], Coroutine[Any, Any, T]], *args: *Ts
) -> Generator[RunWant, Any, T]: ...


@overload
def run(function: Callable[[*Ts], T], *args: *Ts) -> Generator[RunWant, Any, T]: ...


def run(  # type: ignore[misc]  # mypy takes *args for something that keywords could reach
    function: Callable[..., Any], *args: Any
) -> Generator[RunWant, Any, Any]:
    """Call a function that blocks, or await a coroutine function, for a hook that is a generator.

    A plain function runs in a daemon thread, with the caller's context variables, and is given up
    when the call ends. A coroutine function is awaited, in async calls only.

    Args:
        function: what to call.
        *args: its arguments.

    Returns:
        What it returns; what it raises is raised in the hook.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_answer(request, context):
                found = yield from run(database.lookup, request.model)
    """
    return (yield RunWant(function, args))


def within(seconds: float, asking: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Ask, for so long at most, for a hook that is a generator.

    Args:
        seconds: for all that ``asking`` asks for, together.
        asking: ``wait(...)``, ``fetch(...)``, ``run(...)``, or a generator that asks for several.

    Returns:
        What ``asking`` returns.

    Raises:
        TimeoutError: in ``asking``, when the time has passed; a thread is given up then.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_prepare_request(request, context):
                try:
                    verdict = yield from within(2, fetch(asked))
                except TimeoutError:
                    verdict = None
    """
    until = time.monotonic() + seconds
    reply: Any = None
    error: BaseException | None = None
    while True:
        try:
            want: Any = asking.send(reply) if error is None else asking.throw(error)
        except StopIteration as end:
            return cast("T", end.value)
        if isinstance(want, WANTS):
            want = replace(want, until=min(until, want.until or until))
        reply = error = None
        try:
            reply = yield want
        except BaseException as thrown:
            error = thrown
