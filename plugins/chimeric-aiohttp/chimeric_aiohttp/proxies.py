"""The environment's proxies, looked up once for each host.

aiohttp looks them up in a thread, and the netrc file in another, for every request. A netrc file
is not read here: the keys of a client are its credentials.
"""

from __future__ import annotations

import os
import urllib.request

from yarl import URL

from chimeric import ConfigurationError

__all__ = ["Proxies"]


class Proxies:
    """The proxies that the environment names at the time when this is made."""

    def __init__(self) -> None:
        self._known = urllib.request.getproxies()
        self._chosen: dict[tuple[str, str | None], URL | None] = {}

    def of(self, url: URL) -> URL | None:
        """The proxy that a URL is to be reached through, with the credentials that it names.

        Raises:
            ConfigurationError: when the environment names none that can be used.
        """
        place = (url.scheme, url.host)
        if place not in self._chosen:
            self._chosen[place] = self._choose(url)
        return self._chosen[place]

    def _choose(self, url: URL) -> URL | None:
        scheme = url.scheme if self._known.get(url.scheme) else "all"
        named = self._known.get(scheme)
        if not named or (url.host is not None and urllib.request.proxy_bypass(url.host)):
            return None
        proxy = _proxy(named)
        if proxy is None:
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
            name = next((n for n in names if os.environ.get(n)), names[0])
            raise ConfigurationError(  # without the value, which may hold a password
                f"the environment variable {name} cannot be used: aiohttp takes a proxy like "
                "http://host:port"
            )
        return proxy


def _proxy(value: str) -> URL | None:
    try:
        url = URL(value if "://" in value else f"http://{value}")
    except ValueError:
        return None
    return url if url.scheme in ("http", "https") and url.host else None
