"""Unified requests as requests of the Converse API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chimeric import HTTPRequest, ProviderConfig, Request, Tool, ToolName, quote_segment

from .regions import runtime_url
from .turns import Turns
from .values import as_object

BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384}
BUDGET_MAX: Final = 32_000
ANSWER: Final = 8192
"""Tokens left for the answer when only a thinking budget is known."""
_CLAUDE = re.compile(r"anthropic\.claude-(?:[a-z]+-)?(\d+)(?:-(\d{1,2}))?(?!\d)")


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request of a unified one. The path is sent exactly as it is signed."""
    turns = Turns(request.model)
    body: dict[str, Any] = {"messages": turns.messages(request.messages)}
    dropped = turns.dropped
    if system := turns.system(request.messages):
        body["system"] = system
    if config := _inference(request):
        body["inferenceConfig"] = config
    _tools(body, request, turns, dropped)
    _effort(body, request, dropped)
    _response_format(body, request, dropped)
    if request.seed is not None:
        dropped.append("seed: bedrock has no seed")
    verb = "converse-stream" if request.stream else "converse"
    accept = "application/vnd.amazon.eventstream" if request.stream else "application/json"
    base = runtime_url(provider, request.model)
    return HTTPRequest(
        url=f"{base}/model/{quote_segment(request.model)}/{verb}",
        headers={"accept": accept},
        body={**body, **request.extra, **request.extra_body},
        dropped=tuple(dropped),
    )


def _inference(request: Request) -> dict[str, Any]:
    known = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _tools(body: dict[str, Any], request: Request, turns: Turns, dropped: list[str]) -> None:
    tools = [_tool(tool) for tool in request.tools]
    wanted = request.tool_choice
    if wanted == "none" and not turns.tools:
        return  # there is no such choice: not to offer any tool is the same
    if not tools:
        # Calls in the history are refused without the tools that they belong to.
        tools = [_tool(Tool(name=name)) for name in sorted(turns.tools)]
    if not tools:
        return
    config: dict[str, Any] = {"tools": tools}
    if wanted == "none":
        dropped.append("tool_choice='none': bedrock cannot forbid calls once there were some")
    elif isinstance(wanted, ToolName):
        config["toolChoice"] = {"tool": {"name": wanted.name}}
    elif wanted is not None and request.tools:
        config["toolChoice"] = {"any" if wanted == "required" else "auto": {}}
    body["toolConfig"] = config
    if request.parallel_tool_calls is False and request.tools:
        if "anthropic." in request.model:
            _model_field(body, "tool_choice", _one_call(config.get("toolChoice")))
        else:
            dropped.append("parallel_tool_calls: this model has no such switch")


def _one_call(choice: Mapping[str, Any] | None) -> dict[str, Any]:
    """Anthropic's own tool choice, the only one that can switch parallel calls off."""
    kind = next(iter(choice), "auto") if choice else "auto"
    named = as_object(choice["tool"]) if choice and kind == "tool" else {}
    return {"type": kind, **named, "disable_parallel_tool_use": True}


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.native is not None:
        return dict(tool.native)
    spec: dict[str, Any] = {
        "name": tool.name,
        "inputSchema": {"json": {"type": "object", **tool.parameters}},
    }
    if tool.description:
        spec["description"] = tool.description
    if tool.strict is not None:
        spec["strict"] = tool.strict
    return {"toolSpec": spec}


def _effort(body: dict[str, Any], request: Request, dropped: list[str]) -> None:
    effort = request.reasoning_effort
    if not effort:
        return
    claude = _CLAUDE.search(request.model)
    version = (int(claude[1]), int(claude[2] or 0)) if claude else None
    if effort == "none":
        if version is None or version >= (4, 7):
            dropped.append("reasoning_effort='none': pass the model's own switch")
    elif version is None or version >= (4, 6):
        body["outputConfig"] = {"effort": effort}
        if version is not None:
            _model_field(body, "thinking", {"type": "adaptive"})
    elif version < (3, 7):
        dropped.append("reasoning_effort: this model cannot think")
    else:
        _budget(body, BUDGETS.get(effort, BUDGET_MAX), dropped)


def _budget(body: dict[str, Any], budget: int, dropped: list[str]) -> None:
    """A thinking budget, which must leave room for the answer."""
    config = body.setdefault("inferenceConfig", {})
    limit = config.setdefault("maxTokens", budget + ANSWER)
    budget = min(budget, limit - 1)
    if budget < BUDGETS["minimal"]:
        dropped.append("reasoning_effort: max_tokens leaves no room for 1024 thinking tokens")
        return
    _model_field(body, "thinking", {"type": "enabled", "budget_tokens": budget})


def _model_field(body: dict[str, Any], name: str, value: Any) -> None:
    body.setdefault("additionalModelRequestFields", {})[name] = value


def _response_format(body: dict[str, Any], request: Request, dropped: list[str]) -> None:
    form = request.response_format
    if form is None or form.kind == "text":
        return
    if form.kind == "json_object" or form.schema is None:
        dropped.append("response_format: bedrock has no JSON mode without a schema")
        return
    # The schema travels as a text.
    schema = msgspec.json.encode(form.schema).decode()
    structure = {"jsonSchema": {"schema": schema, "name": form.name}}
    wanted = {"type": "json_schema", "structure": structure}
    body["outputConfig"] = {**body.get("outputConfig", {}), "textFormat": wanted}
