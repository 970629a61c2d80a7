"""Our own clients of httpx: with the proxies and certificates that the environment names."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import ssl
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.request import getproxies

import httpx

from chimeric.errors import ConfigurationError

from .connections import report_connections

__all__ = ["own_client"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0)
"""No limit on connections: the hundred-and-first stream must not wait for the first to end."""

HIGHEST_PORT = 65535


def own_client(kind: type[C], *, proxies: bool = True) -> C:
    """An own client of that kind; without ``proxies`` it goes straight to where it is sent.

    Raises:
        ConfigurationError: for a variable of the environment that cannot be used; it is named.
    """
    carrier: Any = httpx.HTTPTransport if kind is httpx.Client else httpx.AsyncHTTPTransport
    tls = _tls()

    def carry(proxy: httpx.Proxy | None = None) -> Any:
        transport = carrier(verify=tls, limits=LIMITS, proxy=proxy)
        report_connections(transport)
        return transport

    mounts = _mounts(carry) if proxies else {}
    return kind(transport=carry(), mounts=mounts, follow_redirects=False)


def _tls() -> ssl.SSLContext:
    """httpx's own settings. Reading the certificates takes 20 ms: once for all clients."""
    return _read_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _read_certificates(file: str | None, directory: str | None) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context()  # which reads the two variables by itself
    except OSError as error:
        name, path = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", directory)
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(
            f"the environment variable {name} names {path!r}, which cannot be read: {why}"
        ) from None


def _mounts(carry: Callable[[httpx.Proxy], Any]) -> dict[str, Any]:
    """What goes through which proxy, as httpx reads it from the environment.

    It reads the variables by itself as well, but tells nobody which of them is wrong.
    """
    settings = _settings()
    mounts: dict[str, Any] = {}
    for scheme in ("http", "https", "all"):
        if settings.get(scheme):
            with _named(f"{scheme}_proxy"):
                mounts[f"{scheme}://"] = carry(_proxy(settings[scheme]))
    for host in (host.strip() for host in settings.get("no", "").split(",")):
        if host == "*":
            return {}
        if host:
            with _named("no_proxy"):
                mounts[_pattern(host)] = None
    return mounts


def _settings() -> dict[str, str]:
    """The variables; another thread that changes one meanwhile makes the reading fail."""
    for _ in range(3):
        with contextlib.suppress(KeyError, RuntimeError):
            return getproxies()
    return getproxies()


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """Blame the variable, without its value: a proxy's URL may hold a password."""
    try:
        yield
    except ImportError:
        why = "a SOCKS proxy needs one package more: pip install 'httpx[socks]'"
    except (httpx.InvalidURL, ValueError) as error:
        why = str(error) if type(error) is ValueError else "it is no URL like http://host:port"
    else:
        return
    names = [n for n in (name, name.upper()) if os.environ.get(n)]
    where = f"the environment variable {names[0]}" if names else f"the system's {name}"
    raise ConfigurationError(f"{where} cannot be used: {why}")


def _proxy(value: str) -> httpx.Proxy:
    url = httpx.URL(value if "://" in value else f"http://{value}")
    if url.scheme not in ("http", "https", "socks5", "socks5h"):
        raise ValueError(f"{url.scheme}:// is none of http://, https://, socks5://")
    if not url.host or (url.port or 0) > HIGHEST_PORT:
        raise httpx.InvalidURL("no host, or no port")
    return httpx.Proxy(url)


def _pattern(host: str) -> str:
    """httpx's pattern for an entry of NO_PROXY."""
    if "://" in host:
        pattern = host
    elif _is_address(host.split("/")[0], 4) or host.lower() == "localhost":
        pattern = f"all://{host}"
    elif _is_address(address := host.split("/")[0].strip("[]"), 6):
        pattern = f"all://[{address}]"
    elif host.startswith("["):
        pattern = f"all://{host}"
    else:
        pattern = f"all://*{host}"
    httpx.URL(pattern)
    return pattern


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
