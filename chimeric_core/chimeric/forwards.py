"""Names that were public and have left the core, and modules by their old names.

They are kept for two minor versions, 0.5 and 0.6. Nothing is imported before a name is used; then
its user is warned, or told what to install.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Generator, Iterable

    from chimeric_batch import AsyncBatch, BatchRequest, BatchResult

__all__ = ["MODULES", "NAMES", "FormerMethods", "forward"]

NAMES = {
    "AsyncBatch": "chimeric_batch",
    "BatchResult": "chimeric_batch",
    "strict_schema": "chimeric_chat_completions",
}
"""Names of ``chimeric``, and the packages that have them now."""

MODULES = {"serving": "chimeric_serving", "testing": "chimeric_testing"}
"""Modules of ``chimeric``, and the packages that they are now."""


def forward(old: str, new: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that finds the names of the module ``old`` in ``new``."""

    def find(name: str) -> Any:
        # A package's own module, perhaps not imported yet, is asked for before it is looked for.
        hidden = name.startswith("__")
        places = None if hidden else getattr(sys.modules.get(old), "__path__", None)
        if hidden or (places and PathFinder.find_spec(f"{old}.{name}", places)):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        from ._moved import find_renamed

        return find_renamed(old, new, name)

    return find


class FormerMethods:
    """Methods that a client had."""

    def generate_many(
        self, requests: Iterable[BatchRequest], *, concurrency: int = 8, **defaults: Any
    ) -> Generator[BatchResult, None, None]:
        """Deprecated: ``chimeric_batch.generate_many(client, requests, ...)``."""
        many: Callable[..., Generator[BatchResult, None, None]]
        many = _former("generate_many", "chimeric_batch")
        return many(self, requests, concurrency=concurrency, **defaults)

    def agenerate_many(
        self,
        requests: Iterable[BatchRequest] | AsyncIterable[BatchRequest],
        *,
        concurrency: int = 8,
        **defaults: Any,
    ) -> AsyncBatch:
        """Deprecated: ``chimeric_batch.agenerate_many(client, requests, ...)``."""
        many: Callable[..., AsyncBatch] = _former("agenerate_many", "chimeric_batch")
        return many(self, requests, concurrency=concurrency, **defaults)

    def explain(self, provider: str | None = None) -> str:
        """Deprecated: ``chimeric_cli.explain(client, provider)``."""
        text: str = _former("explain", "chimeric_cli")(self, provider)
        return text


def _former(name: str, package: str) -> Any:
    from ._moved import find_moved

    return find_moved(f"Chimeric.{name}", package, name, stacklevel=4)


class _Finder(MetaPathFinder, Loader):
    """Finds modules by their old names.

    One that is asked first finds those that have left the core, before the folders that an older
    version left behind; one that is asked last those that are elsewhere in it.
    """

    def __init__(self, left: bool) -> None:
        self._left = left

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = fullname.partition(".")
        if package != "chimeric" or (self._left and module.partition(".")[0] not in MODULES):
            return None
        from ._moved import new_name

        found = new_name(fullname)
        return ModuleSpec(fullname, self, is_package=self._left) if found else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from ._moved import old_module

        return old_module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if self._left:
            dir(module)  # imports the new one, or tells what to install


sys.meta_path.insert(0, _Finder(left=True))
sys.meta_path.append(_Finder(left=False))
