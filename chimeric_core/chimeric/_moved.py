"""Modules of before 0.5 by their old names: each use says where the name is now.

The modules were private, but third parties may have imported from them. The old names work until
0.7; a ``DeprecationWarning`` names the file and line that uses one.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["forward", "install"]


def forward(old: str, new: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that finds the names of the module ``old`` in ``new``.

    Where a name is public, the warning says so: it is to be imported from ``chimeric``.
    """

    def find(name: str) -> Any:
        if name.startswith("__") or _is_submodule(old, name):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        root = import_module("chimeric")
        public = name in root.__all__
        # A public name may have moved on since, to a module of its own.
        places = [import_module(new), *([root] if public else [])]
        place = next((place for place in places if hasattr(place, name)), None)
        if place is None:
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        value = getattr(place, name)
        advice = (
            f"import {name} from chimeric"
            if public
            else f"it is private, and stands in {new} now; ask for what you need to become public"
        )
        warnings.warn(f"{old}.{name} goes away in 0.7: {advice}", DeprecationWarning, stacklevel=2)
        return value

    return find


def new_place(module: str) -> str | None:
    """Where a module of before 0.5 is now; the table is read when somebody asks."""
    from ._moved_names import MOVED

    return MOVED.get(module)


def _is_submodule(package: str, name: str) -> bool:
    """Whether a name of a package is that of a module of its own, perhaps not imported yet."""
    places = getattr(sys.modules.get(package), "__path__", None)
    return bool(places and PathFinder.find_spec(f"{package}.{name}", places))


class _OldModule(ModuleType):
    """A module under its old name, that has no names of its own."""

    def __init__(self, name: str, new: str) -> None:
        super().__init__(name, f"Moved to {new}.")
        vars(self)["__getattr__"] = forward(name, new)


class _Finder:
    """Finds old modules; it is asked last, when nothing else has the name."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = name.partition(".")
        if package != "chimeric" or new_place(module) is None:
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        old = spec.name.partition(".")[2]
        return _OldModule(spec.name, f"chimeric.{new_place(old)}")

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def install() -> None:
    """Make the old names importable; once."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
