"""Unified requests as requests of the Converse API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
from chimeric_models import (
    Claude,
    Closed,
    Takes,
    audible,
    check_format,
    check_tool,
    effort_params,
    heard,
)

from chimeric import HTTPRequest, ProviderConfig, Request, Tool, ToolName, quote_segment

from .names import family_of
from .regions import runtime_url
from .rules import keep_rules
from .turns import Turns
from .values import as_object

BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384}
BUDGET_MAX: Final = 32_000
HOTTEST: Final = 1
"""``InferenceConfiguration`` of the service's model in botocore."""
ANSWER: Final = 8192
"""Tokens left for the answer when only a thinking budget is known."""


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request of a unified one. The path is sent exactly as it is signed."""
    said: list[str] = []
    asked, name = request, request.model
    request = request.replace(model=family_of(name, provider.options))
    request = heard(request, TAKES, said)
    turns = Turns(request, asked)
    turns.dropped += said
    body: dict[str, Any] = {"messages": turns.messages(request.messages)}
    dropped = turns.dropped
    if system := turns.system(request.messages):
        body["system"] = system
    if config := _inference(request, turns):
        body["inferenceConfig"] = config
    if request.seed is not None:
        body["seed"] = request.seed
    _effort(body, request, dropped)
    _own_fields(body, request.extra)
    _tools(body, request, turns)
    _response_format(body, request, dropped)
    keep_rules(body, request, turns)
    verb = "converse-stream" if request.stream else "converse"
    accept = "application/vnd.amazon.eventstream" if request.stream else "application/json"
    base = runtime_url(provider, name)
    return HTTPRequest(
        url=f"{base}/model/{_segment(name)}/{verb}",
        headers={"accept": accept},
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
        reworded=REWORDED,
    )


TAKES: Final = Takes(service="bedrock", results="turn", cache="cache_control")
REWORDED: Final = frozenset(["cache_control"])

_segment = lru_cache(maxsize=64)(quote_segment)
"""A model's name in the path: a program asks few models, and quoting is the dearest step."""


def _claude(request: Request) -> Claude:
    return Claude.of(request.model)


def _own_fields(body: dict[str, Any], extra: Mapping[str, Any]) -> None:
    """The caller's own fields, which win; those of the model are merged with what is there."""
    for name, value in extra.items():
        merged = name == "additionalModelRequestFields" and isinstance(value, dict)
        body[name] = {**body.get(name, {}), **as_object(value)} if merged else value


def _inference(request: Request, turns: Turns) -> dict[str, Any]:
    stops, most, dropped = list(request.stop), request.max_tokens, turns.dropped
    if stops and turns.claude:
        stops = audible(stops, dropped)
    if most is not None and turns.claude:
        most = _claude(request).length(most, dropped)
    heat = request.temperature
    if heat is not None and heat > HOTTEST and not turns.claude:
        dropped.append(f"temperature={heat}: Converse takes 0 to {HOTTEST}, {HOTTEST} is sent")
        heat = HOTTEST
    known = {
        "maxTokens": most,
        "temperature": heat,
        "topP": request.top_p,
        "stopSequences": stops or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _tools(body: dict[str, Any], request: Request, turns: Turns) -> None:
    if not (request.tools or turns.tools):
        return
    dropped = turns.dropped
    tools = [block for tool in request.tools for block in _tool(tool, turns)]
    wanted = request.tool_choice
    if "toolConfig" in request.extra or (wanted == "none" and not turns.tools):
        return  # there is no such choice: not to offer any tool is the same
    if not tools:
        # Calls in the history are refused without the tools that they belong to.
        tools = [b for name in sorted(turns.tools) for b in _tool(Tool(name=name), turns)]
    config: dict[str, Any] = {"tools": tools}
    if wanted == "none":
        dropped.append("tool_choice='none': bedrock cannot forbid calls once there were some")
    elif isinstance(wanted, ToolName):
        config["toolChoice"] = {"tool": {"name": wanted.name}}
    elif wanted is not None and request.tools:
        config["toolChoice"] = {"any" if wanted == "required" else "auto": {}}
    body["toolConfig"] = config
    if request.parallel_tool_calls is False and request.tools:
        if turns.claude:
            _model_field(body, "tool_choice", _one_call(config.get("toolChoice")))
        else:
            dropped.append("parallel_tool_calls: this model has no such switch")


def _one_call(choice: Mapping[str, Any] | None) -> dict[str, Any]:
    """Anthropic's own tool choice, the only one that can switch parallel calls off."""
    kind = next(iter(choice), "auto") if choice else "auto"
    named = as_object(choice["tool"]) if choice and kind == "tool" else {}
    return {"type": kind, **named, "disable_parallel_tool_use": True}


def _tool(tool: Tool, turns: Turns) -> list[dict[str, Any]]:
    if tool.native is not None:
        return [dict(tool.native)]
    check_tool(tool)
    schema: dict[str, Any] = {"type": "object", **tool.parameters}
    strict = tool.strict
    if strict:
        closed = Closed.of(tool.parameters)
        if faults := closed.faults:
            strict = False
            turns.dropped.append(
                f"strict of the tool {tool.name!r}: {faults}; it was not sent as strict"
            )
        else:
            schema = closed.schema
    spec: dict[str, Any] = {"name": tool.name, "inputSchema": {"json": schema}}
    if tool.description:
        spec["description"] = tool.description
    if strict is not None:
        spec["strict"] = strict
    return [{"toolSpec": spec}, *turns.cache_point(tool.extra)]


def _effort(body: dict[str, Any], request: Request, dropped: list[str]) -> None:
    effort = request.reasoning_effort
    if not effort:
        return
    claude = _claude(request)
    version = claude.version if claude.known else None
    if effort == "none":
        if version is None or version >= (4, 7):
            dropped.append("reasoning_effort='none': pass the model's own switch")
    elif version is None or version >= (4, 6):
        if version is not None:
            effort = effort_params(claude, effort, 0, dropped)["output_config"]["effort"]
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
    check_format(form.schema)
    # The schema travels as a text.
    closed = Closed.of(form.schema)
    if faults := closed.faults:
        dropped.append(f"response_format: {faults}")
    if closed.recursive:
        return  # refused: nothing is enforced then
    schema = msgspec.json.encode(closed.schema).decode()
    structure = {"jsonSchema": {"schema": schema, "name": form.name}}
    wanted = {"type": "json_schema", "structure": structure}
    if "outputConfig" in request.extra:
        return  # the caller's own wins
    body["outputConfig"] = {**body.get("outputConfig", {}), "textFormat": wanted}
