"""Unified parameters into the body of a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from chimeric_models import Asked, Takes, check_format, check_tool, heard, sets_cache_points

from chimeric import (
    HTTPRequest,
    ProviderConfig,
    Request,
    ResponseFormat,
    Tool,
    ToolName,
    own_keys,
)

from .conversation import Conversation
from .dialect import ChatDialect
from .json_word import ASK, TOLD, lacks_word
from .strict_form import format_schema, tool_schema

__all__ = ["build_request"]


def build_request(request: Request, provider: ProviderConfig, dialect: ChatDialect) -> HTTPRequest:
    """Translate a unified request into a call of ``/chat/completions``."""
    dropped: list[str] = []
    request = heard(request, lambda: _takes(request, provider, dialect), dropped)
    conversation = Conversation(request, provider, dialect)
    body: dict[str, Any] = {"model": request.model, "messages": conversation.messages()}
    refused = dialect.unsupported(request) if dialect.unsupported else ()
    dropped += conversation.dropped
    params = {**_sampling(request, dialect), **_tools(request, dialect, dropped)}
    for name, (field, value) in params.items():
        if name in refused:
            dropped.append(f"{request.model} at {provider.name} does not take {name}")
        else:
            body[field] = value
    wanted = request.response_format
    if wanted is not None and wanted.kind == "json_schema" and wanted.kind not in dialect.formats:
        body["messages"] = [_told(wanted, request.model, dialect), *body["messages"]]
        body["response_format"] = {"type": "json_object"}
        dropped.append(f"{provider.name} enforces no schema: the model is only told of it")
    elif wanted is not None:
        body["response_format"] = _format(wanted, dropped)
        if dialect.json_word and lacks_word(request):
            said = {"role": _system_role(request.model, dialect), "content": ASK}
            body["messages"] = [said, *body["messages"]]
            dropped.append(TOLD)
    if request.stream:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    if dialect.adapt is not None:
        body = dialect.adapt(body, request)
    body |= request.extra
    if "logprobs" in refused and body.get("logprobs") not in (None, False):
        dropped.append(f"{request.model} at {provider.name} does not take logprobs")
        body = {n: v for n, v in body.items() if n not in ("logprobs", "top_logprobs")}
    rules = dialect.rules() if dialect.rules else None
    if rules is not None and rules.touch(body):
        rules.keep(Asked(request.model, body, provider.name, request.extra_body), dropped)
    if "logprobs" in body and not dialect.counted_logprobs:
        _count_alternatives(body)
    return HTTPRequest(
        url=f"{provider.base_url}/chat/completions",
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
    )


def _takes(request: Request, provider: ProviderConfig, dialect: ChatDialect) -> Takes:
    keys = dialect.marked or ()
    points = "prompt_cache_breakpoint" in keys and sets_cache_points(request.model)
    return Takes(
        service=provider.name,
        details=None,
        cache="cache_control"
        if "cache_control" in keys
        else "prompt_cache_breakpoint"
        if points
        else "",
        tools_cached=not points,
        allowed=_allowed if dialect.allowed_tools else None,
    )


def _allowed(mode: str, tools: Sequence[Tool]) -> dict[str, Any]:
    told = [
        dict(tool.native)
        if tool.native is not None and "function" not in tool.native
        else {"type": "function", "function": {"name": tool.name}}
        for tool in tools
    ]
    named = {"mode": mode, "tools": told}
    return {"tool_choice": {"type": "allowed_tools", "allowed_tools": named}}


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


def _count_alternatives(body: dict[str, Any]) -> None:
    """A number of ``logprobs`` is one of alternatives here."""
    wanted: Any = body["logprobs"]
    if type(wanted) is int:
        body["logprobs"] = True
        if wanted:
            body.setdefault("top_logprobs", wanted)


def _tools(
    request: Request, dialect: ChatDialect, dropped: list[str]
) -> dict[str, tuple[str, Any]]:
    if not request.tools:  # servers refuse the other two without tools
        return {}
    tools = [_tool(tool, dialect, dropped) for tool in request.tools]
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


def _tool(tool: Tool, dialect: ChatDialect, dropped: list[str]) -> dict[str, Any]:
    if tool.native is not None:
        return dict(tool.native)
    check_tool(tool)
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    own = own_keys(tool.extra, dialect.marked) if tool.extra else {}
    if tool.strict and not dialect.strict_tools:
        dropped.append(f"strict of the tool {tool.name!r}: there is no such switch here")
    if tool.strict is None or not dialect.strict_tools:
        return {"type": "function", "function": {**function, "parameters": tool.parameters}, **own}
    schema, strict = tool_schema(tool, dropped)
    told = {**function, "parameters": schema, "strict": strict}
    return {"type": "function", "function": told, **own}


def _format(wanted: ResponseFormat, dropped: list[str]) -> dict[str, Any]:
    if wanted.kind != "json_schema":
        return {"type": wanted.kind}
    check_format(wanted.schema)
    schema, strict = format_schema(wanted, dropped)
    told = {"name": wanted.name, "schema": schema, "strict": strict}
    return {"type": "json_schema", "json_schema": told}


def _told(wanted: ResponseFormat, model: str, dialect: ChatDialect) -> dict[str, Any]:
    """The schema as an instruction. Servers want to read the word JSON before they enforce it."""
    role = _system_role(model, dialect)
    check_format(wanted.schema)
    schema = msgspec.json.encode(wanted.schema or {"type": "object"}).decode()
    text = f"Answer with nothing but a JSON object that fits this JSON schema:\n{schema}"
    return {"role": role, "content": text}


def _system_role(model: str, dialect: ChatDialect) -> str:
    role = dialect.system_role
    return role if isinstance(role, str) else role(model)
