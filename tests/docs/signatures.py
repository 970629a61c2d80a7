"""Signatures of the reference in plain Markdown, for readers of the files themselves.

``python scripts/reference_signatures.py`` writes them before each ``:::`` directive, and a test
holds them against the code. The site shows its own signatures instead (`scripts/docs_pages.py`).
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from .pages import DOCS

__all__ = ["reference", "signature", "signed"]

_DIRECTIVE = re.compile(
    r"(?:<!-- signature -->\n.*?<!-- end of signature -->\n\n)?^::: (?P<name>[\w.]+)$",
    re.MULTILINE | re.DOTALL,
)
WIDTH = 88


def reference() -> list[Path]:
    """The pages of the reference that have directives."""
    pages = sorted((DOCS / "reference").glob("*.md"))
    return [page for page in pages if "\n::: " in page.read_text(encoding="utf-8")]


def signed(page: str) -> str:
    """A page with the signatures of today."""

    def sign(found: re.Match[str]) -> str:
        text = signature(found["name"])
        if not text:
            return f"::: {found['name']}"
        block = f"```py\n{text}\n```"
        return f"<!-- signature -->\n{block}\n<!-- end of signature -->\n\n::: {found['name']}"

    return _DIRECTIVE.sub(sign, page)


def signature(dotted: str) -> str:
    """What an object looks like from outside: a class with its methods, or a function."""
    found = _found(dotted)
    name = dotted.rpartition(".")[2]
    if inspect.isclass(found):
        return "\n".join([_call(f"class {name}", found), *_members(found)])
    return _call(_def(found) + name, found) if callable(found) else ""


def _found(dotted: str) -> object:
    module, _, rest = dotted.partition(".")
    found: object = importlib.import_module(module)
    for part in rest.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            module = f"{module}.{part}"
            found = importlib.import_module(module)
    return found


def _members(owner: type) -> Iterator[str]:
    seen: dict[str, object] = {}
    for base in owner.__mro__:
        if base.__module__.startswith("chimeric"):
            seen = {**vars(base), **seen}
    order = {name: place for place, name in enumerate(dir(owner))}
    for name in sorted(seen, key=lambda name: order.get(name, len(order))):
        member = inspect.getattr_static(owner, name)
        if name.startswith("_") or not (getattr(member, "__doc__", None) or "").strip():
            continue
        if isinstance(member, property) and member.fget is not None:
            told = _annotation(inspect.signature(member.fget).return_annotation)
            yield f"    {name}{f': {told}' if told else ''}"
        elif isinstance(member, staticmethod | classmethod) or inspect.isfunction(member):
            function = getattr(owner, name)
            bound = inspect.isfunction(member)
            yield _call(f"    {_def(function)}{name}", function, skip=bound)


def _def(function: object) -> str:
    return "async def " if inspect.iscoroutinefunction(function) else "def "


def _call(head: str, found: object, *, skip: bool = False) -> str:
    end = ""
    if isinstance(found, type) and issubclass(found, msgspec.Struct):
        parameters = list(_fields(found))
    else:
        try:
            told = inspect.signature(found)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return head
        parameters = list(told.parameters.values())[skip:]
        if not inspect.isclass(found) and (returned := _annotation(told.return_annotation)):
            end = f" -> {returned}"
    words = list(_words(parameters))
    line = f"{head}({', '.join(words)}){end}"
    if len(line) <= WIDTH:
        return line
    pad = " " * (len(head) - len(head.lstrip()) + 4)
    lines = "".join(f"{pad}{word},\n" for word in words)
    return f"{head}(\n{lines}{pad[4:]}){end}"


def _fields(owner: type[msgspec.Struct]) -> Iterator[inspect.Parameter]:
    """The fields of a struct, whose annotations may name what only type checkers import."""
    told = {k: v for base in reversed(owner.__mro__) for k, v in _annotations(base).items()}
    names = owner.__struct_fields__
    first = len(names) - len(owner.__struct_defaults__)
    only, either = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    for place, name in enumerate(names):
        default = owner.__struct_defaults__[place - first] if place >= first else msgspec.NODEFAULT
        if isinstance(default, msgspec._core.Factory):  # type: ignore[attr-defined]
            default = default.factory() if default.factory in (list, dict, set) else default
        value = inspect.Parameter.empty if default is msgspec.NODEFAULT else default
        if not name.startswith("_"):
            kind = either if name in owner.__match_args__ else only
            yield inspect.Parameter(name, kind, default=value, annotation=told.get(name, ""))


def _annotations(owner: type) -> dict[str, object]:
    return dict(vars(owner).get("__annotations__", {}))


def _words(parameters: list[inspect.Parameter]) -> Iterator[str]:
    kinds = inspect.Parameter
    starred = False
    for place, one in enumerate(parameters):
        if one.kind is kinds.VAR_POSITIONAL:
            starred = True
        elif one.kind is kinds.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield _word(one)
        last = place + 1 == len(parameters) or parameters[place + 1].kind is not one.kind
        if one.kind is kinds.POSITIONAL_ONLY and last:
            yield "/"


def _word(one: inspect.Parameter) -> str:
    stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    told = _annotation(one.annotation)
    word = f"{stars}{one.name}{f': {told}' if told else ''}"
    if one.default is one.empty:
        return word
    value = repr(one.default)
    value = "..." if value.startswith("<") or len(value) > 60 else value.replace("'", '"')
    return f"{word} = {value}" if told else f"{word}={value}"


def _annotation(told: object) -> str:
    if told is inspect.Signature.empty:
        return ""
    text = told if isinstance(told, str) else inspect.formatannotation(told)
    return re.sub(r"\b(?:typing|collections\.abc|chimeric[\w.]*)\.(?=\w)", "", text)
