"""Bodies of Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_object

from .chat_messages import read_messages
from .chat_tools import read_choice, read_functions, read_tools
from .fields import Fields, openai_words

__all__ = ["read_chat"]

NUMBERS: Final = ("temperature", "top_p")


def read_chat(body: Mapping[str, Any]) -> Asked:
    """What a body asks for.

    A body with ``input`` in place of ``messages`` is read as one of Responses: Cursor posts such
    ones here, and wants a chat's answer.

    Raises:
        Refusal: 400 where it cannot be read, or asks for several answers.
    """
    if body.get("messages") is None and body.get("input") is not None:
        return _read_input(body)
    fields = Fields(body, openai_words)
    model = _model(fields)
    messages = read_messages(fields.any("messages"))
    arguments: dict[str, Any] = {"messages": messages}
    for name in NUMBERS:
        _put(arguments, name, fields.number(name))
    limit = fields.integer("max_completion_tokens")
    older = fields.integer("max_tokens")
    _put(arguments, "max_tokens", older if limit is None else limit)
    _put(arguments, "stop", fields.words("stop") or None)
    _put(arguments, "seed", fields.integer("seed"))
    _put(arguments, "user", fields.text("user") or None)
    _put(arguments, "reasoning_effort", _effort(fields))
    _put(arguments, "logprobs", _logprobs(fields))
    _put(arguments, "response_format", _format(fields))
    tools, native = read_tools(fields.items("tools"))
    functions = fields.items("functions")
    older_form = not tools and bool(functions)
    tools = tools or read_functions(functions)
    parallel = fields.flag("parallel_tool_calls")
    choice, called = fields.any("tool_choice"), fields.any("function_call")
    if tools:
        arguments["tools"] = tools
        _put(arguments, "tool_choice", read_choice(called if choice is None else choice))
        _put(arguments, "parallel_tool_calls", False if older_form else parallel)
    if fields.integer("n") not in (None, 1):
        raise Refusal(
            400,
            "Invalid value for 'n': one answer a request is given here; send several requests.",
            param="n",
            code="unsupported_value",
        )
    options = fields.object("stream_options") or {}
    return Asked(
        protocol="chat_completions",
        model=model,
        stream=bool(fields.flag("stream")),
        arguments=arguments,
        body=dict(body),
        left_out=(*fields.left(), *native),
        usage=options.get("include_usage") is True,
    )


def _read_input(body: Mapping[str, Any]) -> Asked:
    from .responses import read_responses  # few clients do so

    asked = read_responses(body)
    options = body.get("stream_options")
    asked.protocol = "chat_completions"
    asked.usage = is_object(options) and options.get("include_usage") is True
    asked.left_out = tuple(name for name in asked.left_out if name != "stream_options")
    return asked


def _model(fields: Fields) -> str:
    model = fields.text("model")
    if not model:
        raise Refusal(
            400,
            "you must provide a model parameter",
            param="model",
            code="missing_required_parameter",
        )
    return model


def _put(arguments: dict[str, Any], name: str, value: object) -> None:
    if value is not None:
        arguments[name] = value


def _effort(fields: Fields) -> str | None:
    """``reasoning_effort``, or OpenRouter's ``reasoning``."""
    effort = fields.text("reasoning_effort")
    reasoning = fields.any("reasoning")
    if effort is None and is_object(reasoning):
        other: Any = reasoning.get("effort")
        return other if isinstance(other, str) else None
    return effort


def _logprobs(fields: Fields) -> int | bool | None:
    wanted, top = fields.flag("logprobs"), fields.integer("top_logprobs")
    return (top or True) if wanted else None


def _format(fields: Fields) -> dict[str, Any] | None:
    wanted = fields.object("response_format")
    kind = wanted.get("type") if wanted else None
    if wanted is None or kind == "text":
        return None
    if kind == "json_object":
        return wanted
    inner = wanted.get("json_schema")
    if kind != "json_schema":
        raise Refusal(
            400,
            f"Invalid value: {kind!r}. Supported values are: 'json_object', 'json_schema', and "
            "'text'.",
            param="response_format.type",
            code="invalid_value",
        )
    if not is_object(inner) or not is_object(inner.get("schema")):
        missing = "json_schema" if not is_object(inner) else "json_schema.schema"
        raise Refusal(
            400,
            f"Missing required parameter: 'response_format.{missing}'.",
            param=f"response_format.{missing}",
            code="missing_required_parameter",
        )
    return wanted
