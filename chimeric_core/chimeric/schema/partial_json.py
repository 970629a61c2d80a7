"""JSON that is still arriving: its best valid prefix as a Python value, in linear time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .json_tree import JSONTree

__all__ = ["PartialJSON"]


class PartialJSON:
    """An incremental parser for one JSON document.

    ``feed`` only notes the fragment; the parsing happens when a property is read. The value holds
    what is certain:

    * a string is shown from its opening quote on, as far as it came, without half an escape;
    * a number is shown when the character after it has come (``12`` may become ``123``), so a
      number that is the whole document is never shown;
    * ``true``, ``false`` and ``null`` are shown when their last letter has come;
    * a key is shown as soon as its value shows something.

    A value that was read does not change when more arrives. Values share their finished parts, so
    treat them as read-only. The work is linear in the text when values are read as they come and
    dropped before the next but one is read; a caller who keeps more of them gets copies, each as
    large as the containers that were open.

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

    __slots__ = ("_handed_out", "_missed", "_new", "_spare", "_tree")

    def __init__(self) -> None:
        from .json_tree import JSONTree  # its patterns take a millisecond to compile

        self._new: list[str] = []
        self._tree = JSONTree()
        # While the caller holds what the tree is made of, another one grows; then they change
        # places. The spare one has missed some text meanwhile.
        self._spare: JSONTree | None = None
        self._missed: list[str] = []
        self._handed_out = False

    def feed(self, fragment: str) -> None:
        """Add the next piece of the text."""
        self._new.append(fragment)

    @property
    def value(self) -> Any:
        """The best valid prefix of the document so far; None before it shows anything."""
        if self._new:
            self._parse()
        self._handed_out = True
        return self._tree.root

    @property
    def complete(self) -> bool:
        """Whether the document is whole."""
        if self._new:
            self._parse()
        return self._tree.complete

    @property
    def invalid(self) -> bool:
        """Whether the text cannot become a JSON document any more."""
        if self._new:
            self._parse()
        return self._tree.invalid

    def _parse(self) -> None:
        new = self._new
        text = new[0] if len(new) == 1 else "".join(new)
        new.clear()
        if self._handed_out:
            self._handed_out = False
            if self._tree.is_held():
                self._take_turns()
        if self._spare is not None:
            self._missed.append(text)
        self._tree.read(text)

    def _take_turns(self) -> None:
        """Go on with a tree that nobody holds: the spare one, or a copy."""
        held, spare = self._tree, self._spare
        if spare is not None and not spare.is_held():
            spare.read("".join(self._missed))
            self._tree = spare
        else:
            self._tree = held.copy()
        self._spare = held
        self._missed.clear()
