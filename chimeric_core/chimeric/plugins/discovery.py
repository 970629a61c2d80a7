"""What is installed: the entry points of both groups, read without importing any."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias, cast

import importlib_metadata

from chimeric.errors import PluginError, warn_of_plugin

from .provider_plugin import ProviderPlugin

__all__ = ["Found", "PluginState", "find_plugins"]


PluginState = Literal["found", "active", "disabled", "broken"]
Kind: TypeAlias = Literal["provider", "middleware"]

GROUPS: dict[str, Kind] = {"chimeric": "provider", "chimeric.middleware": "middleware"}
"""The groups of entry points, and what is found in each."""


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
        self.patterns: list[str] | None = None

    @property
    def distribution(self) -> str | None:
        """Name of the distribution that brought it; read when asked for."""
        place = getattr(self.entry.dist, "_path", None)  # where there is no metadata
        return _field(self.entry.dist, "Name") or getattr(place, "name", None)

    @property
    def version(self) -> str | None:
        """Version of that distribution."""
        return _field(self.entry.dist, "Version")

    @property
    def requirement(self) -> str | None:
        """What that distribution requires of ``chimeric-core``."""
        wanted = _fields(self.entry.dist, "Requires-Dist")
        return next((w for w in wanted if w.replace("_", "-").startswith("chimeric-core")), None)


def _field(distribution: Any, name: str) -> str | None:
    """A field of a distribution's metadata, or None."""
    return next(_fields(distribution, name), None)


def _fields(distribution: Any, name: str) -> Iterator[str]:
    """All fields of a name in a distribution's metadata.

    ``importlib_metadata`` reads all fields with the email package, whose import alone takes three
    milliseconds; the core metadata format has one field a line, up to the first blank one.
    """
    if distribution is None:
        return
    for line in _metadata(distribution).splitlines():
        field, colon, value = line.partition(":")
        if not colon and not line:
            break
        if field.lower() == name.lower():
            yield value.strip()


def _metadata(distribution: Any) -> str:
    for name in ("METADATA", "PKG-INFO"):
        try:
            text: str | None = distribution.read_text(name)
        except (OSError, ValueError):
            continue  # not UTF-8, which says nothing against the code
        if text:
            return text
    return ""


def find_plugins() -> list[Found]:
    """Both groups by name; of a name that is claimed twice the first-party distribution comes
    first.

    A third group, ``chimeric.models``, says what providers serve, so that they need not be loaded
    to know. An entry is named as a pattern of bare model names, or of an alias and a colon
    (``acme-ai:*``), and its value is a provider of the same distribution. Of a provider without
    any entry nothing is known.
    """
    claims: dict[str, list[Found]] = {}
    told: dict[tuple[Any, str], list[str]] = {}
    for entry, kind in _scan():
        if kind is None:
            told.setdefault((entry.dist, entry.value), []).append(entry.name)
        else:
            claims.setdefault(entry.name, []).append(Found(entry, kind))
    found: list[Found] = []
    for name in sorted(claims):
        same = claims[name]
        if len(same) > 1:
            # A distribution that stands on the path twice is imported from its first place.
            same = list({_canonical(f.distribution): f for f in reversed(same)}.values())
            same.sort(key=lambda f: (f.distribution != f"chimeric-{name}", f.distribution or ""))
        found += same
    for one in found:
        one.patterns = told.get((one.entry.dist, one.name))
    return found


def _canonical(name: str | None) -> str:
    """A distribution's name in the one spelling of all that mean it."""
    return (name or "").lower().replace("_", "-").replace(".", "-")


_scanned: tuple[object, list[tuple[Any, Kind | None]]] | None = None


def _scan() -> list[tuple[Any, Kind | None]]:
    """The entry points of all groups, with None for patterns of models. They are read again only
    when what is installed has changed.

    Reading takes a file of each installed distribution, so it would make up most of a client's
    construction.
    """
    global _scanned
    paths = [path for path in sys.path if isinstance(path, (str, os.PathLike))]  # as Python does
    stamp = tuple((path, _changed(path)) for path in paths)
    if _scanned is None or _scanned[0] != stamp:
        # A place that is not there would be taken for an archive, and zipfile be imported.
        places = [path for path in paths if os.path.exists(path or ".")]
        entries: list[tuple[Any, Kind | None]] = [
            (entry, GROUPS.get(entry.group))
            for distribution in cast("Any", importlib_metadata).distributions(path=places)
            for entry in _entries(distribution)
            if entry.group in (*GROUPS, "chimeric.models")
        ]
        _scanned = (stamp, entries)
    return _scanned[1]


def _entries(distribution: Any) -> Iterable[Any]:
    """The entry points of a distribution; of one whose metadata is broken, none."""
    try:
        return cast("Iterable[Any]", distribution.entry_points)
    except Exception as error:  # importlib_metadata's parser raises whatever comes of it
        from chimeric.faults import unreadable

        text = unreadable(distribution, tuple(GROUPS), error)
        if text is not None:
            warn_of_plugin(text)
        return ()


def _changed(path: str) -> int:
    try:
        return os.stat(path or ".").st_mtime_ns
    except OSError:
        return 0
