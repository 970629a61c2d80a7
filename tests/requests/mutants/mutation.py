"""Every fault that the operators make of a module.

What cannot be told from outside is left out as it is made, each by a rule that is true of every
program: docstrings, ``__all__``, annotations, imports, what only type checkers read, decorators,
``__slots__``, texts in words (a warning's wording), ``__repr__``; asserts, which say what always
holds; a ``return`` or ``continue`` behind which nothing is left to be run; the columns of a
table of rules that only its page in the documentation shows (:data:`COLUMNS`); and modules that the
package itself does not import, but other packages do.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import chimeric_models
import chimeric_models.rules

from .mutant import Change, Mutant

__all__ = ["COLUMNS", "OPERATORS", "mutants_of"]

WORD: Final = re.compile(r"^[A-Za-z_$][\w$.:/-]*$")
"""A text that may stand on the wire. Texts with spaces are for people to read."""

ROLES: Final = {
    "user": "assistant",
    "assistant": "user",
    "model": "user",
    "system": "user",
    "developer": "user",
    "tool": "user",
}


def _columns() -> frozenset[str]:
    """The fields of a rule that its own module, which applies it, never reads."""
    path = Path(chimeric_models.rules.__file__)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(chimeric_models.Rule.__struct_fields__) - read


COLUMNS: Final = _columns()
"""What a rule says to readers: ``said``, ``models``, ``done``, ``how``, ``source``."""

RULES: Final = frozenset({"Rule", "cut", "not_taken", "tool_names", "within"})
"""What makes a rule."""


class _Tree:
    """A module's nodes, each with its number, and those that are left out."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        self.number = {id(node): place for place, node in enumerate(self.nodes)}
        self.left_out: set[int] = set()
        self.idle = set(_idle(self.tree))
        for node in self.nodes:
            for inner in _untold(node):
                self.left_out.update(id(each) for each in ast.walk(inner))

    def __iter__(self) -> Iterator[ast.AST]:
        return (node for node in self.nodes if id(node) not in self.left_out)

    def change(
        self, operator: str, node: ast.AST, field: str, value: object, what: str, place: int = -1
    ) -> Change:
        line = getattr(node, "lineno", 0)
        if place >= 0 and isinstance(item := getattr(node, field)[place], ast.AST):
            line = getattr(item, "lineno", line)
        return Change(operator, self.number[id(node)], field, place, value, what, line)


def _untold(node: ast.AST) -> Iterator[ast.AST]:
    """What in a node cannot be told from outside."""
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
        for statement in node.body:
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if is_text:
                yield statement
    match node:
        case ast.Import() | ast.ImportFrom():
            yield node
        case ast.FunctionDef(name="__repr__" | "__str__"):
            yield node
        case ast.FunctionDef(decorator_list=decorators, returns=returns):
            yield from decorators
            if returns is not None:
                yield returns
        case ast.arg(annotation=annotation) if annotation is not None:
            yield annotation
        case ast.AnnAssign(annotation=annotation, target=target, value=value):
            yield annotation
            names = ast.unparse(target)
            if (
                value is None
                or names in ("__all__", "__slots__")
                or "Alias" in ast.unparse(annotation)
            ):
                yield node
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            yield node
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield node
        case ast.Call(func=ast.Name(id="cast" | "TypeVar"), args=[first, *_]):
            yield first
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in RULES:
            yield from (keyword for keyword in keywords if keyword.arg in COLUMNS)
        case ast.JoinedStr():
            yield from (value for value in node.values if isinstance(value, ast.Constant))
        case _:
            pass


