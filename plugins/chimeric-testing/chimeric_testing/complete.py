"""Events that hold a whole answer where others begin one: caches and gateways send such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .leaves import nodes, shown
from .recorded import is_object
from .spoiling import with_item

__all__ = ["complete"]


def complete(value: Any, wholes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The same data with a whole answer in the place of an object that has its members.

    Args:
        value: plain data of an event.
        wholes: whole answers as plain data, by name.

    Example:
        >>> begun = {"type": "begin", "answer": {"id": "a", "text": "", "why": None}}
        >>> dict(complete(begun, {"text": {"id": "b", "text": "Hi", "why": "stop"}}))
        {'$.answer is the answer text': \
{'type': 'begin', 'answer': {'id': 'b', 'text': 'Hi', 'why': 'stop'}}}
    """
    for path, found in nodes(value):
        if not is_object(found) or len(found) < 3:
            continue
        for name, whole in wholes.items():
            if is_object(whole) and len(found.keys() & whole.keys()) * 2 > len(found):
                yield f"{shown(path)} is the answer {name}", with_item(value, path, whole)
