"""Plugins as they are listed, those that are objects, and the commands that they bring."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import msgspec

from chimeric.errors import PluginError, PluginWarning

from .discovery import PluginState
from .hooks import Hooks
from .registry import Registry

__all__ = ["PluginInfo", "infos", "object_name", "register_commands", "register_object"]


class PluginInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a plugin.

    Attributes:
        name: its entry point's name.
        kind: ``provider``, ``middleware``, or ``object`` for one passed to a client.
        distribution: what was installed to get it.
        version: version of that distribution.
        hooks: hooks that it implements; empty until it is loaded.
        state: ``found`` (not loaded yet), ``active``, ``disabled`` or ``broken``.
        error: why it was set aside, and what to do.
    """

    name: str
    kind: Literal["provider", "middleware", "object"]
    distribution: str | None = None
    version: str | None = None
    hooks: tuple[str, ...] = ()
    state: PluginState = "found"
    error: str | None = None


def infos(registry: Registry) -> list[PluginInfo]:
    """All plugins of a client, by kind and name, loaded to find out their hooks and faults."""
    registry.load_providers()
    entries = [
        PluginInfo(
            name=found.name,
            kind=found.kind,
            distribution=found.distribution,
            version=found.version,
            hooks=found.hooks,
            state=found.state,
            error=found.error.message if found.error is not None else None,
        )
        for found in registry.everything()
    ]
    return sorted([*entries, *registry.objects], key=lambda info: (info.kind, info.name))


def register_commands(group: Any) -> list[PluginError]:
    """Let installed middleware add its commands to a command line; what failed is returned.

    Args:
        group: the group of commands, as ``chimeric_register_commands`` gets it.

    Example:
        .. code-block:: python

            for error in register_commands(group):
                print(error, file=sys.stderr)
    """
    failed: list[PluginError] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # plugins() tells what is broken
        links = Hooks(Registry().manager).of("chimeric_register_commands")
    for link in links:
        try:
            link.guarded(group)
        except PluginError as error:
            failed.append(error)
    return failed


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