def _idle(tree: ast.Module) -> Iterator[int]:
    """Statements without which the same is run: ``return`` and ``continue`` at an end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _last(node.body, ast.Return)
        elif isinstance(node, (ast.For, ast.While)):
            yield from _last(node.body, ast.Continue)


def _last(body: list[ast.stmt], kind: type[ast.stmt]) -> Iterator[int]:
    match body[-1] if body else None:
        case ast.If(body=first, orelse=other):
            yield from (*_last(first, kind), *_last(other, kind))
        case ast.With(body=inner):
            yield from _last(inner, kind)
        case ast.Match(cases=cases):
            for case in cases:
                yield from _last(case.body, kind)
        case ast.Return(value=None | ast.Constant(value=None)) as end if kind is ast.Return:
            yield id(end)
        case ast.Continue() as end if kind is ast.Continue:
            yield id(end)
        case _:
            pass


def _statements(tree: _Tree) -> Iterator[Change]:
    functions = [node for node in tree if isinstance(node, ast.FunctionDef)]
    inside = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in tree:
        for field in ("body", "orelse"):
            for place, statement in enumerate(_list(node, field)):
                if id(statement) not in inside or id(statement) in tree.left_out | tree.idle:
                    continue
                if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Pass, ast.Assert)):
                    continue
                what = f"without `{_short(statement)}`"
                yield tree.change("delete a statement", node, field, ast.Pass(), what, place)


def _keys(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Dict):
            for place, key in enumerate(node.keys):
                if isinstance(key, ast.Constant):
                    what = f"without the key {key.value!r}"
                    yield tree.change("drop a key", node, "keys", None, what, place)


def _items(tree: _Tree) -> Iterator[Change]:
    """A name less in a table of names: ``("message", "detail")`` are keys, too."""
    for node in tree:
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)) and len(node.elts) > 1:
            for place, item in enumerate(node.elts):
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    what = f"without {item.value!r} among {len(node.elts)}"
                    yield tree.change("drop a name", node, "elts", None, what, place)


def _keywords(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Call):
            for place, keyword in enumerate(node.keywords):
                if keyword.arg is not None and id(keyword) not in tree.left_out:
                    what = f"{_short(node.func)}() without {keyword.arg}"
                    yield tree.change("drop an argument", node, "keywords", None, what, place)


def _swaps(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Dict):
            for place in range(len(node.values) - 1):
                first, second = node.values[place : place + 2]
                if None in node.keys[place : place + 2]:
                    continue
                values = [*node.values[:place], second, first, *node.values[place + 2 :]]
                if ast.unparse(first) != ast.unparse(second):
                    what = f"swaps {_short(first)} and {_short(second)}"
                    yield tree.change("swap two fields", node, "values", values, what)
        elif isinstance(node, ast.Call):
            yield from _swapped_arguments(tree, node)


def _swapped_arguments(tree: _Tree, node: ast.Call) -> Iterator[Change]:
    for place in range(len(node.keywords) - 1):
        first, second = node.keywords[place : place + 2]
        if None in (first.arg, second.arg) or ast.unparse(first.value) == ast.unparse(second.value):
            continue
        if {id(first), id(second)} <= tree.left_out:
            continue
        swapped = [
            ast.keyword(arg=first.arg, value=second.value),
            ast.keyword(arg=second.arg, value=first.value),
        ]
        keywords = [*node.keywords[:place], *swapped, *node.keywords[place + 2 :]]
        what = f"swaps {first.arg} and {second.arg} of {_short(node.func)}()"
        yield tree.change("swap two fields", node, "keywords", keywords, what)


def _roles(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Constant) and node.value in ROLES:
            other = ROLES[node.value]
            yield tree.change("swap roles", node, "value", other, f"{other!r} for {node.value!r}")


def _numbers(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        value = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            continue
        if value in (0, 1, -1):
            yield tree.change(
                "change a number", node, "value", 1 - value, f"{1 - value} for {value}"
            )
        else:
            yield tree.change("change a unit", node, "value", value * 1000, f"{value} * 1000")


def _conditions(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            negated = ast.UnaryOp(op=ast.Not(), operand=node.test)
            yield tree.change(
                "negate a condition", node, "test", negated, f"not {_short(node.test)}"
            )
        elif isinstance(node, ast.comprehension):
            for place, test in enumerate(node.ifs):
                negated = ast.UnaryOp(op=ast.Not(), operand=test)
                what = f"not {_short(test)}"
                yield tree.change("negate a condition", node, "ifs", negated, what, place)


LIMITS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}


def _limits(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Compare):
            for place, compared in enumerate(node.ops):
                if (other := LIMITS.get(type(compared))) is not None:
                    what = f"{_short(node)} with {other.__name__}"
                    yield tree.change("move a limit", node, "ops", other(), what, place)


def _words(tree: _Tree) -> Iterator[Change]:
    for node in tree:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if WORD.match(node.value) and node.value not in ROLES:
                changed = f"{node.value}x"
                yield tree.change("change a word", node, "value", changed, f"{changed!r}")


OPERATORS: Final[dict[str, Callable[[_Tree], Iterator[Change]]]] = {
    "delete a statement": _statements,
    "drop a key": _keys,
    "drop a name": _items,
    "drop an argument": _keywords,
    "swap two fields": _swaps,
    "swap roles": _roles,
    "change a number": _numbers,
    "move a limit": _limits,
    "negate a condition": _conditions,
    "change a word": _words,
}
"""By what it does; ``change a number`` makes units of those above 1."""


def mutants_of(folder: Path, package: str) -> list[Mutant]:
    """All of them, of all modules of a package, in order."""
    found: list[Mutant] = []
    paths = sorted(folder.rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    for path in paths:
        if not _is_of_use(path, texts):
            continue
        names = path.relative_to(folder).with_suffix("").parts
        module = ".".join((package, *(name for name in names if name != "__init__")))
        tree = _Tree(texts[path])
        for operator in OPERATORS.values():
            found += [Mutant(module, str(path), change) for change in operator(tree)]
    return found


def _is_of_use(path: Path, texts: Mapping[Path, str]) -> bool:
    """Whether another module of its package names it; a package is of use in any case."""
    word = re.compile(rf"\b{path.stem}\b")
    others = (text for other, text in texts.items() if other != path)
    return path.stem.startswith("__") or len(texts) == 1 or any(map(word.search, others))


def _list(node: ast.AST, field: str) -> list[ast.stmt]:
    items = getattr(node, field, None)
    return items if isinstance(items, list) else []


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
