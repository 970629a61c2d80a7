"""What only services of chat completions are asked."""

from __future__ import annotations

from typing import Any

from .samples import SCHEMA

__all__ = ["CHAT"]

CHAT: dict[str, tuple[Any, dict[str, Any]]] = {
    "audio": (
        "Hi",
        {"audio": {"voice": "alloy", "format": "wav"}, "modalities": ["text", "audio"]},
    ),
    "functions of before": (
        "Hi",
        {"functions": [{"name": "f", "parameters": SCHEMA}], "function_call": {"name": "f"}},
    ),
    "penalties": ("Hi", {"frequency_penalty": 0.1, "presence_penalty": 0.1}),
    "logit_bias": ("Hi", {"logit_bias": {"50256": -100}}),
    "a limit by its other name": ("Hi", {"max_completion_tokens": 100}),
    "metadata": ("Hi", {"metadata": {"a": "b"}, "store": True}),
    "more answers": ("Hi", {"n": 1}),
    "a prediction": ("Hi", {"prediction": {"type": "content", "content": "Hi"}}),
    "a cache of prompts": ("Hi", {"prompt_cache_key": "k", "prompt_cache_retention": "24h"}),
    "names of users": ("Hi", {"safety_identifier": "s", "user": "u"}),
    "a tier": ("Hi", {"service_tier": "auto"}),
    "stream options": ("Hi", {"stream": True, "stream_options": {"include_usage": True}}),
    "top_logprobs": ("Hi", {"logprobs": True, "top_logprobs": 2}),
    "verbosity": ("Hi", {"verbosity": "low"}),
    "web search": ("Hi", {"web_search_options": {"search_context_size": "low"}}),
}
"""Parameters of chat completions, which not every service of the protocol has."""
