"""Services that speak chat completions, each a provider of its own, loaded when it is asked for.

Each entry point names an attribute of this module, which is made at its first use: a client with
all of them installed imports none.

.. code-block:: python

    client = Chimeric()
    client.generate("perplexity:sonar-pro", "When is high tide at Dover?")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entry import Entry
    from .plugin import CatalogPlugin

__all__ = ["FULL", "entry_of", "names"]

FULL = (
    *("perplexity", "moonshot", "dashscope", "huggingface", "together", "fireworks", "zai"),
    *("nvidia", "snowflake", "databricks", "cloudflare", "minimax", "watsonx", "writer"),
)
"""Services that have a module of their own."""


def names() -> list[str]:
    """The names of all services, in the order of the docs."""
    return [*FULL, *_rows()]


def entry_of(name: str) -> Entry:
    """What is known of a service.

    Raises:
        KeyError: for a name that is not in the catalogue.

    Example:
        >>> entry_of("perplexity").title
        'Perplexity'
    """
    if name in FULL:
        entry: Entry = import_module(f".services.{name}", __name__).ENTRY
        return entry
    return _rows()[name]


def _rows() -> dict[str, Entry]:
    from .table.hosted import HOSTED
    from .table.local import LOCAL
    from .table.plain import PLAIN

    return {entry.name: entry for entry in (*HOSTED, *LOCAL, *PLAIN)}


def __getattr__(name: str) -> CatalogPlugin:
    """The plugin of a service: what its entry point names."""
    if name.startswith("_"):
        raise AttributeError(name)
    from .plugin import plugin_of

    try:
        plugin = plugin_of(entry_of(name))
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no service {name!r}") from None
    globals()[name] = plugin
    return plugin
