"""One connection to a server, in one event loop.

The SDK's clients must be entered and left in one task: each connection has a task of its own,
which does nothing else. Calls are awaited where they are made, in other tasks of that loop.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from . import loops
from .faults import MCPServerError, first_of
from .lists import MendedStream
from .setup import Setup

if TYPE_CHECKING:
    from mcp import Client

__all__ = ["Connection"]

T = TypeVar("T")

CLOSING = 8.0
"""Seconds that a server has to end: the SDK waits two, terminates, waits two, and kills."""

RETRY = 30.0
"""Seconds for which a server that did not start is not started again."""

SLACK = 5.0
"""Seconds past a request's own limit: writing it counts only here."""


class Connection:
    """Made in the loop that it is for; ``started`` and the calls are awaited there alone.

    Attributes:
        loop: the token of that loop.
        listing: what is kept of the server's tools, until it tells that they have changed.
        left_out: why tools cannot be offered, in words, since this was looked at.
        failed_at: when it could not be started (monotonic), or None.
    """

    def __init__(self, label: str, setup: Setup) -> None:
        self.loop = loops.current()
        self.listing: Any = None
        self.listed = anyio.Lock()
        self.left_out: list[str] = []
        self.changes = 0
        self.failed_at: float | None = None
        self._label = label
        self._setup = setup
        self._client: Client | None = None
        self._error: BaseException | None = None
        self._ready = anyio.Event()
        self._stop = anyio.Event()
        self._ended = anyio.Event()
        self._over = False
        limit = anyio.current_time() + setup.connect_timeout
        self._connecting = anyio.CancelScope(deadline=limit)
        loops.spawn(self._own)

    @property
    def usable(self) -> bool:
        """Whether another call may be made over it; one that failed keeps its failure a while."""
        if self.failed_at is not None:
            return time.monotonic() - self.failed_at < RETRY
        return not self._over

    @property
    def was_connected(self) -> bool:
        """Whether the server has answered at all."""
        return self._client is not None

    async def client(self) -> Client:
        """The SDK's client, connected.

        Raises:
            MCPServerError: when the server cannot be reached.
        """
        await self._ready.wait()
        if self._client is None:
            raise self._fault()
        return self._client

    async def request(self, work: Callable[[Client], Awaitable[T]], seconds: float) -> T:
        """Make a request, in so many seconds.

        Raises:
            TimeoutError: when they have passed.
            MCPServerError: when the server cannot be reached.
            Exception: as the SDK has it.
        """
        client = await self.client()
        with anyio.fail_after(seconds + SLACK):
            return await work(client)

    def give_up(self) -> None:
        """It is of no use any more: the next use makes another. From its loop."""
        self._over = True
        self._stop.set()

    def stop(self) -> bool:
        """End it, from any thread; False when its loop has ended, and it with it."""
        self._over = True
        return loops.wake(self.loop, self._end)

    async def ended(self) -> None:
        """Wait until the server is left and its program has ended, for some seconds."""
        with anyio.move_on_after(CLOSING, shield=True):
            await self._ended.wait()

    async def _own(self) -> None:
        """Enter the client, wait for the end, and leave it. What goes wrong is kept."""
        try:
            with self._connecting:
                async with self._setup.client(self._told, self._mended) as client:
                    self._connecting.deadline = math.inf
                    self._client = client
                    self._ready.set()
                    async with anyio.create_task_group() as group:
                        group.start_soon(self._listen, client)
                        await self._stop.wait()
                        group.cancel_scope.cancel()
            if self._client is None and not self._stop.is_set():
                limit = self._setup.connect_timeout
                self._error = TimeoutError(f"it did not answer within {limit:g} s")
        except Exception as error:
            self._error = error
        finally:
            self._over = True
            if self._client is None and not self._stop.is_set():
                self.failed_at = time.monotonic()
            self._ready.set()
            self._ended.set()

    def _end(self) -> None:
        self._stop.set()
        if self._client is None:
            self._connecting.cancel()

    async def _listen(self, client: Client) -> None:
        """Hear of changes where the protocol tells them to those alone who ask."""
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    self._changed()
                    async for _ in changes:
                        self._changed()
            except ListenNotSupportedError:
                return
            except SubscriptionLost:
                await anyio.sleep(1.0)
            except Exception:
                return  # the server does not tell; calls find out what else is wrong
            else:
                return

    def _mended(self, stream: Any) -> MendedStream:
        return MendedStream(stream, self._takes, self.left_out.extend)

    def _takes(self, result: Mapping[str, Any]) -> str | None:
        """What is wrong with a list of tools, as the SDK reads it; None where nothing is."""
        from mcp.types import methods
        from pydantic import ValidationError

        version = "2025-11-25" if self._client is None else self._client.protocol_version
        try:
            methods.parse_server_result("tools/list", version, result)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{'.'.join(map(str, first['loc'][2:]))}: {first['msg']}"
        except (KeyError, ValueError):
            return None  # a list of something else, or a version that is not known
        return None

    def _told(self, message: Any) -> None:
        from mcp.types import ToolListChangedNotification

        if isinstance(getattr(message, "root", message), ToolListChangedNotification):
            self._changed()

    def _changed(self) -> None:
        self.changes += 1
        self.listing = None

    def _fault(self) -> MCPServerError:
        cause = first_of(self._error) if self._error else None
        text = f"the MCP server {self._label!r} ({self._setup.where()}) cannot be used: "
        if isinstance(cause, FileNotFoundError):
            text += "there is no such program, or no such folder"
        elif cause is None:
            text += "its connection was closed"
        else:
            text += str(cause) or type(cause).__name__
        error = MCPServerError(text)
        error.__cause__ = self._error
        return error
