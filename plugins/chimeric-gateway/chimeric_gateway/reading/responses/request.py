"""A whole body of the Responses protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric import Message
from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_array, is_object

from .faults import expect, invalid_type, missing, refused
from .items import Items
from .tools import read_choice, read_tools

__all__ = ["LOGPROBS", "read_responses", "read_same"]

LOGPROBS: Final = "message.output_text.logprobs"

READ: Final = frozenset(
    (
        *("model", "input", "instructions", "stream", "tools", "tool_choice", "include"),
        *("parallel_tool_calls", "max_output_tokens", "temperature", "top_p", "top_logprobs"),
        *("text", "reasoning", "background", "previous_response_id", "conversation"),
    )
)
"""Fields that are read here; others pass to an upstream that speaks Responses, or are left out."""

IDLE: Final = ("store", "metadata", "stream_options")
"""Fields that another protocol's upstream need not be told of: the answer echoes them."""


def read_responses(body: Mapping[str, Any]) -> Asked:
    """What a body asks of an upstream of any protocol.

    Raises:
        Refusal: 400 where it cannot be read; 404 for what would have to be stored.

    Example:
        >>> asked = read_responses({"model": "fast", "input": "Hi", "max_output_tokens": 50})
        >>> asked.model, asked.arguments["max_tokens"]
        ('fast', 50)
    """
    model = expect(body, "model", str)
    if not model:
        raise missing("model")
    _refuse_stored(body)
    items = Items()
    arguments, left_out = _arguments(body, items)
    tools = read_tools(body)
    if tools.offered:
        arguments["tools"] = tools.offered
    choice = read_choice(body, tools)
    if choice is not None:
        arguments["tool_choice"] = choice
    elif is_object(body.get("tool_choice")):
        left_out.append("tool_choice")
    user = expect(body, "user", str)
    if user:
        arguments["user"] = user
        left_out.remove("user")
    left_out += [*tools.left_out, *items.left_out]
    return Asked(
        protocol="responses",
        model=model,
        stream=bool(expect(body, "stream", bool)),
        arguments=arguments,
        body=dict(body),
        left_out=tuple(left_out),
        usage=True,
    )


def read_same(asked: Asked, api: str) -> dict[str, Any]:
    """The arguments of a call where the upstream speaks Responses too: nothing is left out.

    Args:
        asked: what ``read_responses`` made of the body.
        api: the name under which the upstream's provider keeps its items.

    Raises:
        Refusal: as ``read_responses``.
    """
    body = asked.body
    arguments, _ = _arguments(body, Items(api))
    tools = read_tools(body, same=True)
    extra = {name: value for name, value in body.items() if name not in READ}
    if tools.offered:
        arguments["tools"] = tools.offered
    choice = read_choice(body, tools, same=True)
    if choice is not None:
        arguments["tool_choice"] = choice
    elif tools.offered and is_object(body.get("tool_choice")):
        extra["tool_choice"] = body["tool_choice"]
    for name, taken in (("text", "format"), ("reasoning", "effort")):
        given: dict[str, Any] = body.get(name) or {}
        rest = {k: v for k, v in given.items() if k != taken}
        if rest:
            arguments[name] = rest
    if body.get("include"):
        arguments["include"] = list(body["include"])
        arguments.pop("logprobs", None)
    if body.get("top_logprobs") is not None:
        arguments["top_logprobs"] = body["top_logprobs"]
    if extra:
        arguments["extra_body"] = extra
    return arguments


def _refuse_stored(body: Mapping[str, Any]) -> None:
    """Refuse what needs a store: there is none."""
    previous = body.get("previous_response_id")
    if previous is not None:
        message = (
            f"Previous response with id '{previous}' not found. Responses are not stored here: "
            "send the whole conversation in 'input'."
        )
        code = "previous_response_not_found"
        raise Refusal(404, message, code=code, param="previous_response_id")
    conversation = body.get("conversation")
    if conversation is not None:
        told = conversation.get("id") if is_object(conversation) else conversation
        message = (
            f"Conversation with id '{told}' not found. Conversations are not stored here: send "
            "the whole conversation in 'input'."
        )
        raise Refusal(404, message, code="conversation_not_found", param="conversation")
    if expect(body, "background", bool):
        message = "Background mode is not available here: responses are not stored."
        raise refused(message, "background", "unsupported_value")


