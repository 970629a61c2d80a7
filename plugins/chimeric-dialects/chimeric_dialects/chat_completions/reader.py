"""The body of Chat Completions, read and judged as OpenAI does."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.openai.errors import missing_parameter
from chimeric_dialects.openai.rules import (
    check_strict,
    check_tool_name,
    check_tool_schema,
    expect,
    is_official,
    unknown_tool_choice,
)
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, Tool
from chimeric_dialects.service import Service

from .history import read_messages
from .offers import SERVER_TOOLS, read_logprobs, read_offers, wants_sound
from .rules import check_parameters
from .services.places import Variant, variant_at, variant_of_model
from .services.refused import check_signatures
from .services.strictness import check_variant
from .thinking import wants_thoughts

__all__ = ["read_prompt"]


def read_prompt(
    path: str, body: dict[str, Any], service: Service, variant: Variant | None = None
) -> Prompt:
    """A whole body that came to ``path``, in a variant or in the one that it implies.

    Raises:
        Problem: where OpenAI answers 400 or 404.
    """
    model = expect(body, "model", str, "you must provide a model parameter")
    service.check_model(model)
    official = service.strict and is_official(model)
    variant = variant or variant_at(path) or variant_of_model(model)
    try:
        return _judged(body, service, model, variant, official=official)
    except Problem as problem:
        problem.variant = variant
        raise


def _judged(
    body: dict[str, Any], service: Service, model: str, variant: Variant, *, official: bool
) -> Prompt:
    if service.strict:
        check_variant(variant, body, model)
        if variant == "openrouter":
            check_signatures(body, service.signer)
    check_parameters(body, model, official=official)
    turns = read_messages(body, strict=official)
    offered = _read_tools(body)
    choice = _read_choice(body, offered, strict=official)
    stop = body.get("stop") or ()
    stream_options = child(body, "stream_options")
    if stream_options and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise Problem("bad_request", message, param="stream_options")
    return Prompt(
        model=model,
        turns=turns,
        tools=offered,
        offers=read_offers(body, variant),
        logprobs=read_logprobs(body, variant),
        sound=wants_sound(body, official=official),
        choice=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        seed=body.get("seed"),
        schema=_read_format(body),
        thinking=wants_thoughts(body),
        stream=bool(body.get("stream")),
        echoes=variant == "mistral",  # SillyTavern, issue 2557; vercel/ai, pull request 3256
        options={
            "variant": variant,
            "hidden": official,
            "usage": bool(stream_options.get("include_usage")),
            "padding": variant == "openai" and stream_options.get("include_obfuscation", True),
        },
    )


def _read_tools(body: dict[str, Any]) -> tuple[Tool, ...]:
    offered: list[Tool] = []
    for index, tool in enumerate(expect(body, "tools", list, None) or ()):
        place = f"tools[{index}]"
        kind = tool.get("type") if is_object(tool) else None
        if kind not in ("function", "custom"):
            if kind in SERVER_TOOLS:
                continue
            message = f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'."
            raise Problem("bad_request", message, param=f"{place}.type", code="invalid_value")
        inner = tool.get(kind)
        if not is_object(inner):
            raise missing_parameter(f"{place}.{kind}")
        name = check_tool_name(inner.get("name"), f"{place}.{kind}.name")
        if kind == "custom":
            offered.append(Tool(name, {}, custom=True))
            continue
        schema: dict[str, Any] = inner.get("parameters") or {"type": "object", "properties": {}}
        check_tool_schema(name, schema, f"{place}.function.parameters")
        if inner.get("strict"):
            check_strict(schema, f"function '{name}'", f"{place}.function.parameters")
        offered.append(Tool(name, schema))
    if "tools" in body and body["tools"] == []:
        message = "Invalid 'tools': empty array. Expected an array with minimum length 1."
        raise Problem("bad_request", message, param="tools", code="empty_array")
    return tuple(offered)


def _read_choice(body: dict[str, Any], offered: tuple[Tool, ...], *, strict: bool) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if not offered and not body.get("tools"):
        message = (
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are "
            "specified."
        )
        raise Problem("bad_request", message, param="tool_choice")
    if isinstance(choice, str):
        if choice in ("none", "auto", "required"):
            return choice
        if choice == "any" and not strict:
            return "required"
        raise unknown_tool_choice(choice)
    kind = choice.get("type")
    if kind == "allowed_tools":
        return str(choice.get("allowed_tools", {}).get("mode", "auto"))
    name = child(choice, str(kind)).get("name")
    if name not in [tool.name for tool in offered]:
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise Problem("bad_request", message, param="tool_choice")
    return str(name)


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = body.get("response_format")
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        if "json" not in str(body.get("messages")).lower():
            message = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'."
            )
            raise Problem("bad_request", message, param="messages")
        return {}
    inner = wanted.get("json_schema")
    if wanted.get("type") != "json_schema" or not is_object(inner):
        raise missing_parameter("response_format.json_schema")
    check_tool_name(inner.get("name"), "response_format.json_schema.name")
    schema = child(inner, "schema")
    if inner.get("strict"):
        place = "response_format.json_schema.schema"
        check_strict(schema, f"response_format '{inner['name']}'", place)
    return schema
