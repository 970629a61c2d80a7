"""pydantic-ai's settings as parameters of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings, ToolOrOutput
from pydantic_ai.tools import ToolDefinition

from chimeric import ResponseFormat, Timeout, Tool, ToolName

__all__ = ["ChimericModelSettings", "params_of", "tools_of"]

RENAMED = {"stop_sequences": "stop"}
SAME = (
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "parallel_tool_calls",
    "max_retries",
    "extra_headers",
    "extra_body",
)


class ChimericModelSettings(ModelSettings, total=False):
    """pydantic-ai's settings, and what ``Chimeric.generate`` takes besides."""

    chimeric_params: Mapping[str, Any]
    """Other parameters of the call: ``logprobs``, ``api``, ``use``, ``user_context``, or a
    provider's own."""


def params_of(settings: ModelSettings, asked: ModelRequestParameters) -> dict[str, Any]:
    """Parameters for ``generate``, without the tools."""
    given: dict[str, Any] = {**settings}
    params = {name: given[name] for name in SAME if given.get(name) is not None}
    params |= {ours: given[name] for name, ours in RENAMED.items() if given.get(name)}
    if "service_tier" in given:
        params["service_tier"] = given["service_tier"]
    if given.get("timeout") is not None:
        params["timeout"] = _timeout(given["timeout"])
    if asked.thinking is not None:
        params["reasoning_effort"] = _effort(asked.thinking)
    if asked.output_mode == "native" and asked.output_object is not None:
        wanted = asked.output_object
        params["response_format"] = ResponseFormat(
            name=wanted.name or "response",
            schema=dict(wanted.json_schema),
            strict=wanted.strict is not False,
        )
    return {**params, **given.get("chimeric_params", {})}


def _effort(thinking: bool | str) -> str:
    if isinstance(thinking, str):
        return thinking
    return "medium" if thinking else "none"


def _timeout(value: Any) -> Timeout | float:
    if isinstance(value, (int, float)):
        return value
    # An httpx.Timeout: it has no limits on content, so ours stay as they are.
    return Timeout(connect=value.connect, read=value.read)


def tools_of(settings: ModelSettings, asked: ModelRequestParameters) -> tuple[list[Tool], Any]:
    """The tools to offer, and the ``tool_choice``; None where the model is free."""
    offered = asked.declared_tool_defs
    mode, names = _choice(settings.get("tool_choice"), asked)
    if names is not None:
        offered = {name: tool for name, tool in offered.items() if name in names}
    tools = [_tool(tool) for tool in offered.values()]
    if not tools or mode == "auto":
        return tools, None
    if mode == "required" and names is not None and len(tools) == 1:
        return tools, ToolName(tools[0].name)
    return tools, mode


def _choice(choice: Any, asked: ModelRequestParameters) -> tuple[str, set[str] | None]:
    """The mode, and the names that may be called (None: all), as pydantic-ai means them."""
    free = asked.allow_text_output or asked.allow_image_output
    outputs = {tool.name for tool in asked.output_tools}
    usual = "auto" if free else "required"
    match choice:
        case None | "auto":
            return usual, None
        case "none" | []:
            return (usual, outputs) if outputs else ("none", None)
        case "required":
            return "required", {tool.name for tool in asked.function_tools}
        case ToolOrOutput():
            allowed = {*choice.function_tools} | outputs
            return (usual, allowed) if allowed else ("none", None)
        case _:
            return "required", set(choice)


def _tool(tool: ToolDefinition) -> Tool:
    schema: dict[str, Any] = tool.parameters_json_schema
    if not schema:  # a tool without a schema takes nothing
        schema = {"type": "object", "properties": {}}
    return Tool(
        name=tool.name,
        description=tool.description or "",
        parameters=schema,
        strict=tool.strict,
    )
