"""A request in the form that httpx takes."""

from __future__ import annotations

import base64
import functools

import httpx

from chimeric.values.transport import UnsentBody, WireRequest

__all__ = ["HIGHEST_PORT", "header_pairs", "message_for", "parsed_url", "timeouts"]

HIGHEST_PORT = 65535


def header_pairs(request: WireRequest) -> list[tuple[bytes, bytes]]:
    """The headers, also those with letters that are not ASCII."""
    # As bytes: httpx takes text for ASCII.
    return [(n.encode("ascii"), v.encode("latin-1")) for n, v in request.headers.items()]


def timeouts(request: WireRequest) -> dict[str, float | None]:
    """The limits that httpx keeps."""
    connect, read = request.timeout.connect, request.timeout.read
    return {"connect": connect, "read": read, "write": read, "pool": connect}


class _Body(UnsentBody, httpx.SyncByteStream, httpx.AsyncByteStream):
    """In the form that httpx takes."""


@functools.lru_cache(256)
def parsed_url(url: str) -> httpx.URL:
    """The URL; few are asked for, many times."""
    parsed = httpx.URL(url)
    if (parsed.port or 0) > HIGHEST_PORT:
        raise httpx.InvalidURL(f"no port is above {HIGHEST_PORT}")
    return parsed


def message_for(request: WireRequest) -> httpx.Request:
    """The request for a client of ours, which has nothing to add to it."""
    url = parsed_url(request.url)
    headers = header_pairs(request)
    known = request.headers
    if url.userinfo:  # as a client of httpx would: it counts before any other
        headers = [h for h in headers if h[0].lower() != b"authorization"]
        told = base64.b64encode(f"{url.username}:{url.password}".encode())
        headers.append((b"Authorization", b"Basic " + told))
    if "host" not in known:
        headers.insert(0, (b"Host", url.netloc))
    if "connection" not in known:
        headers.append((b"Connection", b"keep-alive"))
    if "content-length" not in known and (request.body or request.method != "GET"):
        headers.append((b"Content-Length", b"%d" % len(request.body)))
    return httpx.Request(
        request.method,
        url,
        headers=headers,
        stream=_Body(request.body),
        extensions={"timeout": timeouts(request)},
    )
