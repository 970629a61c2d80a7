"""The body of Ollama's chat, read and judged as Ollama does."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, Tool
from chimeric_dialects.service import Service

from .history import read_messages

__all__ = ["read_prompt"]


def read_prompt(body: dict[str, Any], service: Service) -> Prompt:
    """A whole body.

    Raises:
        Problem: where Ollama answers 400 or 404.
    """
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Problem("bad_request", "model is required")
    model_id = model.removesuffix(":latest")
    service.check_model(model_id)
    options = child(body, "options")
    limit = options.get("num_predict")
    wanted = body.get("format")
    think = body.get("think")
    # A level that a model does not know is its default; true is refused where there is none.
    if think is True and service.strict and model_id.startswith(("llama", "mistral", "gemma3")):
        raise Problem("bad_request", f'"{model}" does not support thinking')
    return Prompt(
        model=model,
        model_id=model_id,
        turns=read_messages(body.get("messages") or []),
        tools=tuple(_read_tool(tool) for tool in body.get("tools") or ()),
        max_tokens=limit if isinstance(limit, int) and limit > 0 else None,
        stop=tuple(options.get("stop") or ()),
        seed=options.get("seed"),
        schema={} if wanted == "json" else wanted or None,
        thinking=None if think is None else think is not False,
        stream=body.get("stream") is not False,
    )


def _read_tool(tool: Any) -> Tool:
    function = child(tool, "function")
    if not function.get("name"):
        raise Problem("bad_request", "tool function name is required")
    return Tool(function["name"], child(function, "parameters"))
