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
from typing import Any, Final

__all__ = ["forward", "install"]

MOVED: Final = {
    "answer": "stream.answer",
    "attempt": "exchange.attempt",
    "body": "exchange.body",
    "call": "exchange.call",
    "chain": "plugins.middleware_chain",
    "chunks": "values.chunks",
    "content_encoding": "stream.content_encoding",
    "context": "values.context",
    "deltas": "values.deltas",
    "discovery": "plugins.discovery",
    "docstrings": "schema.docstrings",
    "drive_async": "transport.async_driver",
    "drive_httpx": "transport.httpx_transport",
    "drive_sync": "transport.sync_driver",
    "effects": "exchange.effects",
    "engine": "client.engine",
    "event_loop": "transport.event_loop",
    "framing": "stream.framing",
    "generation": "client.generation",
    "hooks": "plugins.hooks",
    "hookspecs": "plugins.hookspecs",
    "json_schema": "schema.json_schema",
    "json_tree": "schema.json_tree",
    "json_values": "schema.json_values",
    "limits": "values.limits",
    "listing": "exchange.listing",
    "markers": "plugins.markers",
    "messages": "values.messages",
    "narrowing": "schema.type_guards",
    "params": "exchange.params",
    "partial_json": "schema.partial_json",
    "pipeline": "stream.pipeline",
    "provider": "plugins.provider",
    "provider_plugin": "plugins.provider_plugin",
    "requests": "values.requests",
    "responses": "values.responses",
    "retry": "exchange.retry",
    "routing": "plugins.routing",
    "schemas": "schema.function_schema",
    "secrets": "values.secrets",
    "services": "plugins.services",
    "settings": "client.settings",
    "sockets": "transport.sockets",
    "streams": "client.streams",
    "structured": "exchange.structured_output",
    "text_log": "values.text_log",
    "timeouts": "values.timeouts",
    "tool_loop": "exchange.tool_loop",
    "tool_stream": "stream.tool_stream",
    "tool_tasks": "transport.tool_tasks",
    "tool_threads": "transport.tool_threads",
    "toolcalls": "exchange.tool_run",
    "tools": "values.tools",
    "transports": "transport.transports",
    "usage": "values.usage",
    "watchdog": "transport.watchdog",
    "wire": "exchange.wire",
}
"""Old module of ``chimeric`` to new one."""


def forward(old: str, new: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that finds the names of the module ``old`` in ``new``.

    Where a name is public, the warning says so: it is to be imported from ``chimeric``.
    """

    def find(name: str) -> Any:
        if name.startswith("__") or _is_submodule(old, name):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        try:
            value = getattr(import_module(new), name)
        except AttributeError:
            raise AttributeError(f"module {old!r} has no attribute {name!r}") from None
        public = name in import_module("chimeric").__all__
        advice = (
            f"import {name} from chimeric"
            if public
            else f"it is private, and stands in {new} now; ask for what you need to become public"
        )
        warnings.warn(f"{old}.{name} goes away in 0.7: {advice}", DeprecationWarning, stacklevel=2)
        return value

    return find


def _is_submodule(package: str, name: str) -> bool:
    """Whether a name of a package is that of a module of its own, perhaps not imported yet."""
    places = getattr(sys.modules.get(package), "__path__", None)
    return bool(places and PathFinder.find_spec(f"{package}.{name}", places))


class _OldModule(ModuleType):
    """A module under its old name, that has no names of its own."""

    def __init__(self, name: str, new: str) -> None:
        super().__init__(name, f"Moved to {new}.")
        self.__getattr__ = forward(name, new)


class _Finder:
    """Finds old modules; it is asked last, when nothing else has the name."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, module = name.partition(".")
        if package != "chimeric" or module not in MOVED:
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        old = spec.name.partition(".")[2]
        return _OldModule(spec.name, f"chimeric.{MOVED[old]}")

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def install() -> None:
    """Make the old names importable; once."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())  # type: ignore[arg-type]
