"""The numbers of a turn's blocks, in the order in which they appear."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec

from chimeric.errors import PluginError
from chimeric.values.chunks import Source

__all__ = ["Blocks"]


class Blocks(msgspec.Struct, eq=False):
    """Gives each block of one turn its number, and its chunks what they share.

    A block is found by its kind and by the provider's address of it. One that has no address is
    the block of its kind that was named last.

    Attributes:
        count: the number of the next block.
        pending: whether the block of the next plain text has shown nothing, and has no number yet.
    """

    count: int
    _like: Source
    pending: bool = True
    _named: dict[str, Hashable] = {}
    _sources: dict[tuple[str, Hashable], Source] = {}

    def of(self, kind: str, block: Hashable = None) -> Source:
        """What the chunks of a block share; a block that is new gets the next number."""
        if block is None:
            block = self._named.get(kind)
        else:
            block = self._named[kind] = _key(block)
        source = self._known(kind, block)
        if source is None:
            source = self._sources[kind, block] = self._like.of_block(self.count)
            self.count += 1
        return source

    def _known(self, kind: str, block: Hashable) -> Source | None:
        try:
            return self._sources.get((kind, block))
        except TypeError:
            pass
        plugin = self._like.plugin
        name, of = ("", None) if plugin is None else (plugin.name, plugin.distribution)
        wanted = "return a Delta whose block can be a key, a str or an int"
        raise PluginError.wrong_return(name, "chimeric_parse_event", block, wanted, of)

    def name(self, block: Hashable) -> Source:
        """Have the next plain text belong to a block; it is numbered when something comes."""
        block = self._named["text"] = _key(block)
        source = self._known("text", block)
        self.pending = source is None
        return self.next() if source is None else source

    def next(self) -> Source:
        """What the chunks of the next plain text share, if it comes before any other block."""
        return self._like.of_block(self.count)

    def shown(self, source: Source) -> None:
        """Plain text came: its block has the number that it was promised."""
        self.pending = False
        self._sources["text", self._named.get("text")] = source
        self.count += 1


def _key(block: Any) -> Hashable:
    """A block's address; a tuple that was kept as JSON comes back as a list."""
    return tuple(block) if block.__class__ is list else block
