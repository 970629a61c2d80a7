"""Docstrings as Markdown: their code blocks are fenced before mkdocstrings reads them."""

from __future__ import annotations

import re
from typing import Any

import griffe

__all__ = ["DocstringMarkdown"]

_DIRECTIVE = re.compile(
    r"^(?P<pad> *)\.\. code-block:: (?P<language>\w+)\n\n(?P<code>(?:(?P=pad) +.*\n?|\n)+)",
    re.MULTILINE,
)
_PROMPTS = re.compile(r"^(?P<pad> *)(?P<code>>>> .*\n?(?:(?P=pad)\S.*\n?)*)", re.MULTILINE)


class DocstringMarkdown(griffe.Extension):
    """Turns ``.. code-block::`` directives and doctests into fenced blocks."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of everything that griffe finds."""
        if obj.docstring is not None:
            obj.docstring.value = to_markdown(obj.docstring.value)


def to_markdown(text: str) -> str:
    """The docstring with fenced code."""
    return _PROMPTS.sub(_doctest, _DIRECTIVE.sub(_block, text + "\n")).rstrip("\n")


def _block(found: re.Match[str]) -> str:
    return _fenced(found["pad"], found["language"], found["code"])


def _doctest(found: re.Match[str]) -> str:
    return _fenced(found["pad"], "pycon", found["pad"] + found["code"])


def _fenced(pad: str, language: str, code: str) -> str:
    lines = code.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    body = "\n".join(pad + line[margin:] if line.strip() else "" for line in lines)
    return f"{pad}```{language}\n{body}\n{pad}```\n"
