"""What Mistral, Groq and xAI refuse in chat completions, in their own words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.problems import Problem

from .refused import CHECKS

__all__ = ["check_variant"]


_MISTRAL = frozenset(
    [
        "frequency_penalty",
        "guardrails",
        "logprobs",
        "max_tokens",
        "messages",
        "metadata",
        "min_tokens",
        "model",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_logprobs",
        "prompt_mode",
        "random_seed",
        "reasoning_effort",
        "repetition_penalty",
        "response_format",
        "safe_prompt",
        "service_tier",
        "stop",
        "stream",
        "temperature",
        "tool_choice",
        "tools",
        "top_k",
        "top_logprobs",
        "top_p",
        "top_prompt_logprobs",
    ]
)
"""The parameters of ``mistralai`` 3.7.0 (``ChatCompletionRequest``)."""

_MISTRAL_MESSAGES = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "prefix"},
    "tool": {"role", "content", "name", "tool_call_id"},
}

_GROQ = frozenset(
    [
        "citation_options",
        "compound_custom",
        "disable_tool_validation",
        "documents",
        "exclude_domains",
        "include_domains",
        "include_reasoning",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "n",
        "parallel_tool_calls",
        "reasoning_effort",
        "reasoning_format",
        "response_format",
        "search_settings",
        "seed",
        "service_tier",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
        "user",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "logprobs",
        "top_logprobs",
        "metadata",
        "store",
        "function_call",
        "functions",
    ]
)
"""The parameters of ``groq`` 1.7.0, and ``stream_options``."""

_GROQ_LATER = ("logit_bias", "logprobs", "top_logprobs", "metadata", "store")
"""Typed, and "not yet supported"."""

_GROQ_MESSAGES = {
    "assistant": {"role", "content", "name", "reasoning", "tool_calls", "function_call"},
    "tool": {"role", "content", "tool_call_id", "name"},
}

_GROQ_REASONS = re.compile(r"(?:groq/)?(?:openai/gpt-oss|qwen/|deepseek-r1|.*qwq|.*think)")

_NINE = re.compile(r"[a-zA-Z0-9]{9}")

_STOPLESS = re.compile(r"(?:^|/)grok-(?:3-mini|4|code|build|latest)")

_FIXED = re.compile(r"(?:^|/)grok-(?:4$|4-|code|4\.20-.*reasoning)")
"""Models that refuse an effort (pydantic-ai and litellm)."""


def check_variant(variant: str, body: dict[str, Any], model: str) -> None:
    """Refuse what a service refuses besides OpenAI's rules.

    Raises:
        Problem: in the service's words.
    """
    own = {"mistral": _check_mistral, "groq": _check_groq, "xai": _check_xai}
    check = own.get(variant) or CHECKS.get(variant)
    if check is not None:
        check(body, model)


# --- Mistral ----------------------------------------------------------------------------------


def _check_mistral(body: dict[str, Any], model: str) -> None:
    for key in body:
        if key not in _MISTRAL:
            raise _extra_forbidden(key)
    messages = list(_objects(body.get("messages")))
    before, waiting = "", 0
    for index, message in enumerate(messages):
        role = str(message.get("role"))
        for key in message:
            if key not in _MISTRAL_MESSAGES.get(role, {key}):
                raise _extra_forbidden("messages", str(index), role, key)
        if role == "user" and before == "tool":
            raise _order("Unexpected role 'user' after role 'tool'")
        if role != "tool" and waiting:
            raise _order("Not the same number of function calls and responses")
        waiting = waiting - 1 if role == "tool" else 0
        if role == "assistant":
            waiting = _check_mistral_answer(message)
        before = role
    if waiting:
        raise _order("Not the same number of function calls and responses")
    if before == "assistant" and not messages[-1].get("prefix"):  # huggingface/smolagents, 757
        text = "Expected last role User or Tool (or Assistant with prefix True) for serving but got"
        raise Problem("bad_request", f"{text} assistant")
    if body.get("temperature") == 0 and body.get("top_p") not in (None, 1):
        raise Problem("bad_request", "top_p must be 1 when using greedy sampling.")


def _check_mistral_answer(message: dict[str, Any]) -> int:
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    if not calls and not message.get("content"):
        text = "Assistant message must have either content or tool_calls, but not none."
        raise Problem("bad_request", text, code="3240")
    for call in calls:
        if not _NINE.fullmatch(str(call.get("id"))):
            text = f"Tool call id was {call.get('id')} but must be a-z, A-Z, 0-9, with a length of"
            raise Problem("bad_request", f"{text} 9.", code="3280")
    return len(calls)


def _order(message: str) -> Problem:
    return Problem("bad_request", message, code="3230")


def _extra_forbidden(*where: str) -> Problem:
    """Mistral's schema is closed (BerriAI/litellm, issue 30835)."""
    return Problem("bad_request", ".".join(where), status=422, code="extra_forbidden")


# --- Groq -------------------------------------------------------------------------------------


def _check_groq(body: dict[str, Any], model: str) -> None:
    for key in body:
        if key not in _GROQ and key != "sim":
            raise Problem("bad_request", f"property '{key}' is unsupported")
    for key in _GROQ_LATER:
        if body.get(key):
            raise Problem("bad_request", f"`{key}` is not supported with this model", param=key)
    if body.get("reasoning_format") is not None and body.get("include_reasoning") is not None:
        text = "cannot specify both `reasoning_format` and `include_reasoning`"
        raise Problem("bad_request", text)
    if "gpt-oss" in model and body.get("reasoning_effort") in ("none", "default"):
        text = "`reasoning_effort` must be one of `low`, `medium`, or `high`"
        raise Problem("bad_request", text, param="reasoning_effort")
    if len(list(_objects(body.get("tools")))) > 128:
        raise Problem("bad_request", "'tools' : maximum number of items is 128", param="tools")
    for index, message in enumerate(_objects(body.get("messages"))):
        role = str(message.get("role"))
        for key in message:
            if key not in _GROQ_MESSAGES.get(role, {key}):  # janhq/jan, issue 8136
                text = f"'messages.{index}' : for 'role:{role}' the following must be satisfied"
                text += f"[('messages.{index}' : property '{key}' is unsupported)]"
                raise Problem("bad_request", text)
        if message.get("reasoning") and not _GROQ_REASONS.match(model):  # vercel/ai, issue 8056
            text = f"`messages[{index}].reasoning`: reasoning is not supported with this model"
            raise Problem("bad_request", text)


# --- xAI --------------------------------------------------------------------------------------


def _check_xai(body: dict[str, Any], model: str) -> None:
    if body.get("search_parameters") is not None:  # https://docs.x.ai/docs/guides/live-search
        text = "Live search is retired. Please use the Agent Tools API instead."
        raise Problem("bad_request", text, status=410)
    refused = [
        key
        for key, pattern in (
            ("stop", _STOPLESS),
            ("frequency_penalty", _STOPLESS),
            ("presence_penalty", _STOPLESS),
            ("reasoning_effort", _FIXED),
        )
        if body.get(key) is not None and pattern.search(model)
    ]
    if refused:
        name = refused[0]
        text = f"Argument not supported on this model: {name}"
        raise Problem("bad_request", text, param=name)


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    return [item for item in value if is_object(item)] if is_array(value) else ()
