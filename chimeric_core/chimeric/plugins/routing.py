"""Model name to provider."""

from __future__ import annotations

from chimeric.errors import ProviderNotFoundError

from .provider_plugin import ProviderPlugin
from .registry import Registry, matches

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
    if colon and rest and (plugin := _named(registry, prefix)) is not None:
        return plugin, rest
    found = [p for p in registry.load_providers(model) if serves(p, model)]
    if len(found) == 1:
        return found[0], model
    if found:
        first, *_ = served = sorted(p.name for p in found)
        names = " and ".join(served)
        raise ProviderNotFoundError(
            f"{model!r} is served by {names}: write {first + ':' + model!r} or pass provider="
        )
    raise _not_installed(registry, prefix if colon else None, model, endpoints)


def serves(plugin: ProviderPlugin, model: str) -> bool:
    """Whether the provider's patterns match a bare model name."""
    declared = plugin.declaration
    return matches(declared.models, model) and not matches(declared.not_models, model)


def _named(registry: Registry, name: str) -> ProviderPlugin | None:
    return registry.provider(name) or registry.by_alias(name)


def _not_installed(
    registry: Registry, name: str | None, model: str, endpoints: tuple[str, ...]
) -> ProviderNotFoundError:
    from .not_installed import not_installed

    return not_installed(registry.provider_names(), name, model, endpoints)
