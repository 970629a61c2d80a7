"""httpx's errors as the typed ones."""

from __future__ import annotations

import httpx

from chimeric.errors import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
)

__all__ = ["translated"]


def translated(error: Exception) -> ChimericError:
    """The typed error for one of httpx's. Its text is kept, the object is not: it holds headers."""
    text = str(error) or type(error).__name__
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return RequestTimeoutError(f"no connection in time: {text}", phase="connect")
        case httpx.TimeoutException():
            return RequestTimeoutError(f"no byte in time: {text}", phase="read")
        case httpx.LocalProtocolError():
            return ConfigurationError("the request holds a header that HTTP cannot carry")
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ConfigurationError(f"the URL cannot be used: {text}")
        case httpx.RemoteProtocolError() if "buffer" in text or "too large" in text.lower():
            return ProtocolError(f"the answer's headers are too large: {text}", limit="headers")
        case RuntimeError() if "loop" in text:
            return ConfigurationError(
                "the event loop of the given httpx client's connection has ended: an "
                "httpx.AsyncClient belongs to one loop; make one for each"
            )
        case RuntimeError() if "closed" in text:
            return ConfigurationError("the given httpx client is closed; make a new one")
        case RuntimeError():
            raise error
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")
