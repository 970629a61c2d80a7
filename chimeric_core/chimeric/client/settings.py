"""The set-up of one client: keys, base URLs and options of each provider."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ConfigurationError, PluginError
from chimeric.nearest import nearest
from chimeric.plugins.provider import ProviderConfig, base_url_from_environment, resolve_base_url
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.plugins.registry import Registry
from chimeric.values.secrets import Secret

if TYPE_CHECKING:
    from chimeric.plugins.services import Services

__all__ = ["Settings"]

SUFFIXES = ("_api_key", "_base_url")


class Settings:
    """What the constructor was told about providers, resolved when a provider is first used.

    ``keywords`` are the constructor's ``<provider>_api_key``, ``<provider>_base_url`` and
    ``<provider>_<option>``.

    Raises:
        TypeError: for a keyword that is none of these; the text names the nearest valid one.
        ConfigurationError: for a provider in ``api_keys`` or ``base_urls`` that is not installed.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        api_keys: Mapping[str, str | Secret],
        base_urls: Mapping[str, str],
        api_key: str | Secret | None,
        base_url: str | None,
        options: Mapping[str, Any],
        keywords: Mapping[str, Any],
        known: tuple[str, ...],
    ) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._keys: dict[str, Secret] = {}
        self._urls: dict[str, str] = {}
        self._options: dict[str, dict[str, Any]] = {}
        self._shared_options = dict(options)
        self._resolved: dict[str, tuple[ProviderConfig, Secret | None]] = {}
        self._services: Services | None = None
        for name, key in api_keys.items():
            self._set_key(self._canonical(name), key)
        for name, url in base_urls.items():
            self._urls[self._canonical(name)] = url
        if base_url is not None:
            self._urls["compatible"] = base_url
        if api_key is not None:
            self._set_key("compatible", api_key)
        for keyword, value in keywords.items():
            self._keyword(keyword, value, known)

    def resolve(
        self, plugin: ProviderPlugin, options: Mapping[str, Any]
    ) -> tuple[ProviderConfig, Secret | None]:
        """A provider's set-up and key for one request; starts its embedded service if it has one.

        Raises:
            ConfigurationError: when a key is needed and there is none, or cannot be a header.
        """
        name = plugin.name
        resolved = self._resolved.get(name)
        if resolved is None:
            resolved = self._resolved[name] = self._resolve(plugin)
        config, secret = resolved
        mine = {k: v for k, v in options.items() if k in plugin.declaration.options}
        if mine:
            config = msgspec.structs.replace(config, options={**config.options, **mine})
        return config, secret

    def configured(self, plugin: ProviderPlugin) -> bool:
        """Whether the provider could be called: it needs no key, or there is one."""
        return not plugin.declaration.key_required or self._secret(plugin) is not None

    def key_source(self, plugin: ProviderPlugin) -> str | None:
        """Where the key comes from: ``argument``, a variable's name, or None."""
        if plugin.name in self._keys:
            return "argument"
        return next((n for n in plugin.declaration.key_env if os.environ.get(n, "").strip()), None)

    def base_url(self, plugin: ProviderPlugin) -> str | None:
        """The base URL that the caller gave for the provider, or None."""
        return self._urls.get(plugin.name)

    def secret(self, plugin: ProviderPlugin) -> Secret | None:
        """The provider's key, masked wherever it is shown."""
        return self._secret(plugin)

    def close(self) -> None:
        """Stop the embedded services."""
        if self._services is not None:
            self._services.close()

    def _running(self) -> Services:
        """The embedded services: few providers bring one."""
        from chimeric.plugins.services import Services

        with self._lock:
            if self._services is None:
                self._services = Services()
            return self._services

    def _resolve(self, plugin: ProviderPlugin) -> tuple[ProviderConfig, Secret | None]:
        declared = plugin.declaration
        secret = self._secret(plugin)
        if secret is None and declared.key_required:
            names = " or ".join(declared.key_env) or "no variable"
            raise ConfigurationError(
                f"{plugin.name} needs an API key: set {names}, or pass "
                f"{plugin.name}_api_key= to Chimeric()",
                provider=plugin.name,
            )
        if secret is not None:
            fault = secret.header_fault()
            if fault is not None:
                source = self.key_source(plugin)
                where = f"{plugin.name}_api_key=" if source == "argument" else source
                raise ConfigurationError(f"the API key of {plugin.name} ({where}) {fault}")
        given = self._urls.get(plugin.name) or base_url_from_environment(declared)
        if declared.service is not None and given is None:
            given = self._running().start(plugin.name, declared.service)
        options = {k: v for k, v in self._shared_options.items() if k in declared.options}
        config = ProviderConfig(
            name=plugin.name,
            base_url=resolve_base_url(declared, given),
            declaration=declared,
            options={**options, **self._options.get(plugin.name, {})},
            has_key=secret is not None,
        )
        return config, secret

    def _secret(self, plugin: ProviderPlugin) -> Secret | None:
        given = self._keys.get(plugin.name)
        if given is not None:
            return given or None
        source = self.key_source(plugin)
        return Secret(os.environ[source]) if source is not None else None

    def _set_key(self, name: str, key: Any) -> None:
        if not isinstance(key, (str, Secret)):
            raise ConfigurationError(f"the API key of {name} must be a string, not {type(key)}")
        self._keys[name] = key if isinstance(key, Secret) else Secret(key)

    def _canonical(self, name: str) -> str:
        found = self._find(name)
        if found is None:
            names = self._registry.provider_names()
            near = nearest(name, names)
            hint = f"; did you mean {near!r}?" if near else f"; installed: {', '.join(names)}"
            raise ConfigurationError(f"no provider {name!r} is installed{hint}")
        return found

    def _find(self, name: str) -> str | None:
        """The name of the installed provider that is meant, or None."""
        for spelling in (name, name.replace("_", "-")):
            if spelling in self._registry.provider_names():
                return spelling
        plugin = self._registry.by_alias(name)
        return plugin.name if plugin is not None else None

    def _keyword(self, keyword: str, value: Any, known: tuple[str, ...]) -> None:
        for suffix in SUFFIXES:
            if keyword.endswith(suffix):
                name = self._find(keyword.removesuffix(suffix))
                if name is not None:
                    if value is None:
                        return
                    if suffix == "_api_key":
                        self._set_key(name, value)
                    else:
                        self._urls[name] = value
                    return
        for name in self._registry.provider_names():
            option = keyword.removeprefix(name.replace("-", "_") + "_")
            if option != keyword and self._takes(name, option):
                self._options.setdefault(name, {})[option] = value
                return
        raise TypeError(self._unknown(keyword, known))

    def _takes(self, name: str, option: str) -> bool:
        try:
            plugin = self._registry.provider(name)
        except PluginError:
            return False
        return plugin is not None and option in plugin.declaration.options

    def _unknown(self, keyword: str, known: tuple[str, ...]) -> str:
        names = [n.replace("-", "_") for n in self._registry.provider_names()]
        valid = [*known, *(n + suffix for n in names for suffix in SUFFIXES)]
        near = nearest(keyword, valid, 0.5)
        hint = f"did you mean {near!r}?" if near else "see help(Chimeric)"
        return f"Chimeric() got an unexpected keyword argument {keyword!r}; {hint}"
