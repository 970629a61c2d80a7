"""Sockets that somebody waits on."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

__all__ = ["shut_down_socket"]


def shut_down_socket(sock: Any) -> None:
    """End whatever waits on a socket; for transports to abort with, from any thread.

    Args:
        sock: a ``socket.socket``, asyncio's stand-in for one, or None.

    Example:
        >>> shut_down_socket(None)
    """
    if sock is None:
        return
    with contextlib.suppress(OSError):
        if isinstance(sock, socket.socket):
            # Not SSLSocket.shutdown: that takes the TLS state away from under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        else:
            sock.shutdown(socket.SHUT_RDWR)
