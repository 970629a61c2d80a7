"""The ``tools`` and the ``tool_choice`` of a body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chimeric_gateway.shapes import is_array, is_object

from .faults import expect, invalid_type, missing, refused

__all__ = ["INPUT", "Tools", "read_choice", "read_tools"]

INPUT: Final = "input"
"""The one argument of a function that stands for a tool of free text."""

WORDS: Final = ("auto", "none", "required")


class Tools:
    """What a body offers.

    Attributes:
        offered: definitions, as ``generate`` takes them.
        names: of the functions and the tools of free text among them.
        custom: of the tools of free text alone.
        left_out: which were left out, since only their own service can run them.
    """

    def __init__(self) -> None:
        self.offered: list[dict[str, Any]] = []
        self.names: set[str] = set()
        self.custom: set[str] = set()
        self.left_out: list[str] = []


def read_tools(body: Mapping[str, Any], *, same: bool = False) -> Tools:
    """Read the tools.

    Args:
        body: the whole body.
        same: whether the upstream speaks Responses too: then tools of the service's own and tools
            of free text pass as they are. Else these become functions with one argument, for other
            protocols have no free text, and those are left out.

    Raises:
        Refusal: for what is not a list of tools.
    """
    tools = Tools()
    for index, tool in enumerate(expect(body, "tools", list) or ()):
        place = f"tools[{index}]"
        if not is_object(tool):
            raise invalid_type(place, "an object", tool)
        kind = tool.get("type")
        if kind is None:
            raise missing(f"{place}.type")
        if kind not in ("function", "custom"):
            if same:
                tools.offered.append(tool)
            else:
                tools.left_out.append(f"{place} ({kind})")
            continue
        definition = _flat(tool)
        name = definition.get("name")
        if not isinstance(name, str) or not name:
            raise missing(f"{place}.name")
        if name in tools.names:
            raise refused(f"Two tools are named '{name}'.", f"{place}.name", "invalid_value")
        tools.names.add(name)
        if kind == "custom":
            tools.custom.add(name)
            tools.offered.append(definition if same else _as_function(definition))
        else:
            expect(definition, "parameters", dict, f"{place}.")
            tools.offered.append({k: v for k, v in definition.items() if v is not None})
    return tools


def _flat(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A definition without the wrapping that chat completions has."""
    inner = tool.get(str(tool["type"]))
    if not is_object(inner) or "name" in tool:
        return dict(tool)
    return {"type": tool["type"], **inner}


def _as_function(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A tool of free text as a function with one argument, its grammar in plain words."""
    told = [str(tool.get("description") or "").strip()]
    form = tool.get("format")
    if is_object(form) and form.get("type") == "grammar":
        grammar = form.get("grammar") if is_object(form.get("grammar")) else form
        assert is_object(grammar)
        syntax = grammar.get("syntax") or "lark"
        told.append(
            f"The argument `{INPUT}` is free text that fits this {syntax} grammar:\n"
            f"{grammar.get('definition') or ''}"
        )
    return {
        "type": "function",
        "name": tool["name"],
        "description": "\n\n".join(filter(None, told)),
        "parameters": {
            "type": "object",
            "properties": {INPUT: {"type": "string", "description": "The whole free text."}},
            "required": [INPUT],
            "additionalProperties": False,
        },
    }


def read_choice(body: Mapping[str, Any], tools: Tools, *, same: bool = False) -> Any:
    """The choice as ``generate`` takes it, or None for none that can be kept.

    Raises:
        Refusal: for what is no choice, or one of tools that are not offered.
    """
    choice = body.get("tool_choice")
    if choice is None:
        return None
    if isinstance(choice, str):
        if choice not in WORDS:
            names = ", ".join(f"'{word}'" for word in WORDS)
            message = f"Invalid value: '{choice}'. Supported values are: {names}."
            raise refused(message, "tool_choice", "invalid_value")
        if choice == "required" and not body.get("tools"):
            message = "Tool choice 'required' must be specified with 'tools' parameter."
            raise refused(message, "tool_choice")
        return choice if tools.offered else None
    if not is_object(choice):
        raise invalid_type("tool_choice", "one of a string or an object", choice)
    kind = choice.get("type")
    if kind == "allowed_tools":
        return _allowed(choice, tools, same=same)
    if kind not in ("function", "custom", None):
        return None
    name = _name(choice)
    if name not in tools.names:
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise refused(message, "tool_choice")
    return {"type": "function", "name": name}


def _name(choice: Mapping[str, Any]) -> str:
    """The tool that is named; what is no name is the name of none."""
    inner = choice.get(str(choice.get("type")))
    return str(choice.get("name") or (inner.get("name") if is_object(inner) else None))


def _allowed(choice: Mapping[str, Any], tools: Tools, *, same: bool) -> Any:
    told = choice.get("allowed_tools")
    inner: Mapping[str, Any] = told if is_object(told) else choice
    mode = inner.get("mode") or "auto"
    listed: Any = inner.get("tools")
    if mode not in ("auto", "required") or not is_array(listed):
        message = "Invalid 'tool_choice': 'allowed_tools' has a 'mode' and a list of 'tools'."
        raise refused(message, "tool_choice", "invalid_value")
    names = list(_allowed_names(listed, tools))
    if same and len(names) < len(listed):
        return None  # it names tools of the service's own: the body's words stand
    if not names:
        return "none" if tools.offered else None
    return {
        "type": "allowed_tools",
        "mode": mode,
        "tools": [{"type": "function", "name": name} for name in names],
    }


def _allowed_names(listed: Iterable[Any], tools: Tools) -> Iterable[str]:
    for entry in listed:
        if is_object(entry) and entry.get("type") in ("function", "custom", None):
            name = _name(entry)
            if name not in tools.names:
                message = f"Tool choice '{name}' not found in 'tools' parameter."
                raise refused(message, "tool_choice")
            yield name
