"""What a parser told of one event, where that is no single delta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chimeric.errors import PluginError
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.deltas import Delta

__all__ = ["deltas_of"]


def deltas_of(told: object, plugin: ProviderPlugin | None, hook: str) -> Sequence[Delta]:
    """Several deltas, a text, or nothing, as deltas.

    Raises:
        PluginError: for anything else.
    """
    if told is None or told == "":
        return ()
    several: Sequence[Any] = (told,)
    if isinstance(told, (list, tuple)):
        several = cast("Sequence[Any]", told)
    deltas: list[Delta] = []
    for delta in several:
        if not isinstance(delta, (Delta, str)):
            wanted = "return a Delta, a text, several Deltas, or None"
            name, of = ("", None) if plugin is None else (plugin.name, plugin.distribution)
            raise PluginError.wrong_return(name, hook, delta, wanted, of)
        deltas.append(Delta(text=delta) if isinstance(delta, str) else delta)
    return deltas
