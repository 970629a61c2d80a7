"""On which line of a TOML text each key stands; ``tomllib`` does not tell."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

__all__ = ["Path", "lines_of"]

Path: TypeAlias = tuple[str | int, ...]
"""Keys and places in lists from the top to a value."""

SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
KEY: Final = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
SCALAR: Final = re.compile(r"[^,\]}#\n]*")
ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
SHORT: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of(text: str) -> dict[Path, int]:
    """The line of each table, key and list item, counted from 1.

    The text is one that ``tomllib`` reads without a fault.

    Example:
        >>> lines_of('a = 1\\n[b.c]\\nd = [2,\\n3]')[("b", "c", "d", 1)]
        4
    """
    return _Reader(text).read()


class _Reader:
    """Goes over a text once."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._counted = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._lists: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        self._space()
        while self._at < len(self._text):
            if self._next("["):
                table = self._header()
            else:
                self._pair(table)
            self._space()
        return self._lines

    def _header(self) -> Path:
        listed = self._next("[")
        path = self._inside(self._keys())
        if listed:
            count = self._lists[path] = self._lists.get(path, -1) + 1
            self._note(path)
            path = (*path, count)
        self._note(path)
        self._at = self._text.index("]", self._at) + (2 if listed else 1)
        return path

    def _inside(self, keys: Path) -> Path:
        """The path of a header: what lies in a list of tables belongs to its last one."""
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            if path in self._lists and place + 1 < len(keys):
                path = (*path, self._lists[path])
        return path

    def _pair(self, table: Path) -> None:
        keys = self._keys()
        for length in range(1, len(keys) + 1):
            self._note((*table, *keys[:length]))
        self._at = self._text.index("=", self._at) + 1
        self._value((*table, *keys))

    def _keys(self) -> Path:
        keys: list[str] = []
        while True:
            found = KEY.match(self._text, self._at)
            if found is None:
                raise ValueError(f"no key at character {self._at}")
            keys.append(_plain(found[1]))
            self._at = found.end()
            if not self._next("."):
                return tuple(keys)

    def _value(self, path: Path) -> None:
        self._space()
        self._note(path)
        if self._next("["):
            self._items(path, "]")
        elif self._next("{"):
            self._items(path, "}")
        else:
            string = STRING.match(self._text, self._at) or SCALAR.match(self._text, self._at)
            self._at = string.end() if string else self._at + 1

    def _items(self, path: Path, end: str) -> None:
        place = 0
        self._space()
        while not self._next(end):
            if end == "]":
                self._value((*path, place))
            else:
                self._pair(path)
            place += 1
            self._space()
            self._next(",")
            self._space()

    def _space(self) -> None:
        found = SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _next(self, sign: str) -> bool:
        """Whether a sign comes here; it is passed then."""
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        return True

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self._lines.setdefault(path, self._line)


def _plain(key: str) -> str:
    """A key without its quotation marks."""
    if key.startswith("'"):
        return key[1:-1]
    if not key.startswith('"'):
        return key
    return ESCAPE.sub(_unescaped, key[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    number = found[1] or found[2]
    return chr(int(number, 16)) if number else SHORT.get(found[3], found[3])
