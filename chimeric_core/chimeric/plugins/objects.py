"""Plugins that are objects: those that a caller passes to a client or a call."""

from __future__ import annotations

from chimeric.errors import PluginError

from .installed import PluginInfo
from .registry import Registry

__all__ = ["object_name", "register_object"]


def register_object(registry: Registry, plugin: object) -> None:
    """Register an object that the caller passed: a mistake there is the caller's to know."""
    name = object_name(plugin)
    if registry.manager.has_plugin(name):
        name = f"{name}-{len(registry.objects)}"
    try:
        hooks = registry._register(plugin, name, None)
        if "chimeric_provider" in hooks:
            provider_name = getattr(plugin, "chimeric_provider")().name  # noqa: B009
            taken = registry._found.get(provider_name)
            if taken is not None and taken.state != "disabled":
                raise PluginError(
                    f"it declares the provider {provider_name!r}, a name that is taken by "
                    f"{taken.distribution}; pass disable_plugins="
                    f"[{provider_name!r}] to take its place",
                    plugin=name,
                )
            provider = registry._make_provider(plugin, provider_name, None)
            registry.object_providers[provider_name] = provider
    except PluginError as error:
        registry._unregister(name)
        error.args = (error.message,)
        raise PluginError(
            f"plugin {name!r} cannot be used: {error.message}", plugin=name, hook=error.hook
        ) from error
    registry.objects.append(PluginInfo(name=name, kind="object", hooks=hooks, state="active"))


def object_name(plugin: object) -> str:
    """A readable name for a plugin object: its ``name``, module or class name."""
    name = getattr(plugin, "name", None) or getattr(plugin, "__name__", None)
    return str(name or type(plugin).__name__)
