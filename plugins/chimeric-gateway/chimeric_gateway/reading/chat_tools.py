"""Tools of Chat Completions, and which of them a model may call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_object

from .fields import openai_words

__all__ = ["read_choice", "read_functions", "read_tools"]

WORDS: Final = ("none", "auto", "required")
OWN: Final = ("function", "custom")
INNER: Final = ("name", "description", "parameters", "strict", "format")
OUTER: Final = ("type", "function", "custom", "cache_control")


def read_tools(tools: Sequence[Any] | None) -> tuple[list[dict[str, Any]], list[str]]:
    """The client's own tools, and what is left out of them: keys, and what only a provider runs.

    They are in the nested form, or in the flat one of Responses, which some clients send.

    Raises:
        Refusal: 400 for what is no tool, or has no name.
    """
    found: list[dict[str, Any]] = []
    left_out: list[str] = []
    for place, tool in enumerate(tools or ()):
        path = f"tools[{place}]"
        if not is_object(tool):
            raise openai_words(path, "object", tool)
        told = dict(tool)
        kind = told.get("type") or ("function" if told.keys() & {"function", "name"} else None)
        if kind is None:
            raise _missing(f"{path}.type")
        told["type"] = kind
        if kind not in OWN:
            left_out.append(path)
            continue
        _check_name(told, str(kind), path)
        found.append(_known(told, str(kind), path, left_out))
    return found, left_out


def _known(tool: dict[str, Any], kind: str, path: str, left_out: list[str]) -> dict[str, Any]:
    """A tool without the keys that unified form does not know."""
    if kind not in tool:
        left_out += [f"{path}.{name}" for name in tool if name not in (*INNER, *OUTER)]
        return {name: value for name, value in tool.items() if name in (*INNER, *OUTER)}
    inner = tool[kind]
    left_out += [f"{path}.{name}" for name in tool if name not in OUTER]
    left_out += [f"{path}.{kind}.{name}" for name in inner if name not in INNER]
    known = {name: value for name, value in tool.items() if name in OUTER}
    return {**known, kind: {name: value for name, value in inner.items() if name in INNER}}


def read_functions(functions: Sequence[Any] | None) -> list[dict[str, Any]]:
    """Tools in the form before there were tools.

    Raises:
        Refusal: 400 for what is no function, or has no name.
    """
    return read_tools([{"type": "function", "function": f} for f in functions or ()])[0]


def read_choice(choice: Any) -> Any:
    """A tool choice as the core reads it: a word or an object; None for none.

    Raises:
        Refusal: 400 for anything else.
    """
    if choice is None or choice in WORDS:
        return choice
    if choice == "any":
        return "required"
    if isinstance(choice, str):
        raise Refusal(
            400,
            f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'.",
            param="tool_choice",
            code="invalid_value",
        )
    if not is_object(choice):
        raise openai_words("tool_choice", "a string or an object", choice)
    told = dict(choice)
    if told.get("type") == "allowed_tools":
        return told
    body = told.get("function") or told.get("custom") or told
    if not is_object(body) or not isinstance(body.get("name"), str):
        kind = told.get("type")
        if kind in ("auto", "any", "none", "required", "tool"):
            return "required" if kind in ("any", "tool") else kind
        raise _missing("tool_choice.function.name")
    return {"type": "function", "function": {"name": body["name"]}}


def _check_name(tool: dict[str, Any], kind: str, path: str) -> None:
    inner = tool.get(kind, tool if "name" in tool else None)
    if inner is None:
        raise _missing(f"{path}.{kind}")
    if not is_object(inner):
        raise openai_words(f"{path}.{kind}", "object", inner)
    place = f"{path}.{kind}.name" if kind in tool else f"{path}.name"
    name = inner.get("name")
    if name is None or name == "":
        raise _missing(place)
    if not isinstance(name, str):
        raise openai_words(place, "string", name)


def _missing(path: str) -> Refusal:
    return Refusal(
        400,
        f"Missing required parameter: '{path}'.",
        param=path,
        code="missing_required_parameter",
    )
