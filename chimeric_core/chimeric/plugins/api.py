"""The number of the plugin API, which plugins a core takes, and how their hooks are marked."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

import pluggy

from chimeric.errors import PluginError

__all__ = ["API_VERSION", "PHASES", "Manager", "check_api", "declared_api", "phase_of"]

PROJECT: Final = "chimeric"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

API_VERSION: Final = 2
"""The number of the plugin API of this core: the hooks, and what is passed to and from them.

A plugin says which numbers it was written and tested for: ``chimeric_api = (lowest, highest)`` on
its module or object, or ``Provider(api=(lowest, highest))``. It is taken from its lowest number on,
and until two numbers after its highest: a plugin that works today works with the next two cores.

Example:
    >>> chimeric_api = (1, API_VERSION)
"""

UNDECLARED: Final = 1
"""What an installed plugin counts as that says nothing: the first API had no number to declare."""

Range = tuple[int, int]

FUNCTIONS: Final = (FunctionType, MethodType, staticmethod, classmethod)

PHASES: Final = ("record", "transform", "guard")
"""What a plugin may declare as ``chimeric_phase``, in the order in which chunks pass."""


class Manager(pluggy.PluginManager):
    """Pluggy's, which also knows the plugins of the API before, by name."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.former: set[str] = set()

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Pluggy's, but for what is no function of a module: it looks long at each name."""
        none = type(plugin) is ModuleType and not isinstance(vars(plugin).get(name), FUNCTIONS)
        return None if none else super().parse_hookimpl_opts(plugin, name)


def declared_api(plugin: object, *, installed: bool) -> Range:
    """The range that a plugin's module or object declares as ``chimeric_api``.

    Args:
        plugin: the module or object.
        installed: whether a distribution brought it; else the running API is assumed.

    Raises:
        PluginError: for anything but a number, or two in order.
    """
    told: Any = getattr(plugin, "chimeric_api", None)
    assumed = UNDECLARED if installed else API_VERSION
    return read_range(assumed if told is None else told, "chimeric_api")


def read_range(told: Any, where: str) -> Range:
    """Two numbers in order; a single number is both.

    Raises:
        PluginError: for anything else.
    """
    pair = (told, told) if isinstance(told, int) else told
    if isinstance(pair, (tuple, list)) and len(pair) == 2:  # pyright: ignore[reportUnknownArgumentType]
        lowest, highest = pair  # pyright: ignore[reportUnknownVariableType]
        if type(lowest) is int and type(highest) is int and 0 < lowest <= highest:  # pyright: ignore[reportUnknownArgumentType]
            return lowest, highest
    raise PluginError(f"{where} is {told!r}; declare (lowest, highest), two numbers from 1 on")


def check_api(span: Range, requirement: Callable[[], str | None]) -> None:
    """Refuse a plugin of an API that this core does not speak.

    Args:
        span: what the plugin declares.
        requirement: asked for what its distribution requires of ``chimeric-core``, if known.

    Raises:
        PluginError: the text names the version to install.
    """
    if span[0] > API_VERSION or span[1] < API_VERSION - 1:
        from chimeric.faults import api_fault

        raise PluginError(api_fault(span, API_VERSION, requirement()))


def phase_of(plugin: object) -> int:
    """The place of a plugin's phase in ``PHASES``.

    Raises:
        PluginError: for a word that is none.
    """
    told: Any = getattr(plugin, "chimeric_phase", "transform")
    if told not in PHASES:
        raise PluginError(f"chimeric_phase is {told!r}; declare one of {', '.join(PHASES)}")
    return PHASES.index(told)
