"""The proxies that the environment names, as httpx reads them, and its faults in words."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import ssl
from collections.abc import Callable, Generator, Mapping
from types import SimpleNamespace
from typing import Any

import httpx

from chimeric.errors import ConfigurationError

from .messages import HIGHEST_PORT

__all__ = ["bad_certificates", "over_proxies"]


def over_proxies(settings: Mapping[str, str], carry: Callable[..., Any]) -> Any:
    """A transport of which a client of httpx chooses the way that each request takes.

    Raises:
        ConfigurationError: for a variable of the environment that cannot be used; it is named.
    """
    usual = carry()
    kind: Any = httpx.Client if isinstance(usual, httpx.BaseTransport) else httpx.AsyncClient
    client = kind(transport=usual, mounts=mounts_of(settings, carry))
    send = functools.partial(client.send, stream=True, follow_redirects=False)
    end = getattr(client, "close", None) or client.aclose
    return SimpleNamespace(handle_request=send, handle_async_request=send, close=end, aclose=end)


def mounts_of(settings: Mapping[str, str], carry: Callable[[httpx.Proxy], Any]) -> dict[str, Any]:
    """What goes through which proxy, as httpx reads it from the environment.

    It reads the variables by itself as well, but tells nobody which of them is wrong.

    Raises:
        ConfigurationError: for a variable that cannot be used; it is named.
    """
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


@contextlib.contextmanager
def _named(name: str) -> Generator[None]:
    """Blame the variable, without its value: a proxy's URL may hold a password."""
    try:
        yield
    except ImportError:
        why = "a SOCKS proxy needs one package more: pip install 'httpx[socks]'"
    except (httpx.InvalidURL, ValueError) as error:
        why = str(error) if type(error) is ValueError else "it is not a URL like http://host:port"
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


def bad_certificates(file: str | None, directory: str | None, error: OSError) -> ConfigurationError:
    """The error for certificates of the environment that cannot be read."""
    name, path = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", directory)
    why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
    return ConfigurationError(
        f"the environment variable {name} names {path!r}, which cannot be read: {why}"
    )
