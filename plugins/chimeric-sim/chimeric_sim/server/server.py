"""A server in a thread of its own: started, used from anywhere, and really stopped."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable

from .connection import Connection, Traffic
from .replies import Reply
from .requests import Request

__all__ = ["Server"]


class Server:
    """Listens on ``host:port`` from construction until ``close``.

    The socket is bound by the caller's thread, so that a port that is taken is the caller's
    ``OSError``; connections are served by an event loop in a daemon thread.
    """

    def __init__(self, handler: Callable[[Request], Reply], host: str, port: int) -> None:
        self.traffic = Traffic()
        self._handler = handler
        self._socket = socket.create_server((host, port), backlog=4096)
        name: tuple[str, int] = self._socket.getsockname()
        self.host, self.port = name[0], name[1]
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="chimeric-sim", daemon=True)
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Close every socket and wait for the thread to end. Idempotent.

        In a forked child only the inherited socket is closed: the thread lives in the parent.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if os.getpid() != self._pid:
            self._socket.close()
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(
            lambda: Connection(self._handler, self.traffic), sock=self._socket, backlog=4096
        )
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            # The only other tasks of this loop: each makes a connection that was just accepted,
            # and fails, leaving its socket open, where the server is closed before it has.
            while accepting := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(accepting)
            server.close()
            for connection in list(self.traffic.connections):
                connection.abort()
            while self.traffic.connections:
                await asyncio.sleep(0)
            await server.wait_closed()
