"""The exchange driven by hand, so that each moment of a call can be stopped at."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from chimeric_testing import prepare

from chimeric import Chimeric, ChimericError, Credentials, Request, hookimpl, run
from chimeric.exchange.effects import (
    Effect,
    Emit,
    Ending,
    Opened,
    Perform,
    Read,
    Relay,
    RunTools,
    Send,
    Sleep,
)
from chimeric.exchange.exchange import exchange
from chimeric.transport.tool_threads import begun
from chimeric.values.chunks import StreamChunk

__all__ = ["FAILED", "TEXT", "TOOL", "World", "add", "asking", "hooked", "mark"]


def mark() -> None:
    """What every hook here asks to have run."""


def _event(choice: dict[str, Any]) -> bytes:
    return (
        b"data: " + json.dumps({"id": "1", "choices": [{"index": 0, **choice}]}).encode() + b"\n\n"
    )


def _call() -> dict[str, Any]:
    function = {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    return {"delta": {"tool_calls": [{"index": 0, "id": "c1", "function": function}]}}


FAILED = (500, [])
TOOL = (200, [_event(_call()), _event({"delta": {}, "finish_reason": "tool_calls"})])
TEXT = (
    200,
    [
        _event({"delta": {"content": "Hi"}}),
        _event({"delta": {"content": " there"}}),
        _event({"delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n",
    ],
)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def asking(log: list[str]) -> Iterator[Any]:
    """What a hook does here: it asks once, and notes what becomes of it."""
    log.append("asks")
    try:
        yield from run(mark)
    except GeneratorExit:
        log.append("closed")
        raise
    log.append("went on")


def hooked(hook: str, log: list[str]) -> Any:
    """A plugin whose one hook asks."""

    class Prepare:
        @hookimpl
        def chimeric_prepare_request(self, request: Request) -> Any:
            yield from asking(log)

    class Answer:
        @hookimpl
        def chimeric_answer(self, request: Request) -> Any:
            yield from asking(log)

    class Keys:
        @hookimpl
        def chimeric_credentials(self, provider: Any) -> Any:
            yield from asking(log)
            return Credentials("key-of-the-hook")

    class Gate:
        @hookimpl
        def chimeric_call_tool(self, call: Any) -> Any:
            yield from asking(log)

    class Recover:
        @hookimpl
        def chimeric_recover(self, error: Any) -> Any:
            yield from asking(log)

    class Turns:
        @hookimpl
        def chimeric_finish_turn(self, turn: Any) -> Any:
            yield from asking(log)

    kinds: dict[str, type] = {
        "prepare_request": Prepare,
        "answer": Answer,
        "credentials": Keys,
        "call_tool": Gate,
        "recover": Recover,
        "finish_turn": Turns,
    }
    return kinds[hook]()


class World:
    """Replies to one call with what a script says, effect by effect.

    Attributes:
        moment: where the call stands: ``opening``, ``streaming``, ``between attempts``, ``tools``.
        asked: the moment of each wait that a hook asked for.
        chunks: what the caller was given.
        error: what the call ended with.
    """

    def __init__(
        self, client: Chimeric, script: list[tuple[int, list[bytes]]], **params: Any
    ) -> None:
        self.call = prepare(client, "compatible:m", **params)
        self.flow: Any = exchange(self.call)
        self.script = iter(script)
        self.body: Iterator[bytes] = iter(())
        self.moment = "opening"
        self.asked: list[str] = []
        self.chunks: list[StreamChunk] = []
        self.error: BaseException | None = None
        self.pause = 0.0

    def until(self, wanted: Any) -> Effect | None:
        """Go on to the first effect for which ``wanted`` says so; None at the call's end."""
        try:
            effect: Effect = next(self.flow)
            while not wanted(effect):
                try:
                    reply = self.reply(effect)
                except ChimericError as error:
                    effect = self.flow.throw(error)
                else:
                    effect = self.flow.send(reply)
        except StopIteration:
            return None
        except BaseException as error:
            self.error = error
            return None
        return effect

    def run(self) -> None:
        """Go on to the end."""
        assert self.until(lambda effect: False) is None

    def end_late(self) -> None:
        """What was asked for does not come before the call's time is over; go on to the end."""
        try:
            effect = self.flow.send(None)
            while True:
                effect = self.flow.send(self.reply(effect))
        except BaseException as error:
            self.error = error

    def reply(self, effect: Effect) -> Any:
        """What the world has to say to an effect."""
        match effect:
            case Perform():
                self.asked.append(self.moment)
                time.sleep(self.pause)
                return None, None
            case Send():
                status, pieces = next(self.script)
                self.body = iter(pieces)
                return status, {"content-type": "text/event-stream"}
            case Opened():
                self.moment = "streaming"
            case Read():
                return next(self.body, b"")
            case Relay(take=take):
                while (chunk := take(next(self.body, b""))) is not None:
                    self.take(chunk)
            case Emit(chunks=chunks):
                for chunk in chunks:
                    self.take(chunk)
            case Sleep():
                self.moment = "between attempts"
            case RunTools():
                return begun(effect).next()
            case _:
                pass
        return None

    def take(self, chunk: StreamChunk) -> None:
        """The caller takes a chunk."""
        self.chunks.append(chunk)
        if chunk.finish_reason == "tool_calls":
            self.moment = "tools"

    def leave(self) -> list[Perform]:
        """The caller leaves (a close or a cancellation); what is performed after that."""
        performed: list[Perform] = []
        try:
            effect = self.flow.throw(Ending())
            while True:
                if isinstance(effect, Perform):
                    performed.append(effect)
                effect = self.flow.send((None, None) if isinstance(effect, Perform) else None)
        except (Ending, StopIteration):
            return performed
