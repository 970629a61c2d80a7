"""The body of Anthropic Messages, read and judged as the service does."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child, is_array, is_object
from chimeric_dialects.parts import Offer, ServerToolKind
from chimeric_dialects.prompts import Prompt, Tool, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .history import History
from .limits import ModelLimits
from .media import check_cache_points
from .rules import check_fields, check_numbers
from .schemas import check_schema

__all__ = ["read_prompt"]


_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


_SERVER_TOOLS: dict[str, ServerToolKind] = {
    "web_search": "web_search",
    "web_fetch": "web_fetch",
    "code_execution": "code_execution",
}


_DATED = re.compile(r"_\d{8}$")


def read_prompt(body: dict[str, Any], version: str, service: Service) -> Prompt:
    """A whole body, sent under the API version ``version``.

    Raises:
        Problem: where the service answers 400 or 404.
    """
    check_fields(body, strict=service.strict)
    model = body["model"]
    if not isinstance(model, str):
        raise bad_request("model", "Input should be a valid string")
    service.check_model(model)
    check_numbers(body)
    limits = ModelLimits(model if service.strict else "", version)
    limits.check_length(body["max_tokens"])
    limits.check_effort(body)
    check_cache_points(body)
    offered = _read_tools(body.get("tools"))
    offers = _read_offers(body)
    choice, parallel = _read_choice(body.get("tool_choice"), offered, offers)
    thinking = _read_thinking(body)
    limits.check_sampling(body, thinking)
    if thinking == "enabled" and choice not in ("auto", "none"):
        raise bad_request("", "Thinking may not be enabled when tool_choice forces tool use.")
    limits.check_thinking(thinking, choice)
    turns = _system_turns(body.get("system"))
    with_system = limits.takes_system_turns or not service.strict
    # A model that thinks without being asked has the word in its name.
    thinks = thinking not in (None, "disabled") or (thinking is None and "think" in model)
    history = History(service, version, with_system=with_system, thinks=thinks)
    turns += history.read(body["messages"])
    if not turns[-1].ran:  # what is gone on with after a pause ends with a server tool
        limits.check_last_turn(turns[-1])
    return Prompt(
        model=model,
        turns=turns,
        tools=offered,
        offers=offers,
        cites_first=True,
        pauses=True,
        choice=choice,
        parallel=parallel,
        max_tokens=body["max_tokens"],
        stop=tuple(body.get("stop_sequences") or ()),
        schema=_read_format(body),
        thinking=None if thinking is None else thinking != "disabled",
        plans=True,
        show_thoughts=child(body, "thinking").get("display") != "omitted",
        stream=body.get("stream") is True,
    )


def _read_thinking(body: dict[str, Any]) -> str | None:
    thinking = body.get("thinking")
    if thinking is None:
        return None
    kind = thinking.get("type") if is_object(thinking) else None
    if kind not in ("enabled", "disabled", "adaptive", "between_tools"):
        raise bad_request("thinking.type", "Input should be 'enabled', 'disabled' or 'adaptive'")
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int):
            raise bad_request("thinking.enabled.budget_tokens", "Field required")
        if budget < 1024:
            word = "Input should be greater than or equal to 1024"
            raise bad_request("thinking.enabled.budget_tokens", word)
        if budget >= body["max_tokens"]:
            raise bad_request("", "`max_tokens` must be greater than `thinking.budget_tokens`.")
    return str(kind)


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    place, wanted = "output_config.format", child(body, "output_config").get("format")
    if wanted is None:  # the deprecated name, which is still taken
        place, wanted = "output_format", body.get("output_format")
    if wanted is None:
        return None
    schema = wanted.get("schema")
    if wanted.get("type") != "json_schema" or not is_object(schema):
        raise bad_request(f"{place}.schema", "Field required")
    check_schema(schema, f"{place}.schema")
    return schema


def _read_tools(tools: Any) -> tuple[Tool, ...]:
    if tools is None:
        return ()
    if not is_array(tools):
        raise bad_request("tools", "Input should be a valid list")
    offered: list[Tool] = []
    for index, tool in enumerate(tools):
        if tool.get("type", "custom") not in ("custom", None):
            continue
        place = f"tools.{index}.custom"
        name = tool.get("name")
        if not isinstance(name, str):
            raise bad_request(f"{place}.name", "Field required")
        if not _TOOL_NAME.fullmatch(name):
            raise bad_request(
                f"{place}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
            )
        schema = tool.get("input_schema")
        if not is_object(schema):
            raise bad_request(f"{place}.input_schema", "Field required")
        if schema.get("type") != "object":
            raise bad_request(f"{place}.input_schema.type", "Input should be 'object'")
        if name in [tool.name for tool in offered]:
            raise bad_request("tools", "Tool names must be unique.")
        if tool.get("strict"):
            check_schema(schema, f"{place}.input_schema")
        offered.append(Tool(name, schema))
    return tuple(offered)


def _read_offers(body: dict[str, Any]) -> tuple[Offer, ...]:
    """The service's own tools; their names are fixed."""
    offers: list[Offer] = []
    for index, tool in enumerate(body.get("tools") or ()):
        name = _DATED.sub("", str(tool.get("type")))
        kind = _SERVER_TOOLS.get(name)
        if kind is None:
            continue
        if tool.get("name") != name:
            raise bad_request(f"tools.{index}.{tool['type']}.name", f"Input should be '{name}'")
        # The newer web tools are called by code.
        nested = kind in ("web_search", "web_fetch") and tool["type"][-8:] >= "20260209"
        offers.append(Offer(kind=kind, name=name, nested=nested))
    servers: dict[str, int] = {}
    for index, server in enumerate(body.get("mcp_servers") or ()):
        for key in ("name", "url"):
            if not isinstance(server.get(key), str):
                raise bad_request(f"mcp_servers.{index}.{key}", "Field required")
        servers[server["name"]] = index
        offers.append(Offer(kind="mcp", name="mcp", server=server["name"]))
    for index, tool in enumerate(body.get("tools") or ()):
        if tool.get("type") == "mcp_toolset" and tool.get("mcp_server_name") not in servers:
            word = f"MCP server '{tool.get('mcp_server_name')}' not found in mcp_servers"
            raise bad_request(f"tools.{index}.mcp_toolset.mcp_server_name", word)
    return tuple(offers)


