"""What is installed, for whoever lists it, and the commands that it brings."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import msgspec

from chimeric.errors import PluginError, PluginWarning

from .discovery import PluginState
from .hooks import Hooks
from .registry import Registry

__all__ = ["PluginInfo", "infos", "register_commands"]


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
