"""The hooks that may ask, as places in a call: a plugin for each, and the call that comes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from chimeric import SEND, Chimeric, Credentials, StreamChunk, hookimpl

from .acme import KEY, Service

Asks: TypeAlias = Callable[[], Iterator[Any]]
"""A generator function: what a hook asks for."""


def plugin_in(place: str, asks: Asks) -> Any:
    """A plugin with one hook, which asks."""
    hook = PLACES[place](asks)
    return type("Asker", (), {hook.__name__: staticmethod(hookimpl(hook))})()


def _prepare_request(asks: Asks) -> Callable[..., Any]:
    def chimeric_prepare_request() -> Any:
        yield from asks()

    return chimeric_prepare_request


def _answer(asks: Asks) -> Callable[..., Any]:
    def chimeric_answer() -> Any:
        yield from asks()

    return chimeric_answer


def _answer_begun(asks: Asks) -> Callable[..., Any]:
    def chimeric_answer() -> Any:
        yield "so far"
        yield from asks()

    return chimeric_answer


def _attempt(asks: Asks) -> Callable[..., Any]:
    def chimeric_attempt() -> Any:
        yield from asks()
        yield SEND

    return chimeric_attempt


def _attempt_sent(asks: Asks) -> Callable[..., Any]:
    def chimeric_attempt() -> Any:
        yield SEND
        yield from asks()

    return chimeric_attempt


def _credentials(asks: Asks) -> Callable[..., Any]:
    def chimeric_credentials() -> Any:
        yield from asks()
        return Credentials(KEY)

    return chimeric_credentials


def _recover(asks: Asks) -> Callable[..., Any]:
    def chimeric_recover() -> Any:
        yield from asks()

    return chimeric_recover


def _call_tool(asks: Asks) -> Callable[..., Any]:
    def chimeric_call_tool() -> Any:
        yield from asks()

    return chimeric_call_tool


def _finish_turn(asks: Asks) -> Callable[..., Any]:
    def chimeric_finish_turn() -> Any:
        yield from asks()

    return chimeric_finish_turn


class _Processor:
    """Asks once: at the first text, or when it is flushed."""

    def __init__(self, asks: Asks, where: str) -> None:
        self._asks, self._where = asks, where

    def process(self, chunk: StreamChunk) -> Iterator[Any]:
        if chunk.delta:
            yield from self._asking("process")
        yield chunk

    def flush(self) -> Iterator[Any]:
        yield from self._asking("flush")

    def _asking(self, where: str) -> Iterator[Any]:
        if where == self._where:
            self._where = ""
            yield from self._asks()


def _process(asks: Asks) -> Callable[..., Any]:
    def chimeric_stream_processor() -> _Processor:
        return _Processor(asks, "process")

    return chimeric_stream_processor


def _flush(asks: Asks) -> Callable[..., Any]:
    def chimeric_stream_processor() -> _Processor:
        return _Processor(asks, "flush")

    return chimeric_stream_processor


PLACES: dict[str, Callable[[Asks], Callable[..., Any]]] = {
    "prepare_request": _prepare_request,
    "answer": _answer,
    "answer-begun": _answer_begun,
    "attempt": _attempt,
    "credentials": _credentials,
    "recover": _recover,
    "call_tool": _call_tool,
    "finish_turn": _finish_turn,
    "stream_processor-process": _process,
    "stream_processor-flush": _flush,
    "attempt-sent": _attempt_sent,
}
STREAMING = (
    "answer-begun",
    "call_tool",
    "finish_turn",
    "stream_processor-process",
    "stream_processor-flush",
    "attempt-sent",
)
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