def _arguments(body: Mapping[str, Any], items: Items) -> tuple[dict[str, Any], list[str]]:
    """Messages and parameters, and the fields that are left out."""
    messages = _instructions(body)
    messages += items.read(body.get("input"))
    arguments: dict[str, Any] = {"messages": messages}
    left_out = [name for name in body if name not in READ and name not in IDLE]
    limit = expect(body, "max_output_tokens", int)
    if limit is not None and limit < 1:
        message = (
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 1, "
            f"but got {limit} instead."
        )
        raise refused(message, "max_output_tokens", "integer_below_min_value")
    told = {
        "max_tokens": limit,
        "temperature": _number(body, "temperature", 2),
        "top_p": _number(body, "top_p", 1),
        "parallel_tool_calls": expect(body, "parallel_tool_calls", bool),
        "response_format": _format(body, left_out),
        "reasoning_effort": _effort(body, left_out),
        "logprobs": _logprobs(body),
    }
    if not body.get("tools"):
        del told["parallel_tool_calls"]
    return {**arguments, **{k: v for k, v in told.items() if v is not None}}, left_out


def _instructions(body: Mapping[str, Any]) -> list[Message]:
    given = body.get("instructions")
    if not given:
        return []
    if is_array(given):
        return Items().read(given)
    if not isinstance(given, str):
        raise invalid_type("instructions", "a string", given)
    return [Message("system", given)]


def _number(body: Mapping[str, Any], key: str, most: int) -> float | None:
    value: float | None = expect(body, key, float)
    if value is not None and not 0 <= value <= most:
        message = (
            f"Invalid '{key}': expected a value between 0 and {most}, but got {value} instead."
        )
        raise refused(message, key, "invalid_value")
    return value


def _format(body: Mapping[str, Any], left_out: list[str]) -> Any:
    text: dict[str, Any] = expect(body, "text", dict) or {}
    left_out += [f"text.{name}" for name in text if name != "format"]
    wanted = expect(text, "format", dict, "text.")
    if wanted is None or wanted.get("type") == "text":
        return None
    kind = wanted.get("type")
    if kind == "json_object":
        return {"type": "json_object"}
    if kind != "json_schema":
        message = (
            f"Invalid value: '{kind}'. Supported values are: 'text', 'json_object', and "
            "'json_schema'."
        )
        raise refused(message, "text.format.type", "invalid_value")
    inner = wanted.get("json_schema")
    told = inner if is_object(inner) else wanted
    schema = told.get("schema")
    if not is_object(schema):
        raise missing("text.format.schema")
    return {
        "type": "json_schema",
        "name": told.get("name") or "response",
        "schema": schema,
        "strict": bool(told.get("strict")),
    }


def _effort(body: Mapping[str, Any], left_out: list[str]) -> str | None:
    reasoning: dict[str, Any] = expect(body, "reasoning", dict) or {}
    # A summary is told wherever there is one.
    left_out += [f"reasoning.{name}" for name in reasoning if name not in ("effort", "summary")]
    effort: str | None = expect(reasoning, "effort", str, "reasoning.")
    return effort


def _logprobs(body: Mapping[str, Any]) -> int | None:
    include = expect(body, "include", list) or ()
    top = expect(body, "top_logprobs", int)
    if top is not None and not 0 <= top <= 20:
        message = f"Invalid 'top_logprobs': expected a value between 0 and 20, but got {top}."
        raise refused(message, "top_logprobs", "invalid_value")
    if LOGPROBS not in include:
        return None
    return top or 0
