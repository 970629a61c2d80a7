"""Calls that are no functions, and the caller's answers to them, as input items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from chimeric import Message, ToolCall

from .inputs import parsed

__all__ = ["call_item", "result_item"]

YES = ("true", "yes")
NO = ("false", "no", "")


def call_item(call: ToolCall) -> dict[str, Any]:
    """A call of a kind of its own as the item that asked for it."""
    told = _object(call.parsed())
    named = {"call_id": call.id, "status": "completed"}
    match call.kind:
        case "mcp_approval":
            arguments = told.get("arguments")
            text = arguments if isinstance(arguments, str) else _json(arguments or {})
            server = str(told.get("server") or "")
            name = str(told.get("name") or "")
            kind = "mcp_approval_request"
            return {
                "type": kind, "id": call.id, "server_label": server, "name": name, "arguments": text
            }  # fmt: skip
        case "computer":
            checks = told.pop("pending_safety_checks", [])
            named["id"] = f"cu_{call.id}"
            return {"type": "computer_call", **named, **told, "pending_safety_checks": checks}
        case "apply_patch":
            return {"type": "apply_patch_call", **named, "operation": told}
        case "tool_search":
            return {
                "type": "tool_search_call", **named, "execution": "client", "arguments": told
            }  # fmt: skip
        case _:
            kind = "local_shell_call" if told.get("type") == "exec" else "shell_call"
            return {"type": kind, **named, "action": told}


def result_item(
    call: ToolCall, item: Mapping[str, Any] | None, message: Message, content: Any, lost: list[str]
) -> dict[str, Any] | None:
    """What answers a call of a kind of its own; None for an answer that cannot be sent.

    Args:
        call: the call.
        item: the item that asked, where it is known.
        message: the answer.
        content: its content, in this protocol's form.
        lost: takes one sentence for each loss.
    """
    asked = item if item is not None else call_item(call)
    named = {"call_id": call.id}
    match call.kind:
        case "mcp_approval":
            return _approval(call.id, message)
        case "computer":
            output = _screenshot(content)
            if output is None:
                lost.append("a computer call is answered with a picture of the screen: " + UNDONE)
                return None
            checks = {} if message.is_error else _checks(asked)
            return {"type": "computer_call_output", **named, "output": output, **checks}
        case "apply_patch":
            status = "failed" if message.is_error else "completed"
            text = {"output": message.text} if message.text else {}
            return {"type": "apply_patch_call_output", **named, "status": status, **text}
        case "tool_search":
            tools = _tools(message, lost)
            return {
                "type": "tool_search_output", **named, "execution": "client",
                "status": "completed", "tools": tools,
            }  # fmt: skip
        case _:
            if asked.get("type") == "local_shell_call":
                return {"type": "local_shell_call_output", "id": call.id, "output": message.text}
            action = _object(asked.get("action"))
            most = action.get("max_output_length")
            limit = {} if most is None else {"max_output_length": most}
            return {"type": "shell_call_output", **named, "output": _printed(message), **limit}


UNDONE = "the call was left out with its answer, whose text was sent instead"


def _approval(id: str, message: Message) -> dict[str, Any]:
    """Yes only where it was said: everything else is no, with its words as the reason."""
    told: Any = parsed(message.text)
    reason = None
    if isinstance(told, Mapping):
        given = cast("Mapping[str, Any]", told)
        approve = given.get("approve") is True
        reason = given.get("reason")
    elif isinstance(told, bool):
        approve = told
    else:
        word = message.text.strip().lower()
        approve = word in YES
        reason = None if approve or word in NO else message.text
    if message.is_error:
        approve, reason = False, reason or message.text
    because = {"reason": str(reason)} if reason else {}
    return {
        "type": "mcp_approval_response", "approval_request_id": id, "approve": approve, **because
    }  # fmt: skip


def _screenshot(content: Any) -> dict[str, Any] | None:
    """The last picture of a content."""
    if not isinstance(content, list):
        return None
    for told in reversed(cast("list[dict[str, Any]]", cast("object", content))):
        if told.get("type") == "computer_screenshot":
            return dict(told)
        if told.get("type") == "input_image":
            where = {name: told[name] for name in ("image_url", "file_id") if told.get(name)}
            return {"type": "computer_screenshot", **where}
    return None


def _checks(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The safety checks that were told: whoever did the action has seen them."""
    pending = asked.get("pending_safety_checks")
    return {"acknowledged_safety_checks": pending} if pending else {}


def _tools(message: Message, lost: list[str]) -> list[Any]:
    told: Any = parsed(message.text) if message.text else []
    if isinstance(told, Mapping):
        told = cast("Mapping[str, Any]", told).get("tools")
    if isinstance(told, list):
        return list(cast("list[object]", told))
    lost.append("a tool search is answered with a JSON list of tools; its answer holds none")
    return []


def _printed(message: Message) -> list[dict[str, Any]]:
    """What each command printed: in the protocol's form, as one dict, or as plain text."""
    told: Any = parsed(message.text)
    listed = cast("list[object]", told) if isinstance(told, list) else [told]
    if listed and all(_is_printed(entry) for entry in listed):
        return [_entry(_object(entry)) for entry in listed]
    stream, code = ("stderr", 1) if message.is_error else ("stdout", 0)
    return [_entry({stream: message.text, "exit_code": code})]


def _is_printed(entry: object) -> bool:
    names = ("stdout", "stderr", "outcome", "exit_code")
    return isinstance(entry, Mapping) and any(name in entry for name in names)


def _entry(told: Mapping[str, Any]) -> dict[str, Any]:
    outcome = told.get("outcome") or {"type": "exit", "exit_code": told.get("exit_code") or 0}
    return {
        "stdout": str(told.get("stdout") or ""),
        "stderr": str(told.get("stderr") or ""),
        "outcome": outcome,
    }


def _object(value: object) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
