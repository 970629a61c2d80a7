"""The transport ``Chimeric(transport="aiohttp")``: asynchronous calls over aiohttp."""

from __future__ import annotations

from collections.abc import Callable

from chimeric import AsyncTransport, ConfigurationError, hookimpl

__all__ = ["chimeric_transport"]


chimeric_api = (2, 2)


@hookimpl
def chimeric_transport(name: str, asynchronous: bool) -> Callable[[], AsyncTransport] | None:
    """Offer the transport ``aiohttp``.

    Raises:
        ConfigurationError: when it is wanted for blocking calls.
    """
    if name != "aiohttp":
        return None
    if not asynchronous:
        raise ConfigurationError(
            "transport='aiohttp' carries asynchronous calls only: use agenerate, or another "
            "transport for this client"
        )
    from .transport import AiohttpTransport

    return AiohttpTransport
