"""The transport ``Chimeric(transport="httpx2")``: all calls over httpx2."""

from __future__ import annotations

from collections.abc import Callable

from chimeric import AsyncTransport, Transport, hookimpl

__all__ = ["chimeric_transport"]


chimeric_api = (2, 2)


@hookimpl
def chimeric_transport(
    name: str, asynchronous: bool
) -> Callable[[], Transport | AsyncTransport] | None:
    """Offer the transport ``httpx2``."""
    if name != "httpx2":
        return None
    from .transport import AsyncHttpx2Transport, Httpx2Transport

    return AsyncHttpx2Transport if asynchronous else Httpx2Transport
