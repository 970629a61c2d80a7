"""A plugin that asks, in one of its hooks, for what never comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from chimeric import (
    SEND,
    Chimeric,
    Context,
    Credentials,
    HTTPRequest,
    fetch,
    hookimpl,
    run,
    wait,
)

from .acme import KEY, Service

EFFECTS = ("wait", "fetch", "run")


class Stuck:
    """One hook, which asks.

    Attributes:
        asked: set when it asks.
        left: what ended it there, by name.
    """

    def __init__(self, place: str, effect: str, url: str) -> None:
        self._effect, self._url = effect, url
        self._released = threading.Event()
        self.asked = threading.Event()
        self.left: list[str] = []
        hook = PLACES[place](self)
        self.plugin: Any = type("Stuck", (), {hook.__name__: staticmethod(hookimpl(hook))})()

    def asks(self) -> Iterator[Any]:
        """Ask, for a hook to ``yield from``."""
        self.asked.set()
        try:
            match self._effect:
                case "wait":
                    yield from wait(600)
                case "fetch":
                    yield from fetch(HTTPRequest(url=f"{self._url}/hang"))
                case "run":
                    yield from run(self._released.wait)
        except BaseException as fault:
            self.left.append(type(fault).__name__)
            raise
        self.left.append("answered")

    def release(self) -> None:
        """Let the thread of a function that never returned end."""
        self._released.set()


class Told:
    """How calls ended, as observers are told."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    @hookimpl
    def chimeric_stream_finished(self, context: Context) -> None:
        self.ends.append("closed early" if context.closed_early else "finished")

    @hookimpl
    def chimeric_stream_failed(self, error: BaseException) -> None:
        self.ends.append(type(error).__name__)


def _prepare_request(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_prepare_request() -> Any:
        yield from stuck.asks()

    return chimeric_prepare_request


def _answer(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_answer() -> Any:
        yield from stuck.asks()

    return chimeric_answer


def _answer_begun(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_answer() -> Any:
        yield "so far"
        yield from stuck.asks()

    return chimeric_answer


def _attempt(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_attempt() -> Any:
        yield from stuck.asks()
        yield SEND

    return chimeric_attempt


def _attempt_sent(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_attempt() -> Any:
        yield SEND
        yield from stuck.asks()

    return chimeric_attempt


def _credentials(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_credentials() -> Any:
        yield from stuck.asks()
        return Credentials(KEY)

    return chimeric_credentials


def _recover(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_recover() -> Any:
        yield from stuck.asks()

    return chimeric_recover


def _call_tool(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_call_tool() -> Any:
        yield from stuck.asks()

    return chimeric_call_tool


def _finish_turn(stuck: Stuck) -> Callable[..., Any]:
    def chimeric_finish_turn() -> Any:
        yield from stuck.asks()

    return chimeric_finish_turn


PLACES: dict[str, Callable[[Stuck], Callable[..., Any]]] = {
    "prepare_request": _prepare_request,
    "answer": _answer,
    "answer-begun": _answer_begun,
    "attempt": _attempt,
    "credentials": _credentials,
    "recover": _recover,
    "call_tool": _call_tool,
    "finish_turn": _finish_turn,
    "attempt-sent": _attempt_sent,
}
STREAMING = ("answer-begun", "call_tool", "finish_turn", "attempt-sent")
"""Where the caller has the stream already."""


def clock() -> str:
    """Tell the time."""
    return "noon"


def call_of(place: str, **more: Any) -> dict[str, Any]:
    """The call that comes to the hook."""
    call: dict[str, Any] = {"model": "acme-story", "messages": "Hi", "stream": True}
    if place == "recover":
        call["model"] = "acme-fails"
    if place == "call_tool":
        call |= {"model": "acme-tools", "tools": [clock]}
    return {**call, **more}


def client_of(service: Service, place: str, *plugins: Any) -> Chimeric:
    """A client that has a key, unless a plugin is to bring it."""
    return service.client(*plugins, key=None if place == "credentials" else KEY)
