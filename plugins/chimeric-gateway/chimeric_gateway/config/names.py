"""Names of models in the file: what each stands for, and that none leads in a circle."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from .document import Document
from .lines import Path
from .routing import Routing
from .tables import ModelTable

__all__ = ["Names"]

CLIENTS, PLACE, GATEWAYS = "the client says it", "it belongs to an endpoint", "the gateway says it"

OURS = {
    "model": CLIENTS, "messages": CLIENTS, "stream": CLIENTS, "tools": CLIENTS,
    "provider": PLACE, "api_key": PLACE, "base_url": PLACE, "extra_headers": PLACE,
    "auto_tool": GATEWAYS, "native": GATEWAYS, "use": GATEWAYS, "user_context": GATEWAYS,
    "max_turns": GATEWAYS, "max_retries": GATEWAYS,
}  # fmt: skip
"""Arguments of ``generate`` that are no model's, and whose they are."""


class Names:
    """The models of the file by name.

    Args:
        document: the file.
        tables: ``[models.NAME]`` by name.
        routing: what tells whether the core can route a name that is not of the file.
    """

    def __init__(
        self, document: Document, tables: Mapping[str, ModelTable], routing: Routing
    ) -> None:
        self.document = document
        self._tables = tables
        self._routing = routing

    def check_params(self, name: str) -> None:
        """Check what a model stands for, and the arguments that it brings.

        Raises:
            ConfigError: when the core cannot route it, or does not know an argument.
        """
        table = self._tables[name]
        fault = self._routing.fault(table.model)
        if fault is not None:
            raise self.document.fault(("models", name, "model"), self._hinted(table.model, fault))
        for param in table.params:
            if param in OURS:
                path = ("models", name, "params", param)
                raise self.document.fault(path, f"params cannot hold this: {OURS[param]}")
        fault = self._routing.fault(table.model, table.params) if table.params else None
        if fault is not None:
            raise self.document.fault(("models", name, "params"), fault)

    def fallbacks(self, name: str) -> tuple[str, ...]:
        """What to ask instead of a model, in order, each as the core routes it.

        A name of the file stands for its model and the fallbacks of that, in its place.

        Raises:
            ConfigError: for a name that nobody knows, or a circle.
        """
        first = self._tables[name].model
        found = self._after(name, (name,))
        return tuple(model for model in dict.fromkeys(found) if model != first)

    def _after(self, name: str, way: tuple[str, ...]) -> Iterable[str]:
        models: list[str] = []
        for place, other in enumerate(self._tables[name].fallbacks):
            path = ("models", name, "fallbacks", place)
            if other in way:
                circle = " -> ".join((*way[way.index(other) :], other))
                raise self.document.fault(path, f"fallbacks go in a circle: {circle}")
            models.append(self.core_name(path, other))
            if other in self._tables:
                models += self._after(other, (*way, other))
            elif other == self._tables[name].model:
                raise self.document.fault(path, f"{other!r} is the model itself")
        return models

    def core_name(self, path: Path, name: str) -> str:
        """What the core is asked for where the file says ``name``.

        Raises:
            ConfigError: when nobody knows it.
        """
        if name in self._tables:
            return self._tables[name].model
        fault = self._routing.fault(name)
        if fault is not None:
            raise self.document.fault(path, self._hinted(name, fault))
        return name

    def _hinted(self, name: str, fault: str) -> str:
        """With the name of the file that was meant."""
        if name in self._tables:
            return f"{name!r} is a name of this file; write what it stands for"
        near = difflib.get_close_matches(name, self._tables, 1)
        if not near or "did you mean" in fault:
            return fault
        return f"{fault}; did you mean {near[0]!r}, which is in the file?"

    @staticmethod
    def unknown(name: str, models: Iterable[str]) -> str | None:
        """What is wrong with a name that has to be one of ``[models]``."""
        known = list(models)
        if name in known:
            return None
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        return f"there is no [models.{name}]; {hint}"
