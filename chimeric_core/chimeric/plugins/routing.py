"""Model name to provider."""

from __future__ import annotations

from fnmatch import fnmatchcase

from chimeric.errors import ProviderNotFoundError

from .provider_plugin import ProviderPlugin
from .registry import Registry

__all__ = ["find_provider"]


def find_provider(
    registry: Registry, model: str, provider: str | None = None, endpoints: tuple[str, ...] = ()
) -> tuple[ProviderPlugin, str]:
    """The provider of a model, and the model's name without the provider's prefix.

    In this order: ``provider``; the prefix of ``"provider:model"`` when it is an installed
    provider; the model-name patterns that providers declare. The names of a client's endpoints
    are for the text of the error: whoever has endpoints looks there first.

    Raises:
        ProviderNotFoundError: when none or several match; the text says what to do.
        PluginError: when the plugin that was asked for is broken.
    """
    if not isinstance(model, str) or not model.strip():
        raise ProviderNotFoundError(f"model must be the name of a model, not {model!r}")
    prefix, colon, rest = model.partition(":")
    if provider is not None:
        plugin = _named(registry, provider)
        if plugin is None:
            raise _not_installed(registry, provider, model, endpoints)
        if colon and rest and prefix in (plugin.name, *plugin.declaration.aliases):
            return plugin, rest
        return plugin, model
    if colon and rest:
        plugin = _named(registry, prefix)
        if plugin is not None:
            return plugin, rest
    matches = [p for p in registry.load_providers() if serves(p, model)]
    if len(matches) == 1:
        return matches[0], model
    if matches:
        first, *_ = served = sorted(p.name for p in matches)
        names = " and ".join(served)
        raise ProviderNotFoundError(
            f"{model!r} is served by {names}: write {first + ':' + model!r} or pass provider="
        )
    raise _not_installed(registry, prefix if colon else None, model, endpoints)


def serves(plugin: ProviderPlugin, model: str) -> bool:
    """Whether the provider's patterns match a bare model name."""
    name = model.lower()
    declared = plugin.declaration
    if any(fnmatchcase(name, pattern.lower()) for pattern in declared.not_models):
        return False
    return any(fnmatchcase(name, pattern.lower()) for pattern in declared.models)


def _named(registry: Registry, name: str) -> ProviderPlugin | None:
    return registry.provider(name) or registry.by_alias(name)


def _not_installed(
    registry: Registry, name: str | None, model: str, endpoints: tuple[str, ...]
) -> ProviderNotFoundError:
    from .not_installed import not_installed

    return not_installed(registry.provider_names(), name, model, endpoints)
