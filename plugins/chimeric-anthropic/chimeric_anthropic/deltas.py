"""Deltas of one event or answer, put together."""

from __future__ import annotations

import msgspec

from chimeric import Delta, ErrorInfo

CONTENT = ("text", "reasoning", "tool_calls", "server_tools", "files", "citations")


def folded(deltas: list[Delta]) -> Delta | list[Delta]:
    """The same in as few deltas as there are blocks: what has no content joins its neighbour."""
    kept: list[Delta] = []
    for delta in deltas:
        if kept and not (_has_content(kept[-1]) and _has_content(delta)):
            kept[-1] = merged(kept[-1], delta)
        else:
            kept.append(delta)
    return kept[0] if len(kept) == 1 else kept


def merged(first: Delta, second: Delta) -> Delta:
    """Two deltas as one; where both tell the same thing, the second counts."""
    values = {name: getattr(second, name) for name in Delta.__struct_fields__}
    told = {n: v for n, v in values.items() if v is not None and v is not False and v != ()}
    if first.metadata and second.metadata:
        told["metadata"] = {**first.metadata, **second.metadata}
    return msgspec.structs.replace(first, **told)


def failed(told: Delta | str | list[Delta] | None, info: ErrorInfo | None) -> Delta | list[Delta]:
    """An error, and what came in the same event."""
    if isinstance(told, str):
        told = Delta(text=told)
    return folded([*(told if isinstance(told, list) else [told or Delta()]), Delta(error=info)])


def _has_content(delta: Delta) -> bool:
    return any(getattr(delta, name) for name in CONTENT)
