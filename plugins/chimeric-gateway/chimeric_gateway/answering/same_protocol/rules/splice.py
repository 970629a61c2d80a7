"""The client's name of the model put into events, without writing the rest of them anew."""

from __future__ import annotations

import re
from typing import Final

import msgspec

__all__ = ["Splice"]

HEAD: Final = re.compile(rb'\{[^{}\[\]]*?"model":\s*("(?:[^"\\]|\\.)*")')
"""An event up to the value of its ``model``, with no other object or list before it."""


class Splice:
    """Knows how the events of one stream begin: with the same bytes up to the model's name.

    Args:
        model: what the client calls it.

    Example:
        >>> splice = Splice("fast")
        >>> splice.named(b'{"id":"1","model":"gpt-5.4-mini","choices":[]}')
        b'{"id":"1","model":"fast","choices":[]}'
    """

    def __init__(self, model: str) -> None:
        self._model = msgspec.json.encode(model)
        self._before = b"\x00"
        self._after = b""

    def named(self, data: bytes) -> bytes | None:
        """An event with the client's name; None where that stands somewhere else."""
        if data.startswith(self._before):
            return self._after + data[len(self._before) :]
        found = HEAD.match(data)
        if found is None:
            return None
        self._before = data[: found.end()]
        self._after = data[: found.start(1)] + self._model
        return self._after + data[found.end() :]
