"""Unified requests as requests of the Messages API."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from chimeric_models import (
    NON_STREAMING_MAX,
    SAMPLING,
    Asked,
    Claude,
    Closed,
    Takes,
    audible,
    check_format,
    check_tool,
    claude_signs,
    effort_params,
    heard,
)

from chimeric import HTTPRequest, HTTPResponse, ProviderConfig, Request, Tool, ToolName, own_keys

from .cache_points import limit_cache_points
from .rules import RULES
from .turns import Turns
from .values import as_object

TAKES: Final = Takes(service="anthropic", results="turn", stored=("thread",), cache="cache_control")
VERSION: Final = "2026-10-21"
SAMPLING_VERSION: Final = "2023-06-01"
"""The last API version that takes sampling parameters (from models before 4.7)."""
COUNTED: Final = (
    *("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
    *("cache_control", "context_management", "mcp_servers", "speed"),
)
"""What ``/messages/count_tokens`` takes; anything else is refused there."""


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request of a unified one."""
    dropped: list[str] = []
    request = heard(request, TAKES, dropped)
    family = Claude.of(request.model)
    body = {**_body(request, family, dropped), **request.extra_body}
    sampled = family.samples and any(name in body for name in SAMPLING)
    headers = {"anthropic-version": SAMPLING_VERSION if sampled else VERSION}
    if betas := provider.options.get("betas"):
        headers["anthropic-beta"] = betas if isinstance(betas, str) else ",".join(betas)
    return HTTPRequest(
        url=f"{provider.base_url}/messages", headers=headers, body=body, dropped=tuple(dropped)
    )


def count_request(http: HTTPRequest) -> HTTPRequest:
    """The request of ``/messages/count_tokens`` for what another one asks."""
    body = as_object(http.body)
    counted = {name: body[name] for name in COUNTED if name in body}
    return msgspec.structs.replace(http, url=f"{http.url}/count_tokens", body=counted)


class Count(msgspec.Struct):
    """The reply of ``/messages/count_tokens``."""

    input_tokens: int


def read_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    return msgspec.json.decode(response.body, type=Count).input_tokens


def _body(request: Request, family: Claude, dropped: list[str]) -> dict[str, Any]:
    """All but ``extra_body``, which is sent as it is; its ``thinking`` decides about the rest."""
    limit = family.max_tokens if request.stream else min(family.max_tokens, NON_STREAMING_MAX)
    wanted = request.max_tokens
    max_tokens = limit if wanted is None else family.length(wanted, dropped)
    body: dict[str, Any] = {"model": request.model, "max_tokens": max_tokens}
    if request.stream:
        body["stream"] = True
    turns = Turns(
        request,
        dropped,
        system_turns=family.system_turns,
        prefills=family.prefills,
    )
    if system := turns.system:
        body["system"] = system
    body["messages"] = turns.turns
    if request.stop and (stops := audible(request.stop, dropped)):
        body["stop_sequences"] = stops
    if request.reasoning_effort:
        body |= effort_params(family, request.reasoning_effort, max_tokens, dropped)
    _response_format(body, request, dropped)
    if request.tools:
        body["tools"] = [_tool(tool, dropped) for tool in request.tools]
    sampling = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    body |= {name: value for name, value in sampling.items() if value is not None}
    if request.tools and (choice := _tool_choice(request)):
        body["tool_choice"] = choice
    body |= request.extra
    if RULES.touch(body):
        signs = claude_signs(turns.turns, thoughtless=turns.thoughtless)
        asked = Asked(request.model, body, "anthropic", request.extra_body, signs=signs)
        RULES.keep(asked, dropped)
    if any(message.extra or not isinstance(message.content, str) for message in request.messages):
        limit_cache_points(body, dropped)
    return body


def _response_format(body: dict[str, Any], request: Request, dropped: list[str]) -> None:
    form = request.response_format
    if form is None or form.kind == "text":
        return
    if form.kind == "json_object" or form.schema is None:
        dropped.append("response_format: anthropic has no JSON mode without a schema")
        return
    check_format(form.schema)
    closed = Closed.of(form.schema)
    if faults := closed.faults:
        dropped.append(f"response_format: {faults}")
    if closed.recursive:
        return  # 400: nothing is enforced then
    wanted = {"type": "json_schema", "schema": closed.schema}
    body["output_config"] = {**body.get("output_config", {}), "format": wanted}


TOOL_KEYS: Final = (
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
)
"""Keys of a tool's definition besides those that every provider has (``ToolParam``)."""


def _tool(tool: Tool, dropped: list[str]) -> dict[str, Any]:
    if tool.native is not None:
        return dict(tool.native)
    check_tool(tool)
    schema = {"type": "object", **tool.parameters}
    strict = tool.strict
    if strict:
        closed = Closed.of(tool.parameters)
        if faults := closed.faults:
            strict = False
            dropped.append(f"strict of the tool {tool.name!r}: {faults}; it was not sent as strict")
        else:
            schema = closed.schema
    definition: dict[str, Any] = {"name": tool.name, "input_schema": schema}
    if tool.description:
        definition["description"] = tool.description
    if strict is not None:
        definition["strict"] = strict
    return {**definition, **own_keys(tool.extra, TOOL_KEYS)}


def _tool_choice(request: Request) -> dict[str, Any] | None:
    wanted = request.tool_choice
    choice: dict[str, Any] | None = None
    if wanted == "none":
        return {"type": "none"}
    if wanted == "auto":
        choice = {"type": "auto"}
    elif isinstance(wanted, ToolName):
        choice = {"type": "tool", "name": wanted.name}
    elif wanted == "required":
        choice = {"type": "any"}
    if request.parallel_tool_calls is False:
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return choice
