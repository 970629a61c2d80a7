"""The body of Cohere v2 chat, read and judged as the service does."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import is_object
from chimeric_dialects.prompts import Prompt, Tool
from chimeric_dialects.service import Service

from .errors import bad_request
from .history import read_messages
from .rules import check_fields, check_ranges, check_together

__all__ = ["read_prompt"]


def read_prompt(body: dict[str, Any], service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400 or 404.
    """
    if service.strict:
        check_fields(body)
        check_together(body)
    model = body.get("model")
    if not isinstance(model, str):
        raise bad_request("model is required")
    service.check_model(model)
    check_ranges(body)
    offered = _read_tools(body.get("tools"))
    choice = body.get("tool_choice")
    if choice not in (None, "REQUIRED", "NONE"):
        raise bad_request("tool_choice must be one of REQUIRED, NONE")
    if choice is not None and not offered:
        raise bad_request("tool_choice can only be used with tools")
    thinking = body.get("thinking")
    if thinking is not None and thinking.get("type") not in ("enabled", "disabled"):
        raise bad_request("thinking.type must be one of enabled, disabled")
    return Prompt(
        model=model,
        turns=read_messages(body.get("messages")),
        tools=offered,
        documents=_read_documents(body.get("documents")),
        logprobs=0 if body.get("logprobs") is True else None,
        choice={"REQUIRED": "required", "NONE": "none"}.get(choice or "", "auto"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        seed=body.get("seed"),
        schema=_read_format(body.get("response_format")),
        thinking=None if thinking is None else thinking["type"] == "enabled",
        plans=True,
        stream=body.get("stream") is True,
    )


def _read_documents(documents: Any) -> tuple[dict[str, Any], ...]:
    """Documents are texts, or objects with an id or without one."""
    found: list[dict[str, Any]] = []
    for index, document in enumerate(documents or ()):
        if isinstance(document, str):
            found.append({"id": f"doc_{index}", "title": "", "text": document})
            continue
        data = document.get("data")
        if not isinstance(data, (dict, str)) or not data:
            raise bad_request(f"documents[{index}].data is required")
        texts = data if is_object(data) else {"text": data}
        text = texts.get("text") or texts.get("snippet") or " ".join(map(str, texts.values()))
        title = str(texts.get("title") or "")
        name = str(document.get("id") or f"doc_{index}")
        found.append({"id": name, "title": title, "text": str(text)})
    return tuple(found)


def _read_format(wanted: Any) -> dict[str, Any] | None:
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") != "json_object":
        raise bad_request("response_format.type must be one of text, json_object")
    return wanted.get("json_schema") or wanted.get("schema") or {}


def _read_tools(tools: Any) -> tuple[Tool, ...]:
    offered: list[Tool] = []
    for index, tool in enumerate(tools or ()):
        function = tool.get("function")
        if tool.get("type") != "function" or not is_object(function):
            raise bad_request(f"tools[{index}] must be of type function")
        if not is_object(function.get("parameters")):
            raise bad_request(f"tools[{index}].function.parameters is required")
        name = function.get("name")
        if not isinstance(name, str) or not name:
            raise bad_request(f"tools[{index}].function.name is required")
        offered.append(Tool(name, function["parameters"]))
    return tuple(offered)
