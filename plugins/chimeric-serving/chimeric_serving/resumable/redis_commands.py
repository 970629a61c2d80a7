"""Commands to Redis from tasks of any event loop, over one connection.

The blocking client of ``redis`` works on asyncio and trio alike, in a thread; what tasks ask while
an answer is awaited is sent together, in one round trip.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread

from chimeric import current_loop

from .errors import StoreError

if TYPE_CHECKING:
    import redis

__all__ = ["Commands", "call_in", "join"]

MOST: Final = 256
"""Commands that are sent together."""


def call_in(loop: Any, function: Callable[[], object]) -> None:
    """Call a function in a loop of asyncio or trio, from another thread."""
    soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon
    with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits there any more
        soon(function)


async def join(thread: threading.Thread, seconds: float = 2.0) -> None:
    """Wait for a thread that has been told to end."""
    await anyio.to_thread.run_sync(thread.join, seconds)


class Script:
    """A script, by its hash once the server has it."""

    def __init__(self, text: str) -> None:
        import hashlib

        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Asked:
    """A command that somebody waits for."""

    __slots__ = ("answer", "command", "done", "loop", "script")

    def __init__(self, command: tuple[Any, ...], script: Script | None) -> None:
        self.command = command
        self.script = script
        self.loop = current_loop()
        self.done = anyio.Event()
        self.answer: Any = None


class Commands:
    """Sends commands. The thread begins with the first one."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    async def ask(self, *command: Any) -> Any:
        """The answer to a command.

        Raises:
            StoreError: for an error of the server, or of the way to it.
        """
        return await self._ask(_Asked(command, None))

    async def run(self, script: Script, keys: tuple[str, ...], *args: Any) -> Any:
        """What a script returns.

        Raises:
            StoreError: as ``ask``.
        """
        return await self._ask(_Asked(("EVALSHA", script.sha, len(keys), *keys, *args), script))

    async def _ask(self, asked: _Asked) -> Any:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="chimeric-hub-commands", daemon=True
                )
                self._thread.start()
            self._queue.put(asked)
        await asked.done.wait()
        if isinstance(asked.answer, Exception):
            # Applications show the text to users; the error's own names hosts, and is the cause.
            name = type(asked.answer).__name__
            raise StoreError(f"the store failed: {name}") from asked.answer
        return asked.answer

    async def aclose(self) -> None:
        """End the thread, when it has sent what it was given."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            await join(thread)

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            together = [first]
            last = False
            while len(together) < MOST and not last:
                try:
                    asked = self._queue.get_nowait()
                except queue.Empty:
                    break
                if asked is None:
                    last = True
                else:
                    together.append(asked)
            self._perform(together)
            if last:
                return

    def _perform(self, together: list[_Asked]) -> None:
        try:
            self._answer(together)
            again = [a for a in together if type(a.answer).__name__ == "NoScriptError"]
            if again:
                for script in {a.script for a in again if a.script is not None}:
                    self._client.script_load(script.text)
                self._answer(again)
        except Exception as error:  # raised where it was asked
            for asked in together:
                asked.answer = error
        loops: dict[Any, list[_Asked]] = {}
        for asked in together:
            loops.setdefault(asked.loop, []).append(asked)
        for loop, told in loops.items():
            call_in(loop, partial(_tell, told))

    def _answer(self, together: list[_Asked]) -> None:
        if len(together) == 1:  # a pipeline of one costs more
            try:
                together[0].answer = self._client.execute_command(*together[0].command)
            except Exception as error:
                together[0].answer = error
            return
        pipeline = self._client.pipeline(transaction=False)
        for asked in together:
            pipeline.execute_command(*asked.command)
        answers = pipeline.execute(raise_on_error=False)
        for asked, answer in zip(together, answers, strict=True):
            asked.answer = answer


def _tell(told: Iterable[_Asked]) -> None:
    for asked in told:
        asked.done.set()
