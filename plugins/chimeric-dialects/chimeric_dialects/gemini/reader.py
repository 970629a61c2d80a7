"""The body of Gemini's generateContent, read and judged as the service does."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import child
from chimeric_dialects.parts import Offer, ServerToolKind
from chimeric_dialects.prompts import Prompt, Tool, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .history import History
from .rules import camel, check_fields, check_settings, wants_signatures

__all__ = ["read_prompt"]


_TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")


_SERVER_TOOLS: dict[str, ServerToolKind] = {
    "googleSearch": "web_search",
    "googleSearchRetrieval": "web_search",
    "enterpriseWebSearch": "web_search",
    "urlContext": "web_fetch",
    "codeExecution": "code_execution",
    "fileSearch": "file_search",
}


def read_prompt(body: dict[str, Any], model: str, service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400.
    """
    body = camel(body)
    settings = camel(child(body, "generationConfig"))
    if service.strict:
        check_fields(body)
        check_settings(body, settings, model)
    thoughts = camel(child(settings, "thinkingConfig"))
    offered = _read_tools(body.get("tools"))
    turns: list[Turn] = []
    if body.get("systemInstruction"):
        system = camel(body["systemInstruction"])
        texts = [part.get("text", "") for part in system.get("parts") or ()]
        turns.append(Turn("system", "".join(texts)))
    signed = wants_signatures(model)
    turns += History(service, signed=signed and service.strict).read(body.get("contents"))
    mime = settings.get("responseMimeType", "text/plain")
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    if schema is not None and mime != "application/json":
        raise bad_request("Response schema requires response mime type application/json.")
    budget, level = thoughts.get("thinkingBudget"), thoughts.get("thinkingLevel")
    if budget is not None and level is not None:
        raise bad_request("You can only set only one of thinking budget and thinking level.")
    thinking = None if budget is None and level is None else budget != 0
    return Prompt(
        model=model,
        turns=turns,
        tools=offered,
        offers=_read_offers(body, settings),
        logprobs=_read_logprobs(settings),
        sound="AUDIO" in (settings.get("responseModalities") or ()),
        choice=_read_choice(body.get("toolConfig"), offered),
        max_tokens=settings.get("maxOutputTokens"),
        stop=tuple(settings.get("stopSequences") or ()),
        seed=settings.get("seed"),
        schema=schema or ({} if mime == "application/json" else None),
        thinking=thinking if thinking is not None else thoughts.get("includeThoughts"),
        show_thoughts=bool(thoughts["includeThoughts"]) if "includeThoughts" in thoughts else None,
        options={
            "signed": signed,
            "server_parts": bool(
                camel(body.get("toolConfig") or {}).get("includeServerSideToolInvocations")
            ),
        },
    )


def _read_tools(tools: Any) -> tuple[Tool, ...]:
    offered: list[Tool] = []
    for place, tool in enumerate(tools or ()):
        for index, raw in enumerate(camel(tool).get("functionDeclarations") or ()):
            declared = camel(raw)
            where = f"tools[{place}].function_declarations[{index}]"
            name = declared.get("name")
            if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
                message = (
                    f"Invalid value at '{where}.name': Invalid function name. Must start with a "
                    "letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores "
                    "(_), dots (.), colons (:), or dashes (-), with a maximum length of 128."
                )
                raise bad_request(message)
            if "parameters" in declared and "parametersJsonSchema" in declared:
                raise bad_request(f"{where}: parameters and parameters_json_schema are exclusive.")
            schema = child(declared, "parametersJsonSchema") or child(declared, "parameters")
            if str(schema.get("type", "object")).lower() != "object":
                raise bad_request(f"{where}.parameters: only allowed for OBJECT type.")
            if name in [tool.name for tool in offered]:
                raise bad_request(f"Duplicate function declaration found: {name}")
            offered.append(Tool(name, schema))
    return tuple(offered)


def _read_offers(body: dict[str, Any], settings: dict[str, Any]) -> tuple[Offer, ...]:
    names = [name for tool in body.get("tools") or () for name in camel(tool)]
    offers = [Offer(kind=_SERVER_TOOLS[n], name=n) for n in names if n in _SERVER_TOOLS]
    if "IMAGE" in (settings.get("responseModalities") or ()):
        offers.append(Offer(kind="image_generation", name="image"))
    return tuple(offers)


def _read_logprobs(settings: dict[str, Any]) -> int | None:
    top = settings.get("logprobs")
    if not settings.get("responseLogprobs"):
        if top is not None:
            raise bad_request("logprobs is set without response_logprobs.")
        return None
    if not 0 <= (top or 0) <= 20:
        raise bad_request("logprobs must be in the range [0, 20].")
    return top or 0


def _read_choice(config: Any, offered: tuple[Tool, ...]) -> str:
    calling = camel(child(camel(config) if config else None, "functionCallingConfig"))
    mode = str(calling.get("mode", "AUTO")).upper()
    if mode not in ("AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"):
        raise bad_request(
            f"Invalid value at 'tool_config.function_calling_config.mode', \"{mode}\""
        )
    allowed: list[str] = list(calling.get("allowedFunctionNames") or [])
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise bad_request(
            "Function calling config: allowed_function_names is only for the mode ANY."
        )
    known = [tool.name for tool in offered]
    for name in allowed:
        if name not in known:
            raise bad_request(f"Function calling config: '{name}' is not a declared function.")
    if mode == "ANY":
        if not offered:
            raise bad_request("Function calling config is set without function_declarations.")
        return str(allowed[0]) if len(allowed) == 1 else "required"
    return "none" if mode == "NONE" else "auto"
