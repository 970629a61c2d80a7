"""What an old name leads to: each use says where the name is now. Loaded when one is used.

Modules of before 0.5 were private, but third parties may have imported from them. The old names
work until 0.7; a ``DeprecationWarning`` names the file and line that uses one.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from types import ModuleType
from typing import Any

from ._moved_names import MOVED
from .errors import ConfigurationError
from .forwards import MODULES, forward

__all__ = ["find_moved", "find_renamed", "new_name", "old_module"]


class MovedError(ConfigurationError, ImportError):
    """The distribution that has a name now is not installed."""


def find_moved(old: str, package: str, name: str, stacklevel: int = 3) -> Any:
    """What has left the core; warns the caller of the function that calls this, or one above.

    Raises:
        ConfigurationError: when the distribution is not installed; it is an ImportError too.
    """
    found = getattr(_module(old, package), name)
    warnings.warn(
        f"{old} is {package}.{name} now; the old name goes away in 0.7",
        DeprecationWarning,
        stacklevel=stacklevel,
    )
    return found


def _module(old: str, name: str) -> ModuleType:
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        text = f"{old} is in another distribution now: pip install {package.replace('_', '-')}"
        raise MovedError(text) from error


class _FormerModule(ModuleType):
    """A module by its old name: it has what the new one has, and warns whoever takes it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        old, new = self.__name__, new_name(self.__name__)
        if name == "__all__":
            return _module(old, new).__all__
        return find_moved(f"{old}.{name}", new, name)

    def __dir__(self) -> list[str]:
        return dir(_module(self.__name__, new_name(self.__name__)))

    def __setattr__(self, name: str, value: Any) -> None:
        # A submodule is not put in the place of a function that has its name (``play``).
        if not isinstance(value, _FormerModule):
            super().__setattr__(name, value)


def find_renamed(old: str, new: str, name: str) -> Any:
    """A name of the module ``old``, found in ``new``.

    Where a name is public, the warning says so: it is to be imported from ``chimeric``.
    """
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
    warnings.warn(f"{old}.{name} goes away in 0.7: {advice}", DeprecationWarning, stacklevel=3)
    return value


class _OldModule(ModuleType):
    """A module under its old name, that has no names of its own."""

    def __init__(self, name: str, new: str) -> None:
        super().__init__(name, f"Moved to {new}.")
        vars(self)["__getattr__"] = forward(name, new)


def new_name(old: str) -> str:
    """``chimeric.testing.server`` -> ``chimeric_testing.server``; nothing for what has stayed."""
    first, dot, more = old.removeprefix("chimeric.").partition(".")
    if first in MODULES:
        return MODULES[first] + dot + more
    new = MOVED.get(old.removeprefix("chimeric."))
    return f"chimeric.{new}" if new else ""


def old_module(name: str) -> ModuleType:
    """What stands in ``sys.modules`` under an old name."""
    first = name.split(".")[1]
    return _FormerModule(name) if first in MODULES else _OldModule(name, new_name(name))
