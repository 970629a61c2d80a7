"""One fault: a module of a plugin with one node changed."""

from __future__ import annotations

import ast
import copy
from typing import NamedTuple

__all__ = ["Change", "Mutant"]


class Change(NamedTuple):
    """What is to be changed in a node, told by its number in the walk of the tree.

    Attributes:
        operator: the kind of the fault.
        node: the number of the node.
        field: the field of the node, or "" for the node itself.
        place: the place in the field where it is a list, else -1.
        value: what stands there afterwards; None takes it away.
        what: the fault in words.
        line: the line that it is in.
    """

    operator: str
    node: int
    field: str
    place: int
    value: object
    what: str
    line: int


class Mutant(NamedTuple):
    """A change of one module."""

    module: str
    path: str
    change: Change

    @property
    def name(self) -> str:
        return f"{self.module}:{self.change.line}: {self.change.what}"

    def source(self) -> str:
        """The module's text with the fault in it."""
        with open(self.path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        change = self.change
        node = list(ast.walk(tree))[change.node]
        value = copy.deepcopy(change.value)
        if change.place < 0:
            setattr(node, change.field, value)
        else:
            items = getattr(node, change.field)
            if value is None:
                del items[change.place]
                if change.field == "keys":
                    del node.values[change.place]  # type: ignore[attr-defined]
            else:
                items[change.place] = value
        return ast.unparse(ast.fix_missing_locations(tree))
