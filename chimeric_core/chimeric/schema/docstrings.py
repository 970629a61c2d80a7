"""What a docstring says of a function and its parameters."""

from __future__ import annotations

import inspect

import msgspec

__all__ = ["Docstring", "read_docstring"]


class Docstring(msgspec.Struct, frozen=True):
    """The texts of a docstring.

    Attributes:
        description: what the function does: summary and details, without any section.
        parameters: text for each parameter that the docstring describes.
    """

    description: str = ""
    parameters: dict[str, str] = {}


def read_docstring(text: str | None) -> Docstring:
    """Read a docstring in Google's, NumPy's or Sphinx's style.

    The parameters' texts need the docstring-parser library, imported only now. Without it the
    description is the first paragraph and no parameter has a text.

    Example:
        >>> read_docstring("Add.\\n\\nArgs:\\n    a: the first number").parameters
        {'a': 'the first number'}
    """
    if not text or not text.strip():
        return Docstring()
    try:
        import docstring_parser
    except ImportError:
        return _first_paragraph(text)
    try:
        parsed = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return _first_paragraph(text)
    paragraphs = (parsed.short_description, parsed.long_description)
    parameters: dict[str, str] = {}
    for entry in parsed.params:
        for name in entry.arg_name.split(","):  # NumPy's style documents "x, y" together
            if entry.description:
                parameters[name.strip().lstrip("*")] = " ".join(entry.description.split())
    return Docstring("\n\n".join(p.strip() for p in paragraphs if p), parameters)


def _first_paragraph(text: str) -> Docstring:
    return Docstring(inspect.cleandoc(text).split("\n\n", 1)[0])
