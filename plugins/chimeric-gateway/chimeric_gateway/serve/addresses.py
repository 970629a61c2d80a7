"""Where the gateway may listen."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chimeric_gateway.clients.keys import is_loopback
from chimeric_gateway.config import ConfigError, Settings

__all__ = ["check_address", "held_port"]


def check_address(host: str, settings: Settings) -> None:
    """Refuse an address that others reach, where nobody needs a key.

    Raises:
        ConfigError: for such an address.
    """
    if settings.clients or is_loopback(host):
        return
    where = settings.source or "no configuration"
    raise ConfigError(
        f"{where}: [clients] is missing: without keys of clients only loopback may be bound, and "
        f"{host or 'every address'} is reached by others; chimeric serve --new-key NAME makes a key"
    )


@contextmanager
def held_port(host: str, port: int) -> Iterator[int]:
    """The port, or a free one for 0. On Linux nobody but a server gets it within the context.

    Raises:
        ConfigError: when it cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        tried = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
        except BaseException:
            tried.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        text = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{host}:{port} cannot be bound: {text}") from None
    with tried:
        given = int(tried.getsockname()[1])
        if sys.platform != "linux":  # there a second socket could not be bound
            tried.close()
        yield given
