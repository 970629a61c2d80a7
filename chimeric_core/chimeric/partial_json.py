"""JSON that is still arriving: its best valid prefix as a Python value, in linear time."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

__all__ = ["PartialJSON"]

Container: TypeAlias = dict[str, Any] | list[Any]

MAX_DEPTH: Final = 512
"""Containers in each other; deeper ones count as invalid, as every later decoder refuses them."""

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


class PartialJSON:
    """An incremental parser for one JSON document.

    ``feed`` only notes the fragment; the parsing happens when a property is read, and each
    character is parsed once. The value holds what is certain:

    * a string is shown from its opening quote on, as far as it came, without half an escape;
    * a number is shown when the character after it has come (``12`` may become ``123``), so a
      number that is the whole document is never shown;
    * ``true``, ``false`` and ``null`` are shown when their last letter has come;
    * a key is shown as soon as its value shows something.

    A value that was read does not change when more arrives: what the caller still holds of the
    containers that are open is copied (shallowly) before it grows. Finished parts are shared
    between values, so treat them as read-only. A caller who drops each value before reading the
    next costs no copies at all.

    Nothing here raises. Text that is not JSON (by the rules of ``msgspec.json``: no control
    characters in strings, no lone surrogates, no NaN) leaves the value at its last valid state
    and sets ``invalid``. One parser is not to be used from two threads at once.

    Example:
        >>> json = PartialJSON()
        >>> json.feed('{"city": "Par')
        >>> json.value
        {'city': 'Par'}
        >>> json.feed('is", "days": 1')
        >>> json.value
        {'city': 'Paris'}
        >>> json.feed('2}')
        >>> json.value, json.complete
        ({'city': 'Paris', 'days': 12}, True)
    """

    __slots__ = (
        "_handed_out",
        "_held",
        "_invalid",
        "_keys",
        "_new",
        "_root",
        "_stack",
        "_step",
        "_token",
    )

    def __init__(self) -> None:
        self._new: list[str] = []
        self._step: Callable[[PartialJSON, str, int], int] = PartialJSON._read_value
        self._root: Any = None
        self._stack: list[Container] = []
        self._keys: list[str] = []  # for each open container its current key ("" in a list)
        self._token: list[str] = []  # pieces of the key, number or literal that is open
        self._held = ""  # half an escape
        self._handed_out = False
        self._invalid = False

    def feed(self, fragment: str) -> None:
        """Add the next piece of the text."""
        self._new.append(fragment)

    @property
    def value(self) -> Any:
        """The best valid prefix of the document so far; None before it shows anything."""
        if self._new:
            self._parse()
        if self._stack:
            self._handed_out = True
        return self._root

    @property
    def complete(self) -> bool:
        """Whether the document is whole."""
        if self._new:
            self._parse()
        return self._step is PartialJSON._read_end and not self._invalid

    @property
    def invalid(self) -> bool:
        """Whether the text cannot become a JSON document any more."""
        if self._new:
            self._parse()
        return self._invalid

    def _parse(self) -> None:
        new = self._new
        text = self._held + (new[0] if len(new) == 1 else "".join(new))
        new.clear()
        if self._invalid:
            return
        self._held = ""
        if self._handed_out:
            self._release()
        try:
            if self._step is PartialJSON._read_value and self._take_whole(text):
                return
            place, end = 0, len(text)
            while place < end:
                place = self._step(self, text, place)
        except ValueError:  # ours, or a decoder's: a number out of range
            self._invalid = True

    def _take_whole(self, text: str) -> bool:
        """Decode a document that came in one piece, as some providers send them."""
        if self._stack or not text.endswith(("}", "]")):
            return False
        try:
            self._root = decode(text)
        except (ValueError, RecursionError):
            return False
        self._step = PartialJSON._read_end
        return True

    def _release(self) -> None:
        """Let go of the open containers that a caller holds: go on with copies of them.

        Who holds a container holds all inside it too. Where references cannot be counted,
        everything open is copied.
        """
        self._handed_out = False
        stack, keys = self._stack, self._keys
        held = False
        for depth in range(len(stack)):
            held = held or _references(stack, depth) > UNHELD
            if not held:
                continue
            copy = stack[depth] = stack[depth].copy()
            if depth:
                _replace(stack[depth - 1], keys[depth - 1], copy)
            else:
                self._root = copy

    def _put(self, value: Any) -> None:
        """Show a value at the open place."""
        if not self._stack:
            self._root = value
            return
        top = self._stack[-1]
        if isinstance(top, dict):
            top[self._keys[-1]] = value
        else:
            top.append(value)

    def _close_value(self) -> None:
        self._step = PartialJSON._read_separator if self._stack else PartialJSON._read_end

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
            self._held = text[end:]
            return piece, len(text), False
        if piece:  # shown first; the next step stands right before what is wrong
            return piece, end, False
        raise _InvalidError

    # Each step reads on from ``place``, sets the step that follows, and says where that begins.

    def _read_value(self, text: str, place: int) -> int:
        char = text[place]
        if char in " \t\n\r":
            return _skip_space(text, place)
        if char == '"':
            self._put("")
            self._step = PartialJSON._read_string
            return place + 1
        if char == "{":
            self._open({})
            self._step = PartialJSON._read_first_key
            return place + 1
        if char == "[":
            self._open([])
            self._step = PartialJSON._read_first_item
            return place + 1
        if char in LITERALS:
            self._token = [char]
            self._step = PartialJSON._read_literal
            return place + 1
        if char in "-0123456789":
            self._token = []
            self._step = PartialJSON._read_number
            return place
        raise _InvalidError

    def _read_string(self, text: str, place: int) -> int:
        piece, place, closed = self._string_piece(text, place)
        if piece:
            # With its place emptied the string has one owner, and CPython lets it grow where it is;
            # otherwise each fragment would copy all text before it.
            if not self._stack:
                string = self._root
                self._root = None
                string += piece
                self._root = string
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
        char = text[place]
        if char in " \t\n\r":
            return _skip_space(text, place)
        if char == "]":
            self._close()
            return place + 1
        return self._read_value(text, place)

    def _read_first_key(self, text: str, place: int) -> int:
        if text[place] == "}":
            self._close()
            return place + 1
        return self._read_key_start(text, place)

    def _read_key_start(self, text: str, place: int) -> int:
        char = text[place]
        if char in " \t\n\r":
            return _skip_space(text, place)
        if char != '"':
            raise _InvalidError
        self._token = []
        self._step = PartialJSON._read_key
        return place + 1

    def _read_key(self, text: str, place: int) -> int:
        piece, place, closed = self._string_piece(text, place)
        self._token.append(piece)
        if closed:
            self._keys[-1] = "".join(self._token)
            self._step = PartialJSON._read_colon
        return place

    def _read_colon(self, text: str, place: int) -> int:
        char = text[place]
        if char in " \t\n\r":
            return _skip_space(text, place)
        if char != ":":
            raise _InvalidError
        self._step = PartialJSON._read_value
        return place + 1

    def _read_separator(self, text: str, place: int) -> int:
        char = text[place]
        if char in " \t\n\r":
            return _skip_space(text, place)
        in_object = isinstance(self._stack[-1], dict)
        if char == ",":
            self._step = PartialJSON._read_key_start if in_object else PartialJSON._read_value
        elif char == ("}" if in_object else "]"):
            self._close()
        else:
            raise _InvalidError
        return place + 1

    def _read_end(self, text: str, place: int) -> int:
        end = _skip_space(text, place)
        if end < len(text):
            raise _InvalidError
        return end


def _replace(container: Container, key: str, value: Any) -> None:
    """Put ``value`` where the open value of ``container`` is."""
    if isinstance(container, dict):
        container[key] = value
    else:
        container[-1] = value


def _match_end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    assert match is not None  # all of them match the empty string
    return match.end()


def _skip_space(text: str, place: int) -> int:
    return _match_end(SPACE, text, place)


def _references(stack: list[Container], depth: int) -> int:
    """References to one of the open containers."""
    if REFCOUNT is None:
        return sys.maxsize
    return REFCOUNT(stack[depth])


REFCOUNT: Callable[[object], int] | None = getattr(sys, "getrefcount", None)
_stack: list[Container] = [[]]
_slot = _stack[0]
UNHELD = _references(_stack, 0) if REFCOUNT is not None else 0
"""References to an open container that only the stack and its parent's slot hold, measured."""
