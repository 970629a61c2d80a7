"""What the caller said in a dict and no part of the request says: it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from operator import eq, is_
from typing import Any, cast

from chimeric.schema.type_guards import is_mapping
from chimeric.values.requests import Request

__all__ = ["unsent"]


def unsent(request: Request, body: object, reworded: Collection[str]) -> list[str]:
    """A sentence for each key that is not in the body with the value that it had.

    Those that were put in other words are left to the provider.
    """
    said = [
        (name, value, where)
        for extra, where in _extras(request)
        for name, value in (extra or {}).items()
        if name not in reworded
    ]
    if not said or not is_mapping(body):
        return []
    sent: dict[str, list[Any]] = {}
    _collect(body, {name for name, _, _ in said}, sent)
    for same in (is_, eq):  # an equal one may be that of another place
        for entry in tuple(said):
            fits = [same(value, entry[1]) for value in sent.get(entry[0], ())]
            if True in fits:  # it stands for one that was said
                del sent[entry[0]][fits.index(True)]
                said.remove(entry)
    lost = "the key {!r} of {} has no counterpart here; it was left out"
    return [lost.format(name, where) for name, _, where in said]


def _extras(request: Request) -> Iterator[tuple[Mapping[str, Any] | None, str]]:
    """The other keys of all that was given as a dict, and where it stands."""
    for tool in request.tools:
        yield tool.extra, f"the tool {tool.name!r}"
    for number, message in enumerate(request.messages):
        where = f"messages[{number}]"
        yield message.extra, where
        for call in message.tool_calls:
            yield call.extra, f"the tool call {call.name!r} of {where}"
        if not isinstance(message.content, str):
            for place, part in enumerate(message.content):
                yield getattr(part, "extra", None), f"{where}.content[{place}]"


def _collect(value: object, names: set[str], sent: dict[str, list[Any]]) -> None:
    """The values of these keys, wherever they stand in a body."""
    stack = [value]
    while stack:
        item = stack.pop()
        if is_mapping(item):
            for name, inner in item.items():
                if name in names:
                    sent.setdefault(name, []).append(inner)
                stack.append(inner)
        elif isinstance(item, (list, tuple)):
            stack.extend(cast("list[Any]", item))
