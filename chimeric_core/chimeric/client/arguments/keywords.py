"""What the constructor is told of providers by their names."""

from __future__ import annotations

from typing import Any

from chimeric.client.settings import Given, Settings
from chimeric.errors import ConfigurationError, PluginError
from chimeric.nearest import nearest
from chimeric.plugins.provider import Provider
from chimeric.plugins.registry import Registry

__all__ = ["canonical", "find", "take"]

SUFFIXES = ("_api_key", "_auth_token", "_base_url")


def take(settings: Settings, registry: Registry, given: Given) -> None:
    """Take keys, base URLs, options and endpoints.

    Raises:
        TypeError: for a keyword that is none.
        ConfigurationError: for a provider that is not installed, or a value of a wrong type.
    """
    for name, key in given.api_keys.items():
        settings.set_key(canonical(registry, name), key)
    for name, url in given.base_urls.items():
        settings.set_url(canonical(registry, name), url)
    for keyword, value in given.keywords.items():
        set_keyword(settings, registry, keyword, value, given.known)
    if given.endpoints:
        from .endpoints import set_endpoints

        set_endpoints(settings, registry, given.endpoints)


def canonical(registry: Registry, name: str) -> str:
    """The name of the installed provider that is meant.

    Raises:
        ConfigurationError: when none is installed that is spelt like it.
    """
    found = find(registry, name)
    if found is None:
        names = registry.provider_names()
        near = nearest(name, names)
        hint = f"; did you mean {near!r}?" if near else f"; installed: {', '.join(names)}"
        raise ConfigurationError(f"no provider {name!r} is installed{hint}")
    return found


def find(registry: Registry, name: str) -> str | None:
    """The name of the installed provider that is meant, or None."""
    names = registry.provider_names()
    for spelling in (name, name.replace("_", "-")):
        if spelling in names:
            return spelling
    plugin = registry.by_alias(name)
    return plugin.name if plugin is not None else None


def set_keyword(
    settings: Settings, registry: Registry, keyword: str, value: Any, known: tuple[str, ...]
) -> None:
    """Take ``<provider>_api_key``, ``_auth_token``, ``_base_url`` or ``<provider>_<option>``.

    Raises:
        TypeError: for any other keyword; the text names the nearest of these and of ``known``.
    """
    for suffix in SUFFIXES:
        name = find(registry, keyword.removesuffix(suffix)) if keyword.endswith(suffix) else None
        if name is None:
            continue
        if suffix == "_auth_token" and not getattr(_declared(registry, name), "token_env", ()):
            continue
        if value is None:
            return
        if suffix == "_base_url":
            settings.set_url(name, value)
        else:
            settings.set_key(name, value, bearer=suffix == "_auth_token")
        return
    names = registry.provider_names()
    for name in names:
        option = keyword.removeprefix(name.replace("-", "_") + "_")
        if option != keyword and option in getattr(_declared(registry, name), "options", ()):
            settings.own_options.setdefault(name, {})[option] = value
            return
    spelt = [name.replace("-", "_") for name in names]
    valid = [*known, *(name + suffix for name in spelt for suffix in ("_api_key", "_base_url"))]
    near = nearest(keyword, valid, 0.5)
    hint = f"did you mean {near!r}?" if near else "see help(Chimeric)"
    raise TypeError(f"Chimeric() got an unexpected keyword argument {keyword!r}; {hint}")


def _declared(registry: Registry, name: str) -> Provider | None:
    try:
        plugin = registry.provider(name)
    except PluginError:
        return None
    return plugin.declaration if plugin is not None else None
