"""The body of Responses, read and judged as OpenAI does."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.openai.errors import missing_parameter
from chimeric_dialects.openai.rules import (
    check_strict,
    check_tool_name,
    check_tool_schema,
    expect,
    is_official,
    is_reasoning,
    unknown_tool_choice,
)
from chimeric_dialects.parts import Offer
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, Tool, Turn
from chimeric_dialects.service import Service

from .history import History
from .offers import read_offer
from .rules import check_parameters

__all__ = ["read_prompt"]


_OTHERS = re.compile(r"(?:^|[/.])(?:grok|deepseek|qwen|llama|mistral|gpt-oss)")
"""Models of other vendors, whose servers give items ids of other forms."""


def read_prompt(body: dict[str, Any], service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where OpenAI answers 400.
    """
    model = expect(body, "model", str, "Missing required parameter: 'model'.")
    service.check_model(model)
    official = service.strict and is_official(model)
    check_parameters(body, official=official)
    reasoning = child(body, "reasoning")
    effort = reasoning.get("effort")
    offered, offers = _read_tools(body, official=official)
    reasons = not official or is_reasoning(model)
    own_ids = service.strict and not _OTHERS.search(model)
    conversation = History(service, official=own_ids, reasons=reasons).read(body)
    turns = [Turn("system", body["instructions"])] if body.get("instructions") else []
    turns += conversation
    return Prompt(
        model=model,
        turns=turns,
        tools=offered,
        offers=offers,
        logprobs=_read_logprobs(body),
        approves=True,
        choice=_read_choice(body, offered),
        parallel=body.get("parallel_tool_calls") is not False,
        max_tokens=body.get("max_output_tokens"),
        schema=_read_format(body),
        thinking=None if effort is None else effort != "none",
        show_thoughts=None if reasoning.get("summary") is None else True,
        stream=bool(body.get("stream")),
        background=bool(body.get("background")),
        options={"conversation": conversation},
    )


def _read_logprobs(body: dict[str, Any]) -> int | None:
    if "message.output_text.logprobs" not in (expect(body, "include", list, None) or ()):
        return None
    top = expect(body, "top_logprobs", int, None) or 0
    if not 0 <= top <= 20:
        message = f"Invalid 'top_logprobs': expected a value between 0 and 20, but got {top}."
        raise Problem("bad_request", message, param="top_logprobs")
    return int(top)


def _read_tools(
    body: dict[str, Any], *, official: bool
) -> tuple[tuple[Tool, ...], tuple[Offer, ...]]:
    offered: list[Tool] = []
    offers: list[Offer] = []
    for index, tool in enumerate(expect(body, "tools", list, None) or ()):
        place = f"tools[{index}]"
        kind = tool.get("type") if is_object(tool) else None
        if kind is None:
            raise missing_parameter(f"{place}.type")
        if kind not in ("function", "custom"):
            offer = read_offer(tool, place, official=official)
            offers += [offer] if offer else []
            continue
        name = check_tool_name(tool.get("name"), f"{place}.name")
        if kind == "custom":
            offered.append(Tool(name, {}, custom=True))
            continue
        schema: dict[str, Any] = tool.get("parameters") or {"type": "object", "properties": {}}
        check_tool_schema(name, schema, f"{place}.parameters")
        # Unlike Chat Completions, this API takes functions as strict unless told otherwise.
        if tool.get("strict"):
            check_strict(schema, f"function '{name}'", f"{place}.parameters")
        offered.append(Tool(name, schema))
    return tuple(offered), tuple(offers)


def _read_choice(body: dict[str, Any], offered: tuple[Tool, ...]) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if isinstance(choice, str):
        if choice not in ("none", "auto", "required"):
            raise unknown_tool_choice(choice)
        if choice == "required" and not body.get("tools"):
            message = "Tool choice 'required' must be specified with 'tools' parameter."
            raise Problem("bad_request", message, param="tool_choice")
        return choice
    if choice.get("type") == "allowed_tools":
        return str(choice.get("mode", "auto"))
    if choice.get("type") not in ("function", "custom", None):
        return "auto"  # a tool of the service's own
    name = choice.get("name")
    if name not in [tool.name for tool in offered]:
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise Problem("bad_request", message, param="tool_choice")
    return str(name)


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    expect(body, "text", dict, None)
    wanted = child(body, "text").get("format")
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        if "json" not in str(body.get("input")).lower():
            message = (
                "Response input messages must contain the word 'json' in some form to use "
                "'text.format' of type 'json_object'."
            )
            raise Problem("bad_request", message, param="input")
        return {}
    check_tool_name(wanted.get("name"), "text.format.name")
    schema = wanted.get("schema")
    if not is_object(schema):
        raise missing_parameter("text.format.schema")
    if wanted.get("strict"):
        check_strict(schema, f"response_format '{wanted['name']}'", "text.format.schema")
    return schema
