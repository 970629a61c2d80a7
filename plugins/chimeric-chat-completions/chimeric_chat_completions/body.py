"""Unified parameters into the body of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import (
    HTTPRequest,
    ProviderConfig,
    Request,
    ResponseFormat,
    Tool,
    ToolName,
    strict_schema,
)

from .conversation import Conversation
from .dialect import ChatDialect

__all__ = ["build_request"]


def build_request(request: Request, provider: ProviderConfig, dialect: ChatDialect) -> HTTPRequest:
    """Translate a unified request into a call of ``/chat/completions``."""
    conversation = Conversation(request, provider, dialect)
    body: dict[str, Any] = {"model": request.model, "messages": conversation.messages()}
    params = {**_sampling(request, dialect), **_tools(request, dialect)}
    refused = dialect.unsupported(request) if dialect.unsupported else ()
    dropped = list(conversation.dropped)
    for name, (field, value) in params.items():
        if name in refused:
            dropped.append(f"{request.model} at {provider.name} does not take {name}")
        else:
            body[field] = value
    if request.response_format is not None:
        body["response_format"] = _format(request.response_format, provider, dialect, dropped)
    if request.stream:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    if dialect.adapt is not None:
        body = dialect.adapt(body, request)
    return HTTPRequest(
        url=f"{provider.base_url}/chat/completions",
        body={**body, **request.extra, **request.extra_body},
        dropped=tuple(dropped),
    )


def _sampling(request: Request, dialect: ChatDialect) -> dict[str, tuple[str, Any]]:
    """Unified name -> field and value, for the parameters that were given."""
    params = {
        "temperature": ("temperature", request.temperature),
        "top_p": ("top_p", request.top_p),
        "max_tokens": (dialect.max_tokens, request.max_tokens),
        "stop": ("stop", list(request.stop) or None),
        "seed": (dialect.seed, request.seed),
        "reasoning_effort": ("reasoning_effort", request.reasoning_effort),
    }
    return {name: param for name, param in params.items() if param[1] is not None}


def _tools(request: Request, dialect: ChatDialect) -> dict[str, tuple[str, Any]]:
    if not request.tools:  # servers refuse the other two without tools
        return {}
    tools = [_tool(tool, dialect) for tool in request.tools]
    params: dict[str, tuple[str, Any]] = {"tools": ("tools", tools)}
    choice = request.tool_choice
    if isinstance(choice, ToolName):
        named = {"type": "function", "function": {"name": choice.name}}
        params["tool_choice"] = ("tool_choice", named)
    elif choice is not None:
        word = dialect.required_choice if choice == "required" else choice
        params["tool_choice"] = ("tool_choice", word)
    if request.parallel_tool_calls is not None:
        params["parallel_tool_calls"] = ("parallel_tool_calls", request.parallel_tool_calls)
    return params


def _tool(tool: Tool, dialect: ChatDialect) -> dict[str, Any]:
    if tool.native is not None:
        return dict(tool.native)
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    strict = bool(tool.strict) and dialect.strict_tools
    function["parameters"] = _strictly(tool.parameters) if strict else tool.parameters
    if tool.strict is not None and dialect.strict_tools:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _format(
    wanted: ResponseFormat, provider: ProviderConfig, dialect: ChatDialect, dropped: list[str]
) -> dict[str, Any]:
    if wanted.kind != "json_schema":
        return {"type": wanted.kind}
    if "json_schema" not in dialect.formats:
        dropped.append(f"{provider.name} enforces no schema: only valid JSON was asked for")
        return {"type": "json_object"}
    schema = wanted.schema or {"type": "object"}
    told = {
        "name": wanted.name,
        "schema": _strictly(schema) if wanted.strict else schema,
        "strict": wanted.strict,
    }
    return {"type": "json_schema", "json_schema": told}


def _strictly(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema in the subset that is enforced; one that has no such form goes as it is."""
    try:
        return strict_schema(schema)
    except ValueError:
        return schema
