"""One fault: a module of a plugin with one node changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

__all__ = ["Change", "Edit", "Mutant"]


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


class Edit(NamedTuple):
    """A change in the words of the source, which stay when lines are moved.

    Attributes:
        function: the function or method that it is in, as ``Class.method``.
        before: the first line that differs, as ``ast.unparse`` writes it.
        after: what stands in its place.
    """

    function: str
    before: str
    after: str


class Mutant(NamedTuple):
    """A change of one module."""

    module: str
    path: str
    change: Change

    @property
    def name(self) -> str:
        return f"{self.module}:{self.change.line}: {self.change.what}"

    @property
    def function(self) -> str:
        """The innermost function or class that the changed line is in; "" for none."""
        spans = [span for span in _spans(self.path) if self.change.line in span[0]]
        return max(spans, key=lambda span: span[0].start)[1] if spans else ""

    def edit(self) -> Edit:
        """The fault in words of the source."""
        before, after = _lines(self.path), self.source().splitlines()
        pairs = zip(before, after, strict=False)
        place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        first, second = (lines[place].strip() for lines in ([*before, ""], [*after, ""]))
        return Edit(self.function, first, second)

    def source(self) -> str:
        """The module's text with the fault in it."""
        tree = ast.parse(_text(self.path))
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


@cache
def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


@cache
def _lines(path: str) -> list[str]:
    return ast.unparse(ast.parse(_text(path))).splitlines()


@cache
def _spans(path: str) -> list[tuple[range, str]]:
    """The lines of each function and class, and its name behind those that it is in."""
    return [*_spans_in(ast.parse(_text(path)), ())]


def _spans_in(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[range, str]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, (ast.FunctionDef, ast.ClassDef)):
            known = (*names, inner.name)
            yield range(inner.lineno, (inner.end_lineno or inner.lineno) + 1), ".".join(known)
            yield from _spans_in(inner, known)
        else:
            yield from _spans_in(inner, names)
