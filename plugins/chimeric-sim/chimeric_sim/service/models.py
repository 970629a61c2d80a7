"""The models that the simulator has, and what each of them does."""

from __future__ import annotations

import difflib
import re

from chimeric_dialects import Problem

__all__ = ["CATALOG", "behaviour_of", "catalog_for", "likely_models"]

_BEHAVIOURS = (
    "story",
    "echo",
    "tools",
    "think",
    "structured",
    "search",
    "fetch",
    "files",
    "code",
    "image",
    "mcp",
    "approval",
    "audio",
    "show",
    "replay",
)

CATALOG: dict[str, tuple[str, ...]] = {
    "openai": (
        "gpt-6.2-sol",
        "gpt-6-astra",
        "gpt-6-luna",
        "gpt-5.6-sol",
        "gpt-5.5",
        "gpt-5.4",
        "gpt-5.4-mini",
        "gpt-5",
        "gpt-4.1",
        "gpt-4o",
        "gpt-4o-mini",
        "o3",
        "o4-mini",
    ),
    "anthropic": (
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-fable-5-2",
        "claude-mythos-5-2",
        "claude-opus-4-8",
        "claude-opus-4-6",
        "claude-sonnet-4-6",
        "claude-opus-4-5",
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
    ),
    "google": (
        "gemini-4-argon",
        "gemini-3.8-flash",
        "gemini-3.5-flash",
        "gemini-3.1-pro-preview",
        "gemini-3-flash-preview",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
        "gemini-2.5-flash-lite",
        "gemma-4-31b-it",
    ),
    "cohere": (
        "command-a-plus-05-2026",
        "command-a-03-2025",
        "command-a-reasoning-08-2025",
        "command-r7b-12-2024",
        "command-r-plus-08-2024",
    ),
    "groq": (
        "openai/gpt-oss-120b",
        "openai/gpt-oss-20b",
        "llama-3.3-70b-versatile",
        "llama-3.1-8b-instant",
        "qwen/qwen3-32b",
    ),
    "compatible": (
        "gpt-oss-120b",
        "llama3.1-8b",
        "grok-4",
        "grok-4-fast",
        "grok-4.3",
        "grok-3-mini",
        "mistral-large-latest",
        "mistral-small-latest",
        "deepseek-chat",
        "deepseek-reasoner",
        "deepseek/deepseek-chat",
        "openai/gpt-4o-mini",
    ),
    "ollama": ("llama3.2", "llama3:8b", "qwen3", "qwen3:8b", "gpt-oss:20b", "deepseek-r1:14b"),
    "bedrock": (
        "anthropic.claude-sonnet-4-6-v1:0",
        "us.anthropic.claude-sonnet-4-6-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "amazon.nova-micro-v1:0",
        "us.amazon.nova-micro-v1:0",
        "openai.gpt-oss-120b-1:0",
    ),
}
"""Real-looking names for each protocol. They do what the request asks for: see ``auto``."""

_KNOWN = frozenset(name for names in CATALOG.values() for name in names)
_DATED = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")
_FAMILY = re.compile(
    # Bedrock's: a region or none, a vendor, a dot.
    r"""(?:(?:us|eu|apac|global|jp|au|us-gov)\.)?
        (?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai?|nvidia
        |openai|qwen|writer|zai)\.[a-z0-9]
    # Routers' and Groq's: a vendor, a slash.
    | [a-z0-9-]+/[a-z0-9]
    | (?:antigravity|chatgpt|claude|code-mender|codestral|command|deep-research|deepseek|devstral
        |gemini|gemma|glm|gpt|grok|kimi|llama|magistral|ministral|mistral|mixtral|nova
        |open-mi[sx]tral|phi|pixtral|qwen|qwq|sonar)[-\d.:](?!0$)
    | (?:o[1-9]|sonar)(?:-|$)""",
    re.VERBOSE,
)
"""Families of real models. A name of one that nobody has heard of works too: what is under test is
the application, not its taste."""
_NAMED = re.compile(r"(?:^|[-/.:_])(?<!grok-)(" + "|".join(_BEHAVIOURS) + r")(?=$|[-/.:_@])")


def catalog_for(provider: str) -> list[str]:
    """Names to list: the simulator's own models, then the real-looking ones of a protocol."""
    own = [name for name in _BEHAVIOURS if name != "replay"]
    return own + list(CATALOG.get(provider, CATALOG["compatible"]))


def behaviour_of(model: str) -> str:
    """What a model does: ``story`` ... ``replay``, or ``auto`` for real-looking names.

    ``auto`` fits a response schema where one is given, calls tools where some are offered,
    thinks where that is asked for, and otherwise tells a story.

    Raises:
        Problem: ``unknown_model`` for a name of no family that is known.
    """
    if model.startswith(("replay:", "replay/")):
        return "replay"
    named = _NAMED.search(model)
    if named:
        return named.group(1)
    if model in _KNOWN or _DATED.sub("", model) in _KNOWN or _FAMILY.match(model):
        return "auto"
    raise Problem("unknown_model", model)


def likely_models(refusal: str) -> str:
    """What to ask in place of the model that a refusal names in backquotes.

    Example:
        >>> likely_models("The model `storey` does not exist.")
        'Did you mean `story`?'
    """
    asked = refusal.split("`")[1] if refusal.count("`") > 1 else ""
    near = difflib.get_close_matches(asked, [*_BEHAVIOURS, *sorted(_KNOWN)], 1)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"The simulator has {', '.join(_BEHAVIOURS)}, and names of real models."
