"""Requests over an httpx client of the caller's, with whatever the caller has set up on it."""

from __future__ import annotations

import httpx

from chimeric.errors import ConfigurationError
from chimeric.values.transport import WireRequest

from .messages import header_pairs, parsed_url, timeouts

__all__ = ["asend", "check_kinds", "send"]


def check_kinds(client: object, async_client: object) -> None:
    """Look at what the caller gave as clients.

    Raises:
        ConfigurationError: for anything else, or the one in the place of the other.
    """
    wanted = {"http_client": httpx.Client, "async_http_client": httpx.AsyncClient}
    for (name, kind), given in zip(wanted.items(), (client, async_client), strict=True):
        if given is not None and not isinstance(given, kind):
            found = f"{type(given).__module__.partition('.')[0]}.{type(given).__name__}"
            raise ConfigurationError(
                f"{name} takes an httpx.{kind.__name__}, and was given one of {found}"
            )


def send(client: httpx.Client, request: WireRequest) -> httpx.Response:
    """Send the request.

    Raises:
        ConfigurationError: when the client has taken the answer's body away.
    """
    message = merged(client, request)
    read, headers = request.timeout.read, request.timeout.headers
    if headers is not None and (read is None or headers < read):
        message.extensions["timeout"]["read"] = headers  # it cannot be ended: it keeps the limit
    try:
        response = client.send(message, stream=True, follow_redirects=False)
    except httpx.HTTPStatusError as error:
        return answer_of(error)
    message.extensions["timeout"]["read"] = read
    return readable(response)


async def asend(client: httpx.AsyncClient, request: WireRequest) -> httpx.Response:
    """Send the request.

    Raises:
        ConfigurationError: when the client has taken the answer's body away.
    """
    message = merged(client, request)
    try:
        return readable(await client.send(message, stream=True, follow_redirects=False))
    except httpx.HTTPStatusError as error:
        return answer_of(error)


def merged(client: httpx.Client | httpx.AsyncClient, request: WireRequest) -> httpx.Request:
    """The request for the caller's client, whose headers, cookies and parameters join it."""
    return client.build_request(
        request.method,
        parsed_url(request.url),
        headers=header_pairs(request),
        content=request.body,
        extensions={"timeout": timeouts(request)},
    )


def answer_of(error: httpx.HTTPStatusError) -> httpx.Response:
    """The answer that a hook of the caller's client has raised an error for."""
    return _kept(error.response, getattr(error.response, "_content", b""))


def readable(response: httpx.Response) -> httpx.Response:
    """The answer, to be read from its beginning, though the caller's client has read it.

    A hook, an ``auth`` or a transport may; httpx keeps what they read, decompressed.
    """
    if not (response.is_stream_consumed or response.is_closed):
        return response
    try:
        return _kept(response, response.content)
    except httpx.ResponseNotRead:
        raise ConfigurationError(
            "a hook, auth or transport of the given httpx client has read the answer and not "
            "kept it; let it call response.read(), or response.aread()"
        ) from None


def _kept(response: httpx.Response, content: bytes) -> httpx.Response:
    headers = response.headers.copy()
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(name, None)
    return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(content))
