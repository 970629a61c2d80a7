"""The transports of one client: chosen by name, wrapped by plugins, made when first used."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pluggy

from chimeric.errors import ConfigurationError
from chimeric.plugins.hooks import Hooks, Link
from chimeric.values.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    from .event_loop import Spawner
    from .httpx_transport import AsyncHttpxClient, HttpxClient

__all__ = ["Transports"]

OURS = ("aiohttp", "httpx2")
"""Transports that are to be had: of another name, anybody could publish a distribution."""


class Transports(msgspec.Struct, eq=False):
    """Makes the sync and the async transport at their first use."""

    _name: str
    _manager: pluggy.PluginManager
    _client: HttpxClient | None
    _async_client: AsyncHttpxClient | None
    _made: dict[bool, tuple[Any, Any]] = {}  # by whether it is asynchronous
    _spawn: Spawner | None = None
    _lock: threading.Lock = msgspec.field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self._client is not None or self._async_client is not None:
            from .httpx_clients.given import check_kinds

            check_kinds(self._client, self._async_client)

    def sync(self, *, recorded: bool = True) -> Transport:
        """The blocking transport; as the plugins wrap it if what it carries is ``recorded``."""
        return cast("Transport", self._get(asynchronous=False)[recorded])

    def asynchronous(self, *, recorded: bool = True) -> AsyncTransport:
        """The asynchronous transport; as the plugins wrap it if what it carries is ``recorded``."""
        return cast("AsyncTransport", self._get(asynchronous=True)[recorded])

    def _get(self, *, asynchronous: bool) -> tuple[Any, Any]:
        found = self._made.get(asynchronous)
        if found is None:
            with self._lock:
                found = self._made.get(asynchronous)
                if found is None:
                    found = self._made[asynchronous] = self._make(asynchronous=asynchronous)
                    if asynchronous:
                        from .event_loop import current_spawner

                        self._spawn = current_spawner()
        return found

    def close(self) -> None:
        """Close the blocking transport, and the asynchronous one as soon as its loop can."""
        if False in self._made:
            self.sync().close()
        if True in self._made and self._spawn is not None:
            self._spawn(self.asynchronous().aclose)

    async def aclose(self) -> None:
        """Close both."""
        if True in self._made:
            await self.asynchronous().aclose()
        if False in self._made:
            self.sync().close()

    def _make(self, *, asynchronous: bool) -> tuple[Any, Any]:
        """The transport, and what the plugins wrapped around it."""
        hooks = Hooks(self._manager)
        bare = transport = self._factory(hooks, asynchronous)()
        for link in hooks.of("chimeric_wrap_transport"):
            wrapped = link.guarded(transport, asynchronous)
            if wrapped is not None:
                transport = _checked(link, wrapped)
        return bare, transport

    def _factory(self, hooks: Hooks, asynchronous: bool) -> Callable[[], Any]:
        if self._name == "httpx":
            if asynchronous:
                from .async_httpx_transport import AsyncHttpxTransport

                return lambda: AsyncHttpxTransport(self._async_client)
            from .httpx_transport import HttpxTransport

            return lambda: HttpxTransport(self._client)
        for link in hooks.of("chimeric_transport"):
            factory = link.guarded(self._name, asynchronous)
            if factory is not None:
                if not callable(factory):
                    raise link.wrong_return(factory, "return a function that makes a transport")
                return functools.partial(_made, link, factory)
        kind = "async" if asynchronous else "sync"
        way = f"pip install chimeric-{self._name}, or " if self._name in OURS else ""
        raise ConfigurationError(
            f"no plugin brings the {kind} transport {self._name!r}: {way}use transport='httpx'"
        )


def _made(link: Link, factory: Callable[[], Any]) -> Any:
    """The transport that a plugin makes."""
    return _checked(link, link.run(factory))


def _checked(link: Link, transport: Any) -> Any:
    """A transport, if it can be asked.

    Raises:
        PluginError: when it is none, or one of the first edition, whose ``open`` takes the
            request alone.
    """
    wanted = "return a transport with open(request, started); a wrapper passes `started` on"
    try:
        inspect.signature(transport.open).bind(None, None)
    except (AttributeError, TypeError):
        raise link.wrong_return(transport, wanted) from None
    except ValueError:
        pass  # it has no signature to look at
    return transport
