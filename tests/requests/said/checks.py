"""What must hold of a request beyond the values in it."""

from __future__ import annotations

from typing import Any

from .kind import Sent


def offers_one(sent: Sent) -> bool:
    """Where no choice names a tool, only that one is offered, and a call is required."""
    return "REQUIRED" in sent.leaves and "other" not in sent.leaves


def ids_agree(sent: Sent) -> bool:
    """The id of the call is that of the result, in whatever characters; or there is none."""
    found: dict[str, int] = {}
    names = ("id", "call_id", "tool_call_id", "tool_use_id", "toolUseId")
    stack: list[Any] = [sent.body]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for name in names:
                if isinstance(value.get(name), str):
                    found[value[name]] = found.get(value[name], 0) + 1
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return all(count == 2 for count in found.values()) and "sunny" in sent.text


def is_checked(sent: Sent) -> bool:
    """Whether all calls of a request are checked against their schemas."""
    modes = {"VALIDATED", "validated"}
    return '"strict_tools":true' in sent.text or not sent.leaves.isdisjoint(modes)


def has_cache_point(sent: Sent) -> bool:
    return bool(sent.keys & {"cache_control", "cachePoint"})
