"""Names that were public and have left the core: each leads to the distribution that has it now.

They are kept for two minor versions, 0.5 and 0.6. Nothing is imported before a name is used; then
its user is warned, or told what to install.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Generator, Iterable

    from chimeric_batch import AsyncBatch, BatchRequest, BatchResult

__all__ = ["NAMES", "FormerMethods", "find_moved"]

NAMES = {
    "AsyncBatch": "chimeric_batch",
    "BatchResult": "chimeric_batch",
    "strict_schema": "chimeric_chat_completions",
}
"""Names of ``chimeric``, and the packages that have them now."""

MODULES = {"serving": "chimeric_serving", "testing": "chimeric_testing"}
"""Modules of ``chimeric``, and the packages that they are now."""


class MovedError(ConfigurationError, ImportError):
    """The distribution that has a name now is not installed."""


def find_moved(old: str, package: str, name: str) -> Any:
    """What has left the core; warns the caller of the function that calls this.

    Raises:
        ConfigurationError: when the distribution is not installed; it is an ImportError too.
    """
    found = getattr(_module(old, package), name)
    warnings.warn(
        f"{old} is {package}.{name} now; the old name goes away in 0.7",
        DeprecationWarning,
        stacklevel=3,
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


class FormerMethods:
    """Methods that a client had."""

    def generate_many(
        self, requests: Iterable[BatchRequest], *, concurrency: int = 8, **defaults: Any
    ) -> Generator[BatchResult, None, None]:
        """Deprecated: ``chimeric_batch.generate_many(client, requests, ...)``."""
        many = find_moved("Chimeric.generate_many", "chimeric_batch", "generate_many")
        results: Generator[BatchResult, None, None]
        results = many(self, requests, concurrency=concurrency, **defaults)
        return results

    def agenerate_many(
        self,
        requests: Iterable[BatchRequest] | AsyncIterable[BatchRequest],
        *,
        concurrency: int = 8,
        **defaults: Any,
    ) -> AsyncBatch:
        """Deprecated: ``chimeric_batch.agenerate_many(client, requests, ...)``."""
        many = find_moved("Chimeric.agenerate_many", "chimeric_batch", "agenerate_many")
        results: AsyncBatch = many(self, requests, concurrency=concurrency, **defaults)
        return results

    def explain(self, provider: str | None = None) -> str:
        """Deprecated: ``chimeric_cli.explain(client, provider)``."""
        text: str = find_moved("Chimeric.explain", "chimeric_cli", "explain")(self, provider)
        return text


class _FormerModule(ModuleType):
    """A module by its old name: it has what the new one has, and warns whoever takes it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        old, new = self.__name__, _new_name(self.__name__)
        if name == "__all__":
            return _module(old, new).__all__
        return find_moved(f"{old}.{name}", new, name)

    def __dir__(self) -> list[str]:
        return dir(_module(self.__name__, _new_name(self.__name__)))

    def __setattr__(self, name: str, value: Any) -> None:
        # A submodule is not put in the place of a function that has its name (``play``).
        if not isinstance(value, _FormerModule):
            super().__setattr__(name, value)


class _Finder(MetaPathFinder, Loader):
    """Finds the modules that have left, before the folders that an older version left behind."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if _new_name(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _FormerModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        _module(module.__name__, _new_name(module.__name__))


def _new_name(old: str) -> str:
    """``chimeric.testing.server`` -> ``chimeric_testing.server``; nothing for what has stayed."""
    if not old.startswith("chimeric."):
        return ""
    first, dot, more = old.removeprefix("chimeric.").partition(".")
    return MODULES[first] + dot + more if first in MODULES else ""


sys.meta_path.insert(0, _Finder())
