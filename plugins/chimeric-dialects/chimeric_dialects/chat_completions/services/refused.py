"""What services that follow OpenAI refuse besides; each rule with its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from chimeric_dialects.json_values import child, is_array, is_object
from chimeric_dialects.problems import Problem
from chimeric_dialects.signatures import Signer

from .errors import BEHIND

__all__ = ["CHECKS", "check_signatures"]

Check = Callable[[dict[str, Any], str], None]


def check_cerebras(body: dict[str, Any], model: str) -> None:
    if len(child(body, "logit_bias")) > 100:  # pydantic-ai
        raise _refused("logit_bias", "at most 100 entries are allowed")
    if "gpt-oss" in model and body.get("reasoning_effort") == "none":  # pydantic-ai
        raise _refused("reasoning_effort", "must be one of low, medium, high")


_THINKS = re.compile(r"deepseek-(?:reasoner|v4|flash)")


def check_deepseek(body: dict[str, Any], model: str) -> None:
    if child(body, "response_format").get("type") == "json_schema":  # pydantic-ai
        raise _refused("response_format", "This response_format type is unavailable now")
    thinks = child(body, "thinking").get("type", "enabled") != "disabled"
    if not (_THINKS.search(model) and thinks):
        return
    if body.get("tool_choice") not in (None, "auto", "none"):  # any-llm, pydantic-ai
        raise _refused("tool_choice", f"{model} does not support this tool_choice")
    if "reasoner" in model and body.get("logprobs"):  # the guide to its reasoning model
        raise _refused("logprobs", f"{model} does not support the parameter logprobs")
    for index in _thoughtless(body):  # its guide to the thinking mode
        place = f"assistant message at message index {index}"
        raise _refused("messages", f"Missing `reasoning_content` field in the {place}")


_KIMI = re.compile(r"kimi-(?:k3|k2\.[567]|thinking|k2-thinking)")


def check_moonshot(body: dict[str, Any], model: str) -> None:
    if body.get("tool_choice") == "required":  # pydantic-ai, LiteLLM
        raise _refused("tool_choice", "tool_choice 'required' is not supported")
    if not _KIMI.search(model):
        return
    effort = body.get("reasoning_effort")
    if effort == "none" or (model.startswith("kimi-k3") and effort not in (None, *_KIMI_EFFORTS)):
        raise _refused("reasoning_effort", f"invalid reasoning_effort {effort!r}")  # pydantic-ai
    if body.get("temperature") not in (None, 1):  # LiteLLM
        raise _refused("temperature", "invalid temperature: only 1 is allowed for this model")
    thinks = child(body, "thinking").get("type", "enabled") != "disabled"
    for index in _thoughtless(body) if thinks else ():  # LiteLLM
        text = "thinking is enabled but reasoning_content is missing in assistant tool call message"
        raise _refused("messages", f"{text} at index {index}")


_KIMI_EFFORTS = ("low", "high", "max")

_FIREWORKS = frozenset(
    (
        *("context_length_exceeded_behavior", "echo", "echo_last", "frequency_penalty"),
        *("function_call", "functions", "ignore_eos", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "messages", "metadata", "min_p"),
        *("mirostat_lr", "mirostat_target", "model", "n", "parallel_tool_calls"),
        *("perf_metrics_in_response", "prediction", "presence_penalty"),
        *("prompt_cache_isolation_key", "prompt_cache_key", "prompt_truncate_len"),
        *("raw_output", "reasoning_effort", "reasoning_history", "repetition_penalty"),
        *("response_format", "return_token_ids", "safe_tokenization", "seed", "service_tier"),
        *("speculation", "stop", "stream", "stream_options", "temperature", "thinking"),
        *("tool_choice", "tools", "top_k", "top_logprobs", "top_p", "typical_p", "user"),
    )
)
"""The parameters of ``fireworks-ai`` 1.2.30, and ``stream_options``."""


def check_fireworks(body: dict[str, Any], model: str) -> None:
    for key in body:
        if key not in _FIREWORKS:  # its page on compatibility with NIM
            raise _refused(key, f"Extra inputs are not permitted, field: '{key}'")
    if body.get("thinking") is not None and body.get("reasoning_effort") is not None:  # its SDK
        raise _refused("thinking", "cannot specify both 'thinking' and 'reasoning_effort'")
    effort = body.get("reasoning_effort")
    levels = ("none", "low", "medium", "high")
    if isinstance(effort, str) and effort not in levels:  # its SDK's type
        raise _refused("reasoning_effort", f"Invalid reasoning effort: {effort}")
    for index, message in enumerate(_messages(body)):
        if "name" in message:  # its SDK's type of a message
            raise _refused(f"messages.{index}.name", "Extra inputs are not permitted")


def check_perplexity(body: dict[str, Any], model: str) -> None:
    kind = child(body, "response_format").get("type", "text")
    if kind not in ("text", "json_schema", "regex"):  # its SDK's type
        raise _refused("response_format", f"response_format: {kind!r} is not supported")
    if body.get("reasoning_effort") not in (None, "minimal", "low", "medium", "high"):  # the same
        raise _refused("reasoning_effort", "reasoning_effort: invalid value")


def check_together(body: dict[str, Any], model: str) -> None:
    name = model.lower()
    if "gpt-oss" in name and body.get("reasoning_effort") == "none":  # LiteLLM: cannot be off
        raise _refused("reasoning_effort", "reasoning cannot be disabled for this model")
    if "deepseek-v4" in name and body.get("tool_choice") not in (None, "auto", "none"):
        raise _refused("tool_choice", "tool_choice is not supported with this model")  # pydantic-ai
    if isinstance(body.get("logprobs"), bool):  # its SDK's type
        raise _refused("logprobs", "logprobs: Input should be a valid integer")


_CLAUDE = re.compile(r"^~?anthropic/claude-[a-z]+-(\d+)(?:[.-](\d)(?!\d))?")


def check_openrouter(body: dict[str, Any], model: str) -> None:
    inner, outer = child(body, "reasoning").get("effort"), body.get("reasoning_effort")
    if inner and outer and inner != outer:  # its SDK
        raise _refused("reasoning", "reasoning.effort and reasoning_effort differ")
    found = _CLAUDE.match(model)
    messages = _messages(body)
    newest = found is not None and (int(found[1]), int(found[2] or 0)) >= (4, 6)
    if newest and messages and messages[-1].get("role") == "assistant":  # Anthropic's own words
        word = "The conversation must end with a user message."
        text = f"This model does not support assistant message prefill. {word}"
        raise Problem("bad_request", text, code=BEHIND)


def check_signatures(body: dict[str, Any], signer: Signer) -> None:
    """Thoughts of Claude that come back to OpenRouter have their own signatures.

    Raises:
        Problem: in Anthropic's words.
    """
    for message in _messages(body):
        details: Any = message.get("reasoning_details")
        for detail in details if is_array(details) else ():
            if not is_object(detail) or "claude" not in str(detail.get("format")):
                continue
            text, signature = detail.get("text"), detail.get("signature")
            if text and signature and not signer.verify("thought", str(text), signature):
                text = "Invalid `signature` in `thinking` block"
                raise Problem("bad_request", f"messages: {text}", code=BEHIND)


def _thoughtless(body: dict[str, Any]) -> list[int]:
    """Turns with calls that came without their reasoning."""
    return [
        index
        for index, message in enumerate(_messages(body))
        if message.get("tool_calls") and "reasoning_content" not in message
    ]


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("messages")
    return [message for message in found if is_object(message)] if is_array(found) else []


def _refused(param: str, message: str) -> Problem:
    return Problem("bad_request", message, param=param)


CHECKS: dict[str, Check] = {
    "cerebras": check_cerebras,
    "deepseek": check_deepseek,
    "fireworks": check_fireworks,
    "moonshot": check_moonshot,
    "openrouter": check_openrouter,
    "perplexity": check_perplexity,
    "together": check_together,
}
