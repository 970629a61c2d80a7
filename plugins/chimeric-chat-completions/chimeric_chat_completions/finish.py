"""Words for the end of an answer, of every server whose words are known."""

from __future__ import annotations

from typing import Any

from chimeric import FinishReason

__all__ = ["FINISH", "RANK", "finish_reason"]

WORDS: dict[FinishReason, tuple[str, ...]] = {
    "stop": (
        "stop",
        "eos",  # Together, Mistral's own servers
        "eos_token",  # text-generation-inference
        "stop_sequence",  # text-generation-inference, Anthropic and Cohere behind gateways
        "end_turn",  # xAI (genkit-ai/genkit#6259), Anthropic and Bedrock behind gateways
        "endturn",  # zeitlings/ayai-gpt-nexus#2
        "end",  # LM Studio, Ollama (earendil-works/pi#2142)
        "complete",  # Cohere behind gateways
        "completed",  # the status of Responses, as OpenRouter and gateways hand it on
        "reason_stop",  # xAI's enumeration
    ),
    "length": (
        "length",
        "model_length",  # Mistral
        "max_tokens",  # Anthropic, Bedrock, Gemini and Cohere behind gateways
        "max_output_tokens",  # Responses behind gateways
        "max_length",
        "model_context_window_exceeded",  # Z.ai, Anthropic
        "reason_max_len",  # xAI's enumeration
        "reason_max_context",
    ),
    "tool_calls": (
        "tool_calls",
        "function_call",  # OpenAI's first form of it
        "tool_call",  # Cohere behind gateways
        "tool_use",  # Anthropic and Bedrock behind gateways
        "reason_tool_calls",  # xAI's enumeration
    ),
    "content_filter": (
        "content_filter",
        "content_filtered",  # Bedrock behind gateways
        "guardrail_intervened",
        "sensitive",  # Z.ai
        "error_toxic",  # Cohere's first API
        "safety",  # Gemini behind gateways, down to the last one
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "image_safety",
        "image_prohibited_content",
        "image_recitation",
        "model_armor",
    ),
    "refusal": ("refusal",),  # Anthropic behind gateways
    "pause": ("pause_turn", "compaction"),  # Anthropic behind gateways
}
"""Known words, in lower case. All others (``error``, ``abort``, ``network_error``) are ``other``:
nothing says that the answer before them is whole."""

FINISH: dict[str, FinishReason] = {
    word: reason for reason, words in WORDS.items() for word in words
}
"""The same by word."""

NONE = ("", "null", "none", "unspecified", "finish_reason_unspecified", "undefined")
"""Words that say that there is no reason yet (KoboldCpp: PowerShell/AIShell#350; Gemini)."""

RANK: tuple[FinishReason, ...] = (
    "content_filter",
    "length",
    "other",
    "refusal",
    "pause",
    "tool_calls",
    "stop",
)
"""Reasons by what they say of an answer of several parts: the worst first."""


def finish_reason(native: Any) -> FinishReason | None:
    """The unified reason for a server's word; None where it tells none.

    Example:
        >>> finish_reason("EOS_TOKEN"), finish_reason("abort"), finish_reason("null")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().lower()
    return None if word in NONE else FINISH.get(word, "other")
