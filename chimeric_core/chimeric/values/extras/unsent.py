"""What the caller said in a dict and no part of the request says: it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from chimeric.schema.type_guards import is_mapping
from chimeric.values.requests import Request

__all__ = ["unsent"]


def unsent(request: Request, body: object, reworded: Collection[str]) -> list[str]:
    """A sentence for each key that is not in the body with the value that it had.

    Those that were put in other words are left to the provider.
    """
    said = [entry for entry in _said(request) if entry[0] not in reworded]
    if not said or not is_mapping(body):
        return []
    sent: dict[str, list[Any]] = {}
    _collect(body, {name for name, _, _ in said}, sent)
    lost: list[str] = []
    for name, value, where in said:
        if value in sent.get(name, ()):
            sent[name].remove(value)  # it stands for one that was said
        else:
            lost.append(f"the key {name!r} of {where} has no counterpart here; it was left out")
    return lost


def _said(request: Request) -> Iterator[tuple[str, Any, str]]:
    for tool in request.tools:
        for name, value in (tool.extra or {}).items():
            yield name, value, f"the tool {tool.name!r}"
    for number, message in enumerate(request.messages):
        where = f"messages[{number}]"
        for name, value in (message.extra or {}).items():
            yield name, value, where
        for call in message.tool_calls:
            for name, value in (call.extra or {}).items():
                yield name, value, f"the tool call {call.name!r} of {where}"
        if isinstance(message.content, str):
            continue
        for place, part in enumerate(message.content):
            extra: Mapping[str, Any] = getattr(part, "extra", None) or {}
            for name, value in extra.items():
                yield name, value, f"{where}.content[{place}]"


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
