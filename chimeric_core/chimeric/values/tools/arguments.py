"""The arguments of a tool call while they come, fragment by fragment."""

from __future__ import annotations

from typing import Any

from chimeric.schema.partial_json import PartialJSON
from chimeric.values.text_log import TextLog

__all__ = ["ArgumentsLog"]


class ArgumentsLog(TextLog):
    """The fragments of one call's arguments, and their best valid prefix as a value."""

    __slots__ = ("_fed", "_json")

    def __init__(self) -> None:
        super().__init__()
        self._json = PartialJSON()
        self._fed = 0

    def value(self, size: int) -> Any:
        """The value of the first ``size`` characters; linear when asked for in order."""
        if size < self._fed:
            parser = type(self._json)()
            parser.feed(self.upto(size))
            return parser.value
        return self._parsed(size).value

    def whole(self) -> bool:
        """Whether the text is a JSON object; linear however often it is asked."""
        parser = self._parsed(self.size)
        return parser.complete and isinstance(parser.value, dict)

    def _parsed(self, size: int) -> PartialJSON:
        if size > self._fed:
            self._json.feed(self.between(self._fed, size))
            self._fed = size
        return self._json
