"""What is installed: the entry points of both groups, read without importing any."""

from __future__ import annotations

import os
import sys
from typing import Any, Literal, TypeAlias, cast

import importlib_metadata
import msgspec

from .errors import PluginError
from .provider_plugin import ProviderPlugin

__all__ = ["Found", "PluginInfo", "PluginState", "find_plugins"]

PROVIDER_GROUP = "chimeric"
MIDDLEWARE_GROUP = "chimeric.middleware"

PluginState = Literal["found", "active", "disabled", "broken"]
Kind: TypeAlias = Literal["provider", "middleware"]


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


class Found:
    """An entry point, and what became of it."""

    def __init__(self, entry: Any, kind: Kind) -> None:
        self.entry = entry
        self.kind: Kind = kind
        self.name: str = entry.name
        self.state: PluginState = "found"
        self.error: PluginError | None = None
        self.hooks: tuple[str, ...] = ()
        self.provider: ProviderPlugin | None = None

    @property
    def distribution(self) -> str | None:
        """Name of the distribution that brought it; read when asked for."""
        return None if self.entry.dist is None else self.entry.dist.metadata["Name"]

    @property
    def version(self) -> str | None:
        """Version of that distribution."""
        return None if self.entry.dist is None else self.entry.dist.version

    def info(self) -> PluginInfo:
        return PluginInfo(
            name=self.name,
            kind=self.kind,
            distribution=self.distribution,
            version=self.version,
            hooks=self.hooks,
            state=self.state,
            error=self.error.message if self.error is not None else None,
        )


def find_plugins() -> list[Found]:
    """Both groups by name; of a name that is claimed twice the first-party distribution comes
    first."""
    claims: dict[str, list[Found]] = {}
    for entry, kind in _scan():
        claims.setdefault(entry.name, []).append(Found(entry, kind))
    found: list[Found] = []
    for name in sorted(claims):
        same = claims[name]
        if len(same) > 1:
            same.sort(key=lambda f: (f.distribution != f"chimeric-{name}", f.distribution or ""))
        found += same
    return found


_scanned: tuple[object, list[tuple[Any, Kind]]] | None = None


def _scan() -> list[tuple[Any, Kind]]:
    """The entry points of both groups, read again only when what is installed has changed.

    Reading takes a file of each installed distribution, so it would make up most of a client's
    construction.
    """
    global _scanned
    stamp = tuple((path, _changed(path)) for path in sys.path)
    scanned = _scanned
    if scanned is None or scanned[0] != stamp:
        all_groups: Any = cast("Any", importlib_metadata).entry_points()
        groups: tuple[tuple[str, Kind], ...] = (
            (PROVIDER_GROUP, "provider"),
            (MIDDLEWARE_GROUP, "middleware"),
        )
        entries: list[tuple[Any, Kind]] = [
            (entry, kind) for group, kind in groups for entry in all_groups.select(group=group)
        ]
        scanned = _scanned = (stamp, entries)
    return scanned[1]


def _changed(path: str) -> int:
    try:
        return os.stat(path or ".").st_mtime_ns
    except OSError:
        return 0
