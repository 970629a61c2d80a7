"""The guard against parameters that are misspelt, or that are none of a call."""

from __future__ import annotations

import warnings

from chimeric.client.routes import Routes
from chimeric.errors import ProviderNotFoundError, TranslationWarning, UnknownParameterError
from chimeric.values.requests import Request

__all__ = ["CALL", "check_names"]

CALL = (
    *("model", "messages", "stream", "tools", "auto_tool", "native", "provider"),
    *("temperature", "top_p", "max_tokens", "stop", "seed", "tool_choice", "parallel_tool_calls"),
    *("response_format", "reasoning_effort", "max_turns", "timeout", "extra_headers", "extra_body"),
    *("api_key", "base_url", "max_retries", "keep_raw", "use", "user_context"),
    *("logprobs", "prompt_cache"),
)
"""What a call knows by itself."""

ELSEWHERE = {
    "api_base": "base_url",
    "azure_endpoint": "base_url",
    "callbacks": "use",
    "custom_llm_provider": "provider",
    "default_headers": "extra_headers",
    "endpoint": "base_url",
    "functions": "tools",
    "function_call": "tool_choice",
    "headers": "extra_headers",
    "max_completion_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "max_tokens_to_sample": "max_tokens",
    "num_retries": "max_retries",
    "prompt": "messages",
    "request_timeout": "timeout",
    "retries": "max_retries",
    "stop_sequences": "stop",
    "stopSequences": "stop",
    "topP": "top_p",
}
"""What other libraries and protocols call it."""


def check_names(routes: Routes, request: Request, constructor: tuple[str, ...]) -> None:
    """Refuse parameters that nobody can have meant; what the provider declares passes.

    Args:
        routes: tells which provider the call goes to.
        request: its ``extra`` are the parameters that the unified set does not know.
        constructor: the keywords of the client's constructor.

    Raises:
        UnknownParameterError: names the parameter, and what was meant.
    """
    try:
        plugin, _, _ = routes.find(request.model, request.provider)
    except ProviderNotFoundError:
        plugin = None
    declared = plugin and plugin.declaration
    own = (*declared.params, *declared.options) if declared else ()
    for name in request.extra:
        advice = None if name in own else _advice(name, constructor)
        if advice is None:
            continue
        text = f"generate() got the parameter {name!r}: {advice}"
        if plugin is not None and plugin.api > 1:
            raise UnknownParameterError(
                f"{text}; what {plugin.name} should get unchanged can go in extra_body=",
                provider=plugin.name,
            )
        warnings.warn(TranslationWarning(text), stacklevel=2)


def _advice(name: str, constructor: tuple[str, ...]) -> str | None:
    meant = ELSEWHERE.get(name)
    if meant is not None:
        return f"it is {meant}= here"
    if name in constructor:
        return "that is the client's: pass it to Chimeric() or to with_options()"
    for ending in ("api_key", "base_url"):
        if name.endswith(f"_{ending}"):
            return f"of one call it is {ending}="
    for known in CALL:
        if one_edit(name, known):
            return f"did you mean {known!r}?"
    return next(
        (f"did you mean {k!r}, of Chimeric()?" for k in constructor if one_edit(name, k)), None
    )


def one_edit(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two neighbours swapped, make ``a`` into ``b``.

    Example:
        >>> one_edit("temprature", "temperature"), one_edit("tpo_p", "top_p"), one_edit("n", "seed")
        (True, True, False)
    """
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    left, right = a[start:], b[start:]
    if len(a) == len(b):
        swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
        return left[1:] == right[1:] or swapped
    return left[1:] == right or left == right[1:]
