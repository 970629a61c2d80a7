"""Items that the caller has to answer: functions, and what else a model may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast

import msgspec

from chimeric import Request
from chimeric_responses.wire import Call

from .inputs import parsed

__all__ = ["CallKind", "asked_of", "call_of", "has_hosted_shell", "written"]

CallKind: TypeAlias = Literal[
    "function", "custom", "computer", "mcp_approval", "shell", "apply_patch", "tool_search"
]

KINDS: dict[str, CallKind] = {
    "function_call": "function",
    "custom_tool_call": "custom",
    "computer_call": "computer",
    "mcp_approval_request": "mcp_approval",
    "shell_call": "shell",
    "local_shell_call": "shell",
    "apply_patch_call": "apply_patch",
    "tool_search_call": "tool_search",
}


def asked_of(value: Mapping[str, Any], *, hosted: bool = False) -> CallKind | None:
    """What kind of call an item is for the caller; None for what the provider runs.

    Args:
        value: the item, as far as it is told.
        hosted: whether a shell is the provider's where the item does not tell.
    """
    kind = KINDS.get(str(value.get("type")))
    if kind == "shell" and value.get("type") == "shell_call":
        place: Any = value.get("environment")
        where = cast("Mapping[str, Any]", place).get("type") if isinstance(place, Mapping) else None
        return None if where == "container_reference" or (where is None and hosted) else kind
    if kind == "tool_search":
        return kind if value.get("execution") == "client" else None
    return kind


def has_hosted_shell(request: Request) -> bool:
    """Whether the shell that a request offers is the provider's."""
    shells = [t.native for t in request.tools if t.native and t.native.get("type") == "shell"]
    places: list[Any] = [shell.get("environment") or {"type": "local"} for shell in shells]
    return any(place.get("type") != "local" for place in places)


def call_of(value: Mapping[str, Any]) -> Call:
    """An item that asks, as a call with a name and arguments.

    What is no function has the name of its kind, and as arguments what the caller needs to know.
    """
    kind = KINDS.get(str(value.get("type")))
    if kind in ("function", "custom"):
        return msgspec.convert(value, Call)
    return Call(
        type=str(value.get("type")),
        id=value.get("id"),
        call_id=value.get("call_id") or value.get("id"),
        name=kind,
        arguments=msgspec.json.encode(_asked(value)).decode(),
        status=value.get("status"),
    )


def _asked(value: Mapping[str, Any]) -> Any:
    match value.get("type"):
        case "mcp_approval_request":
            return {
                "server": value.get("server_label"),
                "name": value.get("name"),
                "arguments": parsed(value.get("arguments")),
            }
        case "computer_call":
            names = ("actions", "action", "pending_safety_checks")
            return {name: value[name] for name in names if value.get(name)}
        case "apply_patch_call":
            return _last(value.get("operation"), "diff")
        case "tool_search_call":
            return value.get("arguments") or {}
        case _:
            action = _last(value.get("action"), "commands")
            commands = {"commands": action.pop("commands")} if "commands" in action else {}
            return {**commands, **{name: given for name, given in action.items() if given}}


def _last(value: object, name: str) -> dict[str, Any]:
    """A copy whose ``name`` is the last one: it is what is written piece by piece."""
    told = dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
    if name in told:
        told[name] = told.pop(name)
    return told


def written(value: Mapping[str, Any], family: str, step: str, data: bytes, *, begun: bool) -> str:
    """What an event adds to the arguments of a call that is written piece by piece.

    Args:
        value: the item as it began.
        family: the event's type without ``response.`` and without its last word.
        step: the last word.
        data: the whole event.
        begun: whether a piece of the arguments came before.
    """
    if step not in ("added", "delta"):
        return ""
    told = msgspec.json.decode(data, type=dict[str, Any])
    piece = told.get("delta") or told.get("command") or ""
    if not isinstance(piece, str):
        return ""
    text = msgspec.json.encode(piece).decode()[1:-1]
    if family.endswith("_operation_diff"):
        if begun:
            return text
        head = {name: given for name, given in _asked(value).items() if name != "diff"}
        return msgspec.json.encode({**head, "diff": ""}).decode()[:-2] + text
    if family.endswith("_command"):
        if step == "delta" and begun:
            return text
        return ('","' if begun else '{"commands":["') + text
    return ""
