"""The body of an interaction, read and judged as the service does."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.gemini.rules import wants_signatures
from chimeric_dialects.json_values import child, is_array, is_object
from chimeric_dialects.parts import Offer, ServerToolKind
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, Tool, Turn
from chimeric_dialects.service import Service

from .errors import invalid
from .history import History
from .rules import check_body, check_format, check_settings

__all__ = ["read_prompt"]

_TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")

_SERVER_TOOLS: dict[str, ServerToolKind | None] = {
    "google_search": "web_search",
    "url_context": "web_fetch",
    "code_execution": "code_execution",
    "file_search": "file_search",
    "mcp_server": "mcp",
    **dict.fromkeys(("google_maps", "computer_use", "retrieval", "tool_search"), None),
}
"""Tools of Google's; those with no kind are offered, and never run."""


def read_prompt(body: dict[str, Any], service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400, and 404 for what there is not.
    """
    check_body(body, strict=service.strict)
    settings = child(body, "generation_config")
    check_settings(settings, strict=service.strict)
    model = str(body.get("model") or body.get("agent"))
    service.check_model(model)
    offered, offers = _read_tools(body.get("tools") or [])
    signed = wants_signatures(model)
    conversation = History(service, signed=signed and service.strict).read(body)
    system = body.get("system_instruction")
    modalities = body.get("response_modalities") or ()
    if "image" in modalities:
        offers = (*offers, Offer(kind="image_generation", name="image"))
    level, summaries = settings.get("thinking_level"), settings.get("thinking_summaries")
    given = body.get("response_format")
    return Prompt(
        model=model,
        turns=[*([Turn("system", system)] if system else []), *conversation],
        tools=offered,
        offers=offers,
        sound="audio" in modalities,
        choice=_read_choice(settings.get("tool_choice"), offered, offers),
        max_tokens=settings.get("max_output_tokens"),
        stop=tuple(settings.get("stop_sequences") or ()),
        seed=settings.get("seed"),
        schema=None if given is None else check_format(given),
        thinking=True if level or summaries == "auto" else None,
        show_thoughts=summaries == "auto" if summaries else None,
        stream=bool(body.get("stream")),
        options={"conversation": conversation, "store": body.get("store", True)},
    )


def _read_tools(tools: list[Any]) -> tuple[tuple[Tool, ...], tuple[Offer, ...]]:
    offered: list[Tool] = []
    offers: list[Offer] = []
    for index, tool in enumerate(tools):
        place = f"tools[{index}]"
        kind = tool.get("type") if is_object(tool) else None
        if kind == "function":
            offered.append(_read_function(tool, place))
        elif kind in _SERVER_TOOLS:
            if (played := _SERVER_TOOLS[kind]) is not None:
                offers.append(Offer(kind=played, name=kind, server=str(tool.get("name") or "")))
            if kind == "mcp_server" and not tool.get("url"):
                raise invalid(f"{place}.url")
        else:
            raise invalid(f"{place}.type")
    names = [tool.name for tool in offered]
    if len(set(names)) < len(names):
        raise Problem("bad_request", "Duplicate function declaration found.")
    return tuple(offered), tuple(offers)


def _read_function(tool: dict[str, Any], place: str) -> Tool:
    name = tool.get("name")
    if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
        raise invalid(f"{place}.name")
    schema: Any = tool.get("parameters") or {"type": "object", "properties": {}}
    if not is_object(schema) or str(schema.get("type", "object")).lower() != "object":
        raise invalid(f"{place}.parameters")
    return Tool(name, schema)


def _read_choice(choice: Any, offered: tuple[Tool, ...], offers: tuple[Offer, ...]) -> str:
    place = "generation_config.tool_choice"
    allowed: list[Any] = []
    if is_object(choice):
        named = child(choice, "allowed_tools")
        allowed, choice = named.get("tools") or [], named.get("mode", "auto")
    if choice not in (None, "auto", "any", "none", "validated"):
        raise invalid(place)
    known = {tool.name for tool in offered} | {offer.name for offer in offers}
    if not is_array(allowed) or not known.issuperset(allowed):
        raise invalid(f"{place}.allowed_tools.tools")
    if choice == "any":
        if not known:
            raise Problem("bad_request", f"'{place}' is set without tools.")
        return str(allowed[0]) if len(allowed) == 1 else "required"
    return "none" if choice == "none" else "auto"
