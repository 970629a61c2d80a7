"""A JSON value that grows with its text: the parser behind ``PartialJSON``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

__all__ = ["JSONTree"]

Container: TypeAlias = dict[str, Any] | list[Any]

MAX_DEPTH: Final = 512
"""Containers in each other; deeper text counts as invalid. Decoders give up not far above it."""

# One match takes a whole run of string characters, escapes included. A high surrogate is taken
# only together with its low half, so that no text ever ends in half a character.
STRING_BODY = re.compile(
    r"(?:[^\"\\\x00-\x1f]++"
    r"|\\(?:[\"\\/bfnrt]"
    r"|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
    r"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+"
)
HALF_ESCAPE = re.compile(
    r"\\(?:u(?:[0-9a-fA-F]{0,3}"
    r"|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?)?)?\Z"
)
NUMBER_BODY = re.compile(r"[-+.0-9eE]*+")
SPACE = re.compile(r"[ \t\n\r]*+")
LITERALS: dict[str, tuple[str, Any]] = {
    "t": ("true", True),
    "f": ("false", False),
    "n": ("null", None),
}

decode = msgspec.json.decode


class _InvalidError(ValueError):
    """The text is no prefix of a JSON document."""


class JSONTree:
    """A value, and the place in it where the text goes on.

    Attributes:
        root: the value as far as it is certain.
        invalid: whether the text cannot become a JSON document any more.
    """

    __slots__ = ("_half", "_keys", "_stack", "_step", "_token", "invalid", "root")

    def __init__(self) -> None:
        self.root: Any = None
        self.invalid = False
        self._step: Callable[[JSONTree, str, int], int] = JSONTree._read_value
        self._stack: list[Container] = []
        self._keys: list[str] = []  # for each open container its current key ("" in a list)
        self._token: list[str] = []  # pieces of the key, number or literal that is open
        self._half = ""  # half an escape

    @property
    def complete(self) -> bool:
        """Whether the document is whole."""
        return self._step is JSONTree._read_end and not self.invalid

    def whole_items(self, items: list[Any]) -> int:
        """How many elements of a list in the tree are whole; only the last one may not be."""
        if all(container is not items for container in self._stack):
            return len(items)
        inside = self._stack[-1] is not items or self._step is JSONTree._read_string
        return len(items) - inside

    def is_held(self) -> bool:
        """Whether somebody else refers to a container that is still open.

        Where references cannot be counted, the answer is yes.
        """
        stack = self._stack
        for depth in range(len(stack)):  # noqa: SIM110 -- a generator would take twice the time
            if _references(stack, depth) > UNHELD:
                return True
        return False

    def copy(self) -> JSONTree:
        """Another tree at the same place; it shares only what is finished."""
        copy = JSONTree()
        copy.root, copy.invalid, copy._step = self.root, self.invalid, self._step
        copy._keys, copy._token, copy._half = self._keys.copy(), self._token.copy(), self._half
        for depth, container in enumerate(self._stack):
            own = container.copy()
            copy._stack.append(own)
            if not depth:
                copy.root = own
            else:
                parent = copy._stack[depth - 1]
                if isinstance(parent, dict):
                    parent[copy._keys[depth - 1]] = own
                else:
                    parent[-1] = own
        return copy

    def read(self, text: str) -> None:
        """Go on with ``text``. Each character is looked at once, however the text is cut."""
        if self.invalid:
            return
        if self._half:
            text, self._half = self._half + text, ""
        try:
            if self._step is JSONTree._read_value and self._take_whole(text):
                return
            place, end = 0, len(text)
            while place < end:
                if text[place] in " \t\n\r" and self._step not in INSIDE:
                    place = _match_end(SPACE, text, place)
                else:
                    place = self._step(self, text, place)
        except ValueError:  # ours, or a decoder's: a number out of range
            self.invalid = True

    def _take_whole(self, text: str) -> bool:
        """Decode a document that came in one piece, as some providers send them."""
        if self._stack or not text.endswith(("}", "]")):
            return False
        try:
            self.root = decode(text)
        except (ValueError, RecursionError):
            return False
        self._step = JSONTree._read_end
        return True

    def _put(self, value: Any) -> None:
        """Show a value at the open place."""
        if not self._stack:
            self.root = value
            return
        top = self._stack[-1]
        if isinstance(top, dict):
            top[self._keys[-1]] = value
        else:
            top.append(value)

    def _close_value(self) -> None:
        self._step = JSONTree._read_separator if self._stack else JSONTree._read_end

    def _open(self, container: Container) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _InvalidError
        self._put(container)
        self._stack.append(container)
        self._keys.append("")

    def _close(self) -> None:
        self._stack.pop()
        self._keys.pop()
        self._close_value()

    def _string_piece(self, text: str, place: int) -> tuple[str, int, bool]:
        """What there is of a string from ``place`` on, where that ends, whether it is closed."""
        end = _match_end(STRING_BODY, text, place)
        piece = text[place:end]
        if "\\" in piece:
            piece = decode(f'"{piece}"')
        if end == len(text):
            return piece, end, False
        if text[end] == '"':
            return piece, end + 1, True
        if HALF_ESCAPE.match(text, end):
            self._half = text[end:]
            return piece, len(text), False
        if piece:  # shown first; the next step stands right before what is wrong
            return piece, end, False
        raise _InvalidError

    # Each step reads on from ``place``, sets the step that follows, and says where that begins.

    def _read_value(self, text: str, place: int) -> int:
        char = text[place]
        if char == '"':
            self._put("")
            self._step = JSONTree._read_string
            return place + 1
        if char == "{":
            self._open({})
            self._step = JSONTree._read_first_key
            return place + 1
        if char == "[":
            self._open([])
            self._step = JSONTree._read_first_item
            return place + 1
        if char in LITERALS:
            self._token = [char]
            self._step = JSONTree._read_literal
            return place + 1
        if char in "-0123456789":
            self._token = []
            self._step = JSONTree._read_number
            return place
        raise _InvalidError

    def _read_string(self, text: str, place: int) -> int:
        piece, place, closed = self._string_piece(text, place)
        if piece:
            # With its place emptied the string has one owner, and CPython lets it grow where it is;
            # otherwise each fragment would copy all text before it.
            if not self._stack:
                string = self.root
                self.root = None
                string += piece
                self.root = string
            else:
                top = self._stack[-1]
                key: Any = self._keys[-1] if isinstance(top, dict) else -1
                string = top[key]
                top[key] = None
                string += piece
                top[key] = string
        if closed:
            self._close_value()
        return place

    def _read_number(self, text: str, place: int) -> int:
        end = _match_end(NUMBER_BODY, text, place)
        self._token.append(text[place:end])
        if end < len(text):
            self._put(decode("".join(self._token)))
            self._close_value()
        return end

    def _read_literal(self, text: str, place: int) -> int:
        have = len(self._token)
        literal, value = LITERALS[self._token[0]]
        if text[place] != literal[have]:
            raise _InvalidError
        self._token.append(text[place])
        if have + 1 == len(literal):
            self._put(value)
            self._close_value()
        return place + 1

    def _read_first_item(self, text: str, place: int) -> int:
        if text[place] == "]":
            self._close()
            return place + 1
        return self._read_value(text, place)

    def _read_first_key(self, text: str, place: int) -> int:
        if text[place] == "}":
            self._close()
            return place + 1
        return self._read_key_start(text, place)

    def _read_key_start(self, text: str, place: int) -> int:
        if text[place] != '"':
            raise _InvalidError
        self._token = []
        self._step = JSONTree._read_key
        return place + 1

    def _read_key(self, text: str, place: int) -> int:
        piece, place, closed = self._string_piece(text, place)
        self._token.append(piece)
        if closed:
            self._keys[-1] = "".join(self._token)
            self._step = JSONTree._read_colon
        return place

    def _read_colon(self, text: str, place: int) -> int:
        if text[place] != ":":
            raise _InvalidError
        self._step = JSONTree._read_value
        return place + 2 if text.startswith(" ", place + 1) else place + 1

    def _read_separator(self, text: str, place: int) -> int:
        char = text[place]
        in_object = isinstance(self._stack[-1], dict)
        if char == ",":
            self._step = JSONTree._read_key_start if in_object else JSONTree._read_value
            return place + 2 if text.startswith(" ", place + 1) else place + 1
        if char == ("}" if in_object else "]"):
            self._close()
            return place + 1
        raise _InvalidError

    def _read_end(self, text: str, place: int) -> int:
        raise _InvalidError


INSIDE = (JSONTree._read_string, JSONTree._read_key, JSONTree._read_number, JSONTree._read_literal)
"""The steps to which white space says something."""


def _match_end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    assert match is not None  # all of them match the empty string
    return match.end()


def _references(stack: list[Container], depth: int) -> int:
    """References to one of the open containers."""
    if REFCOUNT is None:
        return sys.maxsize
    return REFCOUNT(stack[depth])


def _reference_counter(system: object = sys) -> Callable[[object], int] | None:
    """What counts an object's references, or None where a count says nothing.

    Without the GIL another thread can take a reference between the count and the change.
    """
    gil_is_on: Callable[[], bool] = getattr(system, "_is_gil_enabled", lambda: True)
    counter: Callable[[object], int] | None = getattr(system, "getrefcount", None)
    return counter if gil_is_on() else None


REFCOUNT = _reference_counter()
_stack: list[Container] = [[]]
_slot = _stack[0]
UNHELD = _references(_stack, 0) if REFCOUNT is not None else 0
"""References to an open container that only the stack and its parent's slot hold, measured."""
