"""The body of Bedrock Converse, read and judged as the service does."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.parts import Offer
from chimeric_dialects.prompts import Prompt, Tool, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .history import History
from .rules import check_claude, check_numbers, check_tool
from .server_tools import SERVER_TOOLS

__all__ = ["read_prompt"]


def read_prompt(body: dict[str, Any], model: str, service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers with a ValidationException.
    """
    settings = child(body, "inferenceConfig")
    extra = child(body, "additionalModelRequestFields")
    config = body.get("toolConfig")
    offered, choice = _read_tools(config)
    thinking = child(extra, "thinking").get("type")
    turns: list[Turn] = []
    for index, block in enumerate(body.get("system") or ()):
        if "text" in block:
            if not block["text"].strip():
                raise bad_request(
                    f"The text field in the SystemContentBlock at system.{index} is blank."
                )
            turns.append(Turn("system", block["text"]))
    check_numbers(body)
    history = History(service, model if service.strict else "", with_tools=config is not None)
    turns += history.read(body.get("messages"))
    if service.strict and "claude" in model:
        check_claude(body, model, choice, turns)
    return Prompt(
        model=model,
        turns=turns,
        tools=offered,
        offers=_read_offers(config),
        choice=choice,
        max_tokens=settings.get("maxTokens"),
        stop=tuple(settings.get("stopSequences") or ()),
        schema=_read_format(body, extra),
        thinking=None if thinking is None else thinking != "disabled",
        plans=True,
    )


def _read_format(body: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any] | None:
    wanted = child(body, "outputConfig").get("textFormat")
    if wanted is None:
        # Claude's own field passes through (the AI SDK asks so).
        schema = child(child(extra, "output_config"), "format").get("schema")
        return schema if is_object(schema) else None
    schema = (child(child(wanted, "structure"), "jsonSchema")).get("schema")
    if not isinstance(schema, str):
        raise bad_request(
            "outputConfig.textFormat.structure.jsonSchema.schema must be a JSON string"
        )
    try:
        return msgspec.json.decode(schema, type=dict[str, Any])
    except msgspec.DecodeError:
        raise bad_request("The JSON schema of outputConfig.textFormat is not valid JSON") from None


def _read_tools(config: Any) -> tuple[tuple[Tool, ...], str]:
    if config is None:
        return (), "auto"
    offered: list[Tool] = []
    tools = config.get("tools")
    if not tools:
        raise bad_request(
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1"
        )
    for index, tool in enumerate(tools):
        spec = tool.get("toolSpec")
        if spec is not None:
            offered.append(check_tool(spec, index))
    return tuple(offered), _read_choice(config.get("toolChoice"), offered)


def _read_offers(config: Any) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    tools: Any = config.get("tools") if config else ()
    for index, tool in enumerate(tools):
        if "systemTool" not in tool:
            continue
        name = str(child(tool, "systemTool").get("name"))
        if name not in SERVER_TOOLS:
            raise bad_request(f"The system tool '{name}' at toolConfig.tools.{index} is unknown.")
        offers.append(Offer(kind=SERVER_TOOLS[name], name=name))
    return tuple(offers)


def _read_choice(choice: Any, offered: list[Tool]) -> str:
    if choice is None or "auto" in choice:
        return "auto"
    if "any" in choice:
        return "required"
    name = child(choice, "tool").get("name")
    if name not in [tool.name for tool in offered]:
        raise bad_request(f"toolChoice.tool.name '{name}' is not one of the provided tools.")
    return str(name)
