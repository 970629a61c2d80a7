"""Plugins of one call: the client's hooks and theirs, merged."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pluggy

from chimeric.errors import ConfigurationError, PluginError
from chimeric.plugins import hookspecs
from chimeric.plugins.api import Manager
from chimeric.plugins.hooks import Hooks
from chimeric.plugins.installed import object_name
from chimeric.plugins.registry import Registry, register
from chimeric.schema.type_guards import is_iterable, is_mapping

__all__ = ["JoinedHooks"]

MOST = 16
"""Sets of plugins that are remembered."""

CLIENT_HOOKS = (
    *hookspecs.PROVIDER_HOOKS,
    "chimeric_register_commands",
    "chimeric_register_tools",
    "chimeric_transport",
    "chimeric_wrap_transport",
)
"""Hooks that are asked once for a client or a program, and mean nothing in one call."""


class JoinedHooks:
    """The hooks of calls with ``use=``, kept for sets of plugins that come again.

    What is kept keeps its plugins alive: a set that was seen once only is not.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], Hooks] | None]
        self._kept = OrderedDict()

    def of(self, use: Any) -> Hooks:
        """The client's hooks and those of these plugins.

        Raises:
            ConfigurationError: for anything but a list.
            PluginError: for what is no plugin, or has hooks that are not of one call.
        """
        if isinstance(use, (str, bytes)) or is_mapping(use) or not is_iterable(use):
            raise ConfigurationError(f"use must be a list of plugins, not {type(use).__name__}")
        plugins = tuple(use)
        key = (self._registry.version, *map(id, plugins))
        kept = self._kept.get(key)
        if kept is None:
            hooks = Hooks(self._joined(plugins))
            self._kept[key] = (plugins, hooks) if key in self._kept else None
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return hooks
        self._kept.move_to_end(key)
        return kept[1]

    def _joined(self, plugins: tuple[object, ...]) -> pluggy.PluginManager:
        known = self._registry.manager
        manager = Manager()
        manager.add_hookspecs(hookspecs)
        manager.former.update(known.former)
        for name, plugin in known.list_name_plugin():
            if plugin is not None:
                manager.register(plugin, name)
        for plugin in plugins:
            if manager.is_registered(plugin):
                continue  # it is one of the client's
            name = object_name(plugin)
            if manager.has_plugin(name):
                name = f"{name}-{id(plugin)}"
            try:
                for hook in register(manager, plugin, name):
                    if hook in CLIENT_HOOKS:
                        raise PluginError(f"{hook} is the client's: pass it in plugins=", hook=hook)
            except PluginError as error:
                raise PluginError(
                    f"plugin {name!r} cannot be used for one call: {error.message}",
                    plugin=name,
                    hook=error.hook,
                ) from error
        return manager
