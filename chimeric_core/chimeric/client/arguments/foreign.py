"""Dicts that the core does not know, read by the libraries of the protocols that do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chimeric.errors import ChimericError, describe
from chimeric.plugins.hooks import warn_of_plugin
from chimeric.plugins.provider import DictKind
from chimeric.plugins.registry import Registry
from chimeric.schema.type_guards import is_iterable
from chimeric.values.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    TextPart,
    ToolCall,
)
from chimeric.values.tools import Tool

__all__ = ["ForeignForms"]

PARTS: Final = (TextPart, ImagePart, FilePart, AudioPart, NativePart, ToolCall, Message)
KINDS: Final[dict[DictKind, tuple[type, ...]]] = {
    "message": (Message,),
    "part": PARTS,
    "tool": (Tool,),
}
"""What a provider may make of a dict; of a part also the call or the result that it tells of."""


class ForeignForms:
    """The readers of all installed providers (``Provider.read_dict``), by name."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __call__(
        self, kind: DictKind, value: Mapping[str, Any], before: tuple[Message, ...] = ()
    ) -> tuple[Any, ...] | None:
        """What the first provider that knows the form makes of a dict; None where none does."""
        for plugin in self._registry.load_providers():
            read = plugin.declaration.read_dict
            try:
                found: Any = read(kind, value, before) if read else None
            except ChimericError:
                raise  # of its form, and wrong
            except Exception as error:  # of a plugin that the call may have no need of
                msgspec.json.encode(value)  # raises where it is no JSON: the caller's fault
                warn_of_plugin(f"plugin {plugin.name!r}: read_dict failed: {describe(error)}")
                continue
            if found is None:
                continue
            made = tuple(found) if is_iterable(found) else (found,)
            if all(isinstance(item, KINDS[kind]) for item in made):
                return made
            name = type(found).__name__
            warn_of_plugin(f"plugin {plugin.name!r}: read_dict returned {name}, not a {kind}")
        return None
