"""The environment's proxies, looked up once for each host.

aiohttp looks them up in a thread, and the netrc file in another, for every request. A netrc file
is not read here: the keys of a client are its credentials.
"""

from __future__ import annotations

import urllib.request

from yarl import URL

__all__ = ["Proxies"]


class Proxies:
    """The proxies that the environment names at the time when this is made."""

    def __init__(self) -> None:
        self._known = urllib.request.getproxies()
        self._chosen: dict[tuple[str, str | None], URL | None] = {}

    def of(self, url: URL) -> URL | None:
        """The proxy that a URL is to be reached through, with the credentials that it names."""
        place = (url.scheme, url.host)
        if place not in self._chosen:
            self._chosen[place] = self._choose(url)
        return self._chosen[place]

    def _choose(self, url: URL) -> URL | None:
        named = self._known.get(url.scheme)
        if not named or (url.host is not None and urllib.request.proxy_bypass(url.host)):
            return None
        return URL(named)
