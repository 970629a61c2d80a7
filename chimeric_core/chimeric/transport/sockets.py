"""Sockets that somebody waits on."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

__all__ = ["shut_down_socket"]


def shut_down_socket(sock: Any) -> None:
    """End whatever waits on a socket; for transports to abort with, from any thread.

    It never raises: what is closed already, or no socket, has nobody waiting on it.

    Args:
        sock: a ``socket.socket``, an event loop's stand-in for one, or None.

    Example:
        >>> shut_down_socket(None)
    """
    if sock is None:
        return
    with contextlib.suppress(Exception):
        if isinstance(sock, socket.socket):
            # Not SSLSocket.shutdown: that takes the TLS state away from under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
            return
        # A stand-in may refuse to shut down (uvloop's does): the connection is the same for a
        # second descriptor of it.
        with socket.socket(fileno=os.dup(sock.fileno())) as second:
            second.shutdown(socket.SHUT_RDWR)
