"""How each provider is set up in a client: what a program shows that looks for what is missing."""

from __future__ import annotations

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.plugins.provider import Provider
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.secrets import Key, Secret

from .base_urls import BaseURL, base_url_source, resolve_base_url
from .settings import FoundKey, Settings, key_of_environment

__all__ = ["ProviderSetup", "key_of", "setup_of"]


class ProviderSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's set-up; it holds no key.

    Attributes:
        name: the provider's name.
        declaration: what its plugin declares.
        key: the key, masked, or None where there is none.
        key_source: where the key comes from: ``argument``, or a variable's name.
        base_url: where requests go; None for a service that is started at its first use, and
            where none is known.
        base_url_source: the variable that the base URL comes from, if one does.
        problem: what is wrong with the set-up; None where nothing is.
    """

    name: str
    declaration: Provider
    key: str | None = None
    key_source: str | None = None
    base_url: str | None = None
    base_url_source: str | None = None
    problem: str | None = None

    @property
    def configured(self) -> bool:
        """Whether the provider could be called: it needs no key, or there is one."""
        return self.key is not None or not self.declaration.key_required


def key_of(settings: Settings, plugin: ProviderPlugin) -> FoundKey | None:
    """The provider's key: the constructor's, else the environment's."""
    given = settings.given_key(plugin.name)
    if given is not None:
        return given if given.key else None
    return key_of_environment(plugin)


def setup_of(plugin: ProviderPlugin, settings: Settings) -> ProviderSetup:
    """The set-up of one provider; nothing is started and nobody is asked."""
    declared = plugin.declaration
    key = key_of(settings, plugin)
    source = base_url_source(declared)
    given = settings.base_url(plugin.name)
    url: BaseURL | None = None
    problem: str | None = None
    try:
        if given or source or declared.base_url:
            url = resolve_base_url(declared, given)
            if url.plain and key is not None:
                problem = f"its key goes to {url.url} in clear text: use https://"
    except ConfigurationError as error:
        problem = error.message
    return ProviderSetup(
        name=plugin.name,
        declaration=declared,
        key=None if key is None else shown(key.key),
        key_source=None if key is None else key.source,
        base_url=None if url is None else url.url,
        base_url_source=source if given is None else None,
        problem=problem,
    )


def shown(key: Key) -> str:
    """A key, masked; of a callable nothing is known."""
    return repr(key)[len("Secret('") : -len("')")] if isinstance(key, Secret) else "***"
