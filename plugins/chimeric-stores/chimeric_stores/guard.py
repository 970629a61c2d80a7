"""What a store that fails, or answers too late, does to a call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar, TypeVarTuple

from chimeric import ChimericError, PluginWarning, run

from .asked import Asked

__all__ = ["Answered", "Guard", "OnError"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

OnError: TypeAlias = Literal["pass", "fail"]
"""``pass`` goes on without the store, with a ``PluginWarning``; ``fail`` raises what it raised."""


class Answered(NamedTuple, Generic[T]):
    """What a store gave.

    Attributes:
        value: None where it failed.
        fault: what went wrong, with the error's class; empty where nothing did.
    """

    value: T | None
    fault: str = ""


class Guard:
    """Asks a store on behalf of a plugin, in blocking and asynchronous calls, for so long only.

    Args:
        name: the plugin's, for the warning.
        on_error: what a fault does: ``pass`` or ``fail``.
        seconds: that the store has for an answer.

    Attributes:
        fails: whether a fault fails the call.

    Raises:
        ValueError: for a word that is neither, or no time at all.

    Example:
        .. code-block:: python

            guard = Guard("my-plugin", on_error="pass", seconds=1)

            @hookimpl
            def chimeric_attempt(context):
                answered = yield from guard.ask(store.get, context.provider)
                if not answered.fault:
                    context.state["remembered"] = answered.value
                yield SEND
    """

    def __init__(self, name: str, *, on_error: OnError = "pass", seconds: float = 2.0) -> None:
        if on_error not in ("pass", "fail"):
            raise ValueError(f"on_error must be 'pass' or 'fail', not {on_error!r}")
        if not seconds > 0:
            raise ValueError(f"a store's seconds must be positive, not {seconds:g}")
        self._name = name
        self._seconds = seconds
        self.fails = on_error == "fail"

    def ask(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        blocks: bool = True,
        late: Callable[[T], object] | None = None,
    ) -> Generator[Any, Any, Answered[T]]:
        """What a function of the store gives, for a hook that is a generator.

        Args:
            function: what to ask.
            *args: its arguments.
            blocks: whether it may wait for anything. One that does not is called where it stands,
                without a thread.
            late: called in a thread with what comes when nobody waits for it any more, since it
                took too long or the call has ended: what was taken can be given back.

        Raises:
            TimeoutError: where it takes too long and a fault fails the call.
            ChimericError: whenever it raises one.
            Exception: what else it raises, where a fault fails the call.
        """
        try:
            if not blocks:
                return Answered(function(*args))
            return Answered((yield from self._waited(partial(function, *args), late)))
        except ChimericError:
            raise
        except Exception as error:
            if self.fails:
                raise
            fault = f"{type(error).__name__}: {error}"
            text = f"{self._name} goes on without its store: {fault}"
            warnings.warn(PluginWarning(text), stacklevel=2)
            return Answered(None, fault)

    def _waited(
        self, function: Callable[[], T], late: Callable[[T], object] | None
    ) -> Generator[Any, Any, T]:
        asked = Asked(function, late)
        try:
            return (yield from run(asked.answer, self._seconds))
        except BaseException:  # also a call that is closed or cancelled
            asked.give_up()
            raise
