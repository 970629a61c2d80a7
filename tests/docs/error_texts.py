"""The texts of all errors and warnings that the library raises, collected from its source."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chimeric import errors

from .pages import ROOT

__all__ = ["ErrorText", "error_texts"]

NAMES = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}
TOLD_BY = {"warn_of_plugin": "PluginWarning"}
"""Functions that warn, and what of."""

_NAMED = re.compile(rf"\b(?:{'|'.join((*NAMES, *TOLD_BY))})\(")
GAP = "…"
"""Stands where a text names what was met."""


class ErrorText(msgspec.Struct, frozen=True, order=True):
    """One text of an error: where it is raised, as what, and its words with gaps.

    Attributes:
        module: dotted name, as ``chimeric.client.arguments.keys``.
        name: of the class.
        text: with ``…`` where the value stands that was met.
    """

    module: str
    name: str
    text: str


@functools.cache
def error_texts() -> tuple[ErrorText, ...]:
    """All texts, in the order of modules and lines, each once per module."""
    found: dict[ErrorText, None] = {}
    for module, path in _modules():
        source = path.read_text(encoding="utf-8")
        if not _NAMED.search(source):
            continue
        tree = ast.parse(source)
        for name, text in _Module(tree).texts():
            found[ErrorText(module, name, text)] = None
    return tuple(found)


def _modules() -> Iterator[tuple[str, Path]]:
    roots = [ROOT / "chimeric_core", *sorted((ROOT / "plugins").glob("chimeric-*"))]
    for root in roots:
        for package in sorted(root.glob("chimeric*")):
            if package.is_dir():
                for path in sorted(package.rglob("*.py")):
                    parts = path.relative_to(root).with_suffix("").parts
                    yield ".".join(part for part in parts if part != "__init__"), path


class _Module:
    """One module's tree, in which names and functions are looked up."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.functions: dict[str, ast.AST] = {}
        self.constants: dict[str, ast.expr] = {}
        self.around: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions[node.name] = node
                for inner in ast.walk(node):
                    self.around[inner] = node
        for statement in tree.body:
            for name, value in _assigned(statement):
                self.constants[name] = value

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each class that is raised or warned of, with its text."""
        for node in ast.walk(self.tree):
            name = _name(node.func) if isinstance(node, ast.Call) else ""
            name = TOLD_BY.get(name, name)
            if isinstance(node, ast.Call) and name in NAMES:
                message = next(
                    (word.value for word in node.keywords if word.arg == "message"),
                    node.args[0] if node.args else None,
                )
                if message is not None:
                    for text in self._of(message, 3):
                        yield name, " ".join(text.split())

    def _of(self, node: ast.expr, deep: int) -> Iterator[str]:
        """The texts that an expression can be; a gap where it cannot be told."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=values):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else GAP for part in values
                )
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                for first in self._of(left, deep):
                    for second in self._of(right, deep):
                        yield first + second
            case ast.IfExp(body=body, orelse=other):
                yield from self._of(body, deep)
                yield from self._of(other, deep)
            case ast.Name(id=name) if deep:
                yield from self._of_name(node, name, deep - 1)
            case ast.Call(func=function) if deep and _name(function) in self.functions:
                for inner in ast.walk(self.functions[_name(function)]):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from self._of(inner.value, deep - 1)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="format")):
                for text in self._of_name(node, name, deep - 1):
                    yield _gaps(text)
            case _:
                yield GAP

    def _of_name(self, node: ast.AST, name: str, deep: int) -> Iterator[str]:
        around = self.around.get(node)
        values = [
            value
            for statement in (ast.walk(around) if around is not None else ())
            for target, value in _assigned(statement)
            if target == name
        ]
        if name in self.constants and not values:
            values = [self.constants[name]]
        if not values:
            yield GAP
        for value in values:
            yield from self._of(value, deep)


def _assigned(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def _gaps(text: str) -> str:
    """A format's text with gaps for its fields."""
    pieces = text.split("{")
    return pieces[0] + "".join(GAP + piece.partition("}")[2] for piece in pieces[1:])
