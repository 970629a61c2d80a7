"""Arguments of a function call that come in pieces, each with the path of what it adds.

Vertex AI sends them so with ``streamFunctionCallArguments``: a ``partialArgs`` entry is
``{"jsonPath": "$.user.tags[0]", "stringValue": "ad", "willContinue": true}``, and the pieces come
in the order of the JSON text that they describe.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

Token: TypeAlias = str | int

# RFC 9535: .name, [0], ['name'] and ["name"].
_token = re.compile(
    r"""\.([^.\[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""", re.DOTALL
)
_encode = msgspec.json.Encoder().encode


class PartialArgument(msgspec.Struct, rename="camel"):
    """One entry of ``partialArgs``. With no value at all it is a null."""

    json_path: str
    string_value: str | None = None
    number_value: int | float | None = None
    bool_value: bool | None = None
    will_continue: bool | None = None


class ArgumentsWriter:
    """Turns pieces with paths into fragments of one JSON text.

    Example:
        >>> writer = ArgumentsWriter()
        >>> writer.add(PartialArgument("$.city", "Par", will_continue=True))
        '{"city":"Par'
        >>> writer.add(PartialArgument("$.city", "is"))
        'is"'
        >>> writer.close()
        '}'
    """

    __slots__ = ("_open_string", "_path", "_written")

    def __init__(self) -> None:
        self._path: list[Token] = []
        self._open_string = False
        self._written: list[str] = []

    def add(self, piece: PartialArgument) -> str:
        """The JSON text that a piece adds."""
        path = parse_path(piece.json_path)
        continues = self._open_string and path == self._path
        text = "" if continues else self._move(path)
        if piece.string_value is not None or continues:
            text += "" if continues else '"'
            text += _encode(piece.string_value or "").decode()[1:-1]
            self._open_string = bool(piece.will_continue)
            text += "" if self._open_string else '"'
        else:
            value = piece.bool_value if piece.number_value is None else piece.number_value
            text += _encode(value).decode()
        self._written.append(text)
        return text

    def close(self) -> str:
        """The JSON text that closes what is open; ``{}`` where nothing came."""
        if self._path:
            text = self._end_string() + _closers(self._path)
        else:
            text = "{}"
        self._written.append(text)
        return text

    def text(self) -> str:
        """All JSON text so far."""
        return "".join(self._written)

    def _end_string(self) -> str:
        text = '"' if self._open_string else ""
        self._open_string = False
        return text

    def _move(self, path: list[Token]) -> str:
        """Leave the place of the last value for that of the next one."""
        old, self._path = self._path, path
        text = self._end_string()
        if not old:
            return "{" + _openers(path)
        shared = 0
        most = min(len(old), len(path)) - 1
        while shared < most and old[shared] == path[shared]:
            shared += 1
        return text + _closers(old[shared + 1 :]) + "," + _openers(path[shared:])


def parse_path(path: str) -> list[Token]:
    """The steps of a JSON path, from the root down.

    Raises:
        msgspec.ValidationError: when it is none, or ends at the root.

    Example:
        >>> parse_path("$.user['full name'][0]")
        ['user', 'full name', 0]
    """
    tokens: list[Token] = []
    position = 1
    while position < len(path):
        step = _token.match(path, position)
        if step is None:
            break
        name, index, single, double = step.groups()
        tokens.append(int(index) if index is not None else name or _plain(single or double or ""))
        position = step.end()
    if not path.startswith("$") or position < len(path) or not tokens:
        raise msgspec.ValidationError(f"not a path into the arguments: {path[:200]!r}")
    return tokens


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _openers(path: list[Token]) -> str:
    """What stands before the value at ``path``, in a container that is open already."""
    text = "" if isinstance(path[0], int) else _key(path[0])
    for token in path[1:]:
        text += "[" if isinstance(token, int) else "{" + _key(token)
    return text


def _closers(path: list[Token]) -> str:
    """What closes the containers that hold each step of ``path``, innermost first."""
    return "".join("]" if isinstance(token, int) else "}" for token in reversed(path))


def _key(name: str) -> str:
    return _encode(name).decode() + ":"
