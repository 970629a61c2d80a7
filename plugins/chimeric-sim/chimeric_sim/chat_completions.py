"""OpenAI Chat Completions, also as Groq words it."""

from __future__ import annotations

import re
from typing import Any

from .chat_encoder import ChatEncoder, GroqEncoder, MistralEncoder
from .chat_messages import RESERVED, read_messages
from .dialect import Desk, Dialect
from .http import Reply, Request
from .openai_rules import (
    bearer,
    check_reasoning_limits,
    check_strict,
    check_tool_name,
    check_tool_schema,
    expect,
    missing_parameter,
    openai_headers,
    openai_refusal,
    tool_choice_problem,
)
from .problems import Problem
from .prompts import Offer, Prompt
from .scripts import IdMaker, Script
from .shapes import child, is_array, is_object

__all__ = ["ChatCompletions"]

_MISTRAL = re.compile(r"(mi|mini|magi|pix|code|dev)stral")
_ENCODERS = {"groq": GroqEncoder, "mistral": MistralEncoder, "openai": ChatEncoder}


class ChatCompletions(Dialect):
    """``POST /chat/completions`` under any prefix.

    The path ``/openai/v1`` speaks Groq's variant, models with a name of Mistral's speak that.
    """

    ids = IdMaker()

    def key(self, request: Request) -> str | None:
        return bearer(request)

    def headers(self, prompt: Prompt) -> dict[str, str]:
        if prompt.options["flavour"] == "groq":
            return {"x-groq-region": "sim", "x-ratelimit-limit-requests": "14400"}
        return openai_headers()

    def refuse(self, problem: Problem) -> Reply:
        return openai_refusal(problem)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        model = expect(body, "model", str, "you must provide a model parameter")
        behaviour = self.behaviour(model)
        official = model.startswith(("gpt-", "o1", "o3", "o4")) and "oss" not in model
        flavour = "mistral" if _MISTRAL.search(model) else "openai"
        if request.path.startswith("/openai/"):
            flavour = "groq"
        _check_parameters(body, official=official)
        if official:
            check_reasoning_limits(model, body, body.get("reasoning_effort"))
        turns = read_messages(body, strict=official)
        offers = _read_tools(body)
        choice = _read_choice(body, offers, strict=official)
        stop = body.get("stop") or ()
        stream_options = child(body, "stream_options")
        if stream_options and flavour == "mistral":
            raise Problem("bad_request", "Extra inputs are not permitted", status=422)
        if stream_options and not body.get("stream"):
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise Problem("bad_request", message, param="stream_options")
        effort = body.get("reasoning_effort")
        return Prompt(
            model=model,
            behaviour=behaviour,
            turns=turns,
            offers=offers,
            choice=choice,
            parallel=body.get("parallel_tool_calls") is not False,
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            seed=body.get("seed"),
            schema=_read_format(body),
            thinking=None if effort is None else effort != "none",
            stream=bool(body.get("stream")),
            options={
                "flavour": flavour,
                "hidden": official,
                "usage": bool(stream_options.get("include_usage")),
                "padding": flavour == "openai" and stream_options.get("include_obfuscation", True),
            },
        )

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> ChatEncoder:
        return _ENCODERS[prompt.options["flavour"]](prompt)

    def ids_for(self, prompt: Prompt) -> IdMaker:
        # Mistral accepts no other ids than these.
        return IdMaker("", 9) if prompt.options["flavour"] == "mistral" else self.ids


def _check_parameters(body: dict[str, Any], *, official: bool) -> None:
    unknown = [key for key in body if key not in RESERVED]
    if official and unknown:
        message = f"Unrecognized request argument supplied: {unknown[0]}"
        raise Problem("bad_request", message, param=unknown[0], code="unknown_parameter")
    expect(body, "stream", bool, None)
    expect(body, "max_tokens", int, None)
    expect(body, "max_completion_tokens", int, None)
    expect(body, "seed", int, None)
    for key, low, high in (("temperature", 0, 2), ("top_p", 0, 1)):
        value = body.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            message = f"Invalid type for '{key}': expected a decimal, but got {value!r} instead."
            raise Problem("bad_request", message, param=key, code="invalid_type")
        if not low <= value <= high:
            side, bound = ("above_max", high) if value > high else ("below_min", low)
            word = "maximum" if value > high else "minimum"
            message = (
                f"Invalid '{key}': decimal {side.split('_')[0]} {word} value. Expected a value "
                f"{'<=' if value > high else '>='} {bound}, but got {value} instead."
            )
            raise Problem("bad_request", message, param=key, code=f"decimal_{side}_value")
    if (body.get("n") or 1) != 1:
        raise Problem("bad_request", "The simulator makes one choice: 'n' must be 1.", param="n")
    stop = body.get("stop")
    if is_array(stop) and len(stop) > 4:
        message = "Invalid 'stop': array too long. Expected an array with maximum length 4."
        raise Problem("bad_request", message, param="stop", code="array_above_max_length")


def _read_tools(body: dict[str, Any]) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for index, tool in enumerate(expect(body, "tools", list, None) or ()):
        place = f"tools[{index}]"
        kind = tool.get("type") if is_object(tool) else None
        if kind not in ("function", "custom"):
            if kind in ("browser_search", "code_interpreter"):
                continue
            message = f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'."
            raise Problem("bad_request", message, param=f"{place}.type", code="invalid_value")
        inner = tool.get(kind)
        if not is_object(inner):
            raise missing_parameter(f"{place}.{kind}")
        name = check_tool_name(inner.get("name"), f"{place}.{kind}.name")
        if kind == "custom":
            offers.append(Offer(name, {}, custom=True))
            continue
        schema: dict[str, Any] = inner.get("parameters") or {"type": "object", "properties": {}}
        check_tool_schema(name, schema, f"{place}.function.parameters")
        if inner.get("strict"):
            check_strict(schema, f"function '{name}'", f"{place}.function.parameters")
        offers.append(Offer(name, schema))
    if "tools" in body and body["tools"] == []:
        message = "Invalid 'tools': empty array. Expected an array with minimum length 1."
        raise Problem("bad_request", message, param="tools", code="empty_array")
    return tuple(offers)


def _read_choice(body: dict[str, Any], offers: tuple[Offer, ...], *, strict: bool) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if not offers:
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
        raise tool_choice_problem(choice)
    kind = choice.get("type")
    if kind == "allowed_tools":
        return str(choice.get("allowed_tools", {}).get("mode", "auto"))
    name = child(choice, str(kind)).get("name")
    if name not in [offer.name for offer in offers]:
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
