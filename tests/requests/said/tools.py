"""Kinds of tools, and of the choice of one."""

from __future__ import annotations

from typing import Final

from .checks import has_cache_point, is_checked, offers_one
from .kind import Kind
from .samples import CITY, CLOSED, MARK, OPEN_FIELD, TOOL, tool

__all__ = ["TOOLS"]

TOOLS: Final = {
    "tool": Kind(words="a tool", params=tool(), leaves=("weather", "Tells it", "city")),
    "tool without parameters": Kind(
        words="a tool without parameters",
        params={"tools": [{"name": "now", "description": "Tells it"}]},
        leaves=("now", "Tells it"),
    ),
    "mcp tool": Kind(
        words="a tool as MCP lists it",
        params={
            "tools": [{"name": "weather", "description": "Tells it", "inputSchema": CITY}],
        },
        leaves=("weather", "Tells it", "city"),
    ),
    "strict": Kind(
        words="`strict` of a tool",
        params=tool(strict=True, parameters=CLOSED),
        sent=lambda sent: sent.body and '"strict":true' in sent.text,
        meant=is_checked,
    ),
    "strict open": Kind(
        words="`strict` of a tool with an open object",
        params=tool(strict=True, parameters=OPEN_FIELD),
        sent=lambda sent: '"strict":true' in sent.text,
        meant=is_checked,
    ),
    "cached tool": Kind(
        words="a cache point at a tool",
        params=tool(cache_control=MARK),
        sent=lambda sent: "cache_control" in sent.keys,
        meant=has_cache_point,
    ),
    "key of a tool": Kind(
        words="an unknown key of a tool", params=tool(priority=777), leaves=(777,)
    ),
    "auto": Kind(
        words="`tool_choice`: `auto`",
        params={**tool(), "tool_choice": "auto"},
        sent=lambda sent: bool({"auto", "AUTO"} & sent.leaves) or "auto" in sent.keys,
        meant=lambda sent: not sent.keys & {"tool_choice", "toolChoice"},
    ),
    "required": Kind(
        words="`tool_choice`: `required`",
        params={**tool(), "tool_choice": "required"},
        sent=lambda sent: (
            bool({"required", "any", "ANY", "REQUIRED"} & sent.leaves) or "any" in sent.keys
        ),
    ),
    "none": Kind(
        words="`tool_choice`: `none`",
        params={**tool(), "tool_choice": "none"},
        sent=lambda sent: bool({"none", "NONE"} & sent.leaves),
        meant=lambda sent: not sent.keys & {"tools", "toolConfig"},
    ),
    "named": Kind(
        words="`tool_choice`: one tool",
        params={
            "tools": [TOOL, {**TOOL, "name": "other"}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
        },
        sent=lambda sent: (
            bool(sent.keys & {"tool_choice", "toolChoice", "allowedFunctionNames"})
            and "other" in sent.leaves
        ),
        meant=offers_one,
    ),
    "allowed": Kind(
        words="`tool_choice`: some tools (`allowed_tools`)",
        params={
            "tools": [TOOL, {**TOOL, "name": "other"}, {**TOOL, "name": "third"}],
            "tool_choice": {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"name": "weather"}, {"name": "other"}],
            },
        },
        sent=lambda sent: "third" in sent.leaves,
    ),
    "one at a time": Kind(
        words="`parallel_tool_calls=False`",
        params={**tool(), "parallel_tool_calls": False},
        sent=lambda sent: '"parallel_tool_calls":false' in sent.text,
        meant=lambda sent: '"disable_parallel_tool_use":true' in sent.text,
    ),
}
