"""Our own transports of httpx: with the proxies and certificates that the environment names.

A client of httpx around them would cost a fifth of a short request, which is finished already.
"""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
from collections.abc import Callable
from typing import TypeVar, cast
from urllib.request import getproxies

import httpx

from .connections import report_connections

__all__ = ["own_transport"]

C = TypeVar("C", httpx.HTTPTransport, httpx.AsyncHTTPTransport)

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0)
"""No limit on connections: the hundred-and-first stream must not wait for the first to end."""


def own_transport(carrier: type[C], *, proxies: bool) -> C:
    """An own transport of that kind; without ``proxies`` it goes straight to where it is sent.

    Raises:
        ConfigurationError: for a variable of the environment that cannot be used; it is named.
    """
    tls = _read_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

    def carry(proxy: httpx.Proxy | None = None) -> C:
        transport = carrier(verify=tls, limits=LIMITS, proxy=proxy)
        report_connections(transport)
        return transport

    settings = _settings() if proxies else {}
    if not settings:
        return carry()
    from .proxies import over_proxies

    return cast("C", over_proxies(settings, carry))


@functools.cache
def _read_certificates(file: str | None, directory: str | None) -> ssl.SSLContext:
    """httpx's own settings. Reading the certificates takes 20 ms: once for all transports."""
    try:
        return httpx.create_ssl_context()  # which reads the two variables by itself
    except OSError as error:
        failure = error
    from .proxies import bad_certificates  # of use to those who have such a variable only

    raise bad_certificates(file, directory, failure)


def _settings(read: Callable[[], dict[str, str]] = getproxies) -> dict[str, str]:
    """The variables; another thread that changes one meanwhile makes the reading fail."""
    for _ in range(3):
        with contextlib.suppress(KeyError, RuntimeError):
            return read()
    return read()
