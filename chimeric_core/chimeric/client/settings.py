"""What one client was told of providers: keys, base URLs, options, endpoints."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.plugins.registry import Registry
from chimeric.values.secrets import Key, Secret, as_key

from .base_urls import url_text

if TYPE_CHECKING:
    from chimeric.plugins.services import Services

    from .arguments.endpoints import Endpoint

__all__ = ["FoundKey", "Given", "Settings"]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of a constructor that concern providers.

    ``keywords`` are its ``<provider>_api_key``, ``<provider>_auth_token``, ``<provider>_base_url``
    and ``<provider>_<option>``; ``known`` the names of all its other arguments.
    """

    api_keys: Mapping[str, Any] = {}
    base_urls: Mapping[str, Any] = {}
    api_key: Any = None
    base_url: Any = None
    api: str | None = None
    endpoints: Any = None
    keywords: Mapping[str, Any] = {}
    known: tuple[str, ...] = ()


class FoundKey(msgspec.Struct, frozen=True):
    """A key, where it comes from (``argument`` or a variable's name), and whether it is a token."""

    key: Key
    source: str
    bearer: bool = False


class Settings:
    """What a client knows of providers besides what they declare; safe to read from all threads.

    Raises:
        TypeError: for a keyword that is none; the text names the nearest valid one.
        ConfigurationError: for a provider that is not installed, an endpoint that is named like
            one, or a value of a wrong type.
    """

    def __init__(self, registry: Registry, given: Given, parent: Settings | None = None) -> None:
        self._parent = parent
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[Key, bool]] = dict(parent._keys) if parent else {}
        self._urls: dict[str, str] = dict(parent._urls) if parent else {}
        self.own_options: dict[str, dict[str, Any]] = (
            {name: dict(own) for name, own in parent.own_options.items()} if parent else {}
        )
        self._shared_options: dict[str, Any] = dict(parent._shared_options) if parent else {}
        self.endpoints: dict[str, Endpoint] = dict(parent.endpoints) if parent else {}
        self.told: set[tuple[str, str, int]] = parent.told if parent else set()
        self._services: Services | None = None
        if given.base_url is not None:
            self.set_url("compatible", given.base_url)
        if given.api_key is not None:
            self.set_key("compatible", given.api_key)
        if given.api is not None:
            self._shared_options["api"] = given.api
        if given.api_keys or given.base_urls or given.keywords or given.endpoints:
            from .arguments.keywords import take  # many clients are told of no provider

            take(self, registry, given)

    # --- what is known of a provider -------------------------------------------------------------

    def base_url(self, name: str) -> str | None:
        """The base URL that the caller gave for the provider, or None."""
        return self._urls.get(name)

    def options(self, plugin: ProviderPlugin, endpoint: Endpoint | None) -> Mapping[str, Any]:
        """The provider's options, those of an endpoint over those of the client.

        Raises:
            ConfigurationError: for an endpoint's option that the provider does not take.
        """
        takes = plugin.declaration.options
        shared = {name: v for name, v in self._shared_options.items() if name in takes}
        own = {} if endpoint is None else endpoint.options
        for name in own:
            if name not in takes:
                raise ConfigurationError(
                    f"{plugin.name} has no option {name!r} for an endpoint "
                    f"(it has: {', '.join(takes) or 'none'})",
                    provider=plugin.name,
                )
        return {**shared, **self.own_options.get(plugin.name, {}), **own}

    def given_key(self, name: str) -> FoundKey | None:
        """The key that the constructor was given for a provider; an empty one means none."""
        found = self._keys.get(name)
        return None if found is None else FoundKey(found[0], "argument", found[1])

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """What is kept under a name until the client closes; it is made at its first use."""
        if self._parent is not None:
            return self._parent.keep(name, make)
        from chimeric.plugins.services import Services  # few providers bring one

        with self._lock:
            self._services = services = self._services or Services()
        return services.keep(name, make)

    def close(self) -> list[Any]:
        """Close what is kept; returns what its ``close`` returned."""
        return [] if self._services is None else self._services.close()

    # --- what the constructor was given ----------------------------------------------------------

    def set_key(self, name: str, key: Any, bearer: bool = False) -> None:
        """Take a key, or a bearer token, for the provider of that name."""
        where = f"the {'token' if bearer else 'API key'} of {name}"
        self._keys[name] = (as_key(key, where), bearer)

    def set_url(self, name: str, url: Any) -> None:
        """Take a base URL for the provider of that name."""
        self._urls[name] = url_text(url, f"the base URL of {name}")


def key_of_environment(plugin: ProviderPlugin) -> FoundKey | None:
    """The key that stands in one of the variables that the provider declares, or None."""
    declared = plugin.declaration
    for name in declared.key_env:
        value = os.environ.get(name, "").strip()
        if value:
            return FoundKey(Secret(value), name, name in declared.token_env)
    return None
