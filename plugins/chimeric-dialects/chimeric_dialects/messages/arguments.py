"""Arguments of calls, which must be an object here whatever a model wrote."""

from __future__ import annotations

from typing import Any, Final

from chimeric_dialects.answers import Block
from chimeric_dialects.json_values import dumps, is_object

__all__ = ["Arguments", "input_of"]

CUSTOM: Final = "input"
"""Where the input of a tool stands that takes free text."""

BROKEN: Final = "invalid_json"
"""Where text stands that is no object; an empty one would be run."""


def input_of(block: Block) -> dict[str, Any]:
    """The ``input`` of a whole call.

    Example:
        >>> input_of(Block("call", 0, pieces=["print(1)"], custom=True))
        {'input': 'print(1)'}
    """
    if block.custom:
        return {CUSTOM: block.text}
    value = block.arguments()
    if is_object(value) and (value or block.text.strip() in ("", "{}")):
        return value
    return {BROKEN: block.text} if block.whole else {}


class Arguments:
    """The arguments of one call piece by piece."""

    def __init__(self, block: Block) -> None:
        self._key = CUSTOM if block.custom else ""
        self._begun = False

    def piece(self, text: str) -> str:
        """A piece as it is told."""
        if self._begun:
            return _escaped(text) if self._key else text
        if not self._key:
            if not (said := text.lstrip()):
                return text
            self._key = "" if said.startswith("{") else BROKEN
        self._begun = True
        return f'{{"{self._key}": "{_escaped(text)}' if self._key else text

    def tail(self) -> str:
        """What ends them."""
        if not self._key:
            return ""
        return '"}' if self._begun else f'{{"{self._key}": ""}}'


def _escaped(text: str) -> str:
    return dumps(text)[1:-1].decode()