def _read_choice(
    choice: Any, offered: tuple[Tool, ...], offers: tuple[Offer, ...]
) -> tuple[str, bool]:
    if choice is None:
        return "auto", True
    kind = choice.get("type") if is_object(choice) else None
    if kind not in ("auto", "any", "tool", "none"):
        raise bad_request("tool_choice", "Input should be 'auto', 'any', 'tool' or 'none'")
    if not offered and not offers and kind != "none":
        raise bad_request("tool_choice", "may only be specified while providing tools")
    parallel = choice.get("disable_parallel_tool_use") is not True
    if kind != "tool":
        return "required" if kind == "any" else str(kind), parallel
    name = choice.get("name")
    if name in [offer.name for offer in offers]:
        return "auto", parallel
    if name not in [tool.name for tool in offered]:
        raise bad_request("", f"Tool '{name}' not found in provided tools")
    return str(name), parallel


def _system_turns(system: Any) -> list[Turn]:
    if system is None:
        return []
    if isinstance(system, str) and system and not system.strip():
        raise bad_request("", "system: text content blocks must contain non-whitespace text")
    if isinstance(system, str):
        return [Turn("system", system)] if system else []
    if not is_array(system):
        raise bad_request("system", "Input should be a valid string")
    for index, block in enumerate(system):
        if block.get("type") != "text":
            raise bad_request(f"system.{index}.type", "Input should be 'text'")
        if not (block.get("text") or "").strip():
            raise bad_request(
                "", f"system.{index}: text content blocks must contain non-whitespace text"
            )
    return [Turn("system", "".join(block["text"] for block in system))]
