"""Model names: in which API a model is asked, and which family it is of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from chimeric import ConfigurationError

__all__ = ["Api", "api_of", "family_of", "is_claude"]

Api = Literal["converse", "invoke", "messages", "chat_completions", "responses"]

APIS: Final[tuple[Api, ...]] = get_args(Api)

_RESOURCE = re.compile(r"arn:aws[^:]*:(?:bedrock|sagemaker):[^/]*/(.+)")
_VENDOR: Final = (
    ("claude", "anthropic"),
    ("nova", "amazon"),
    ("titan", "amazon"),
    ("gpt-oss", "openai"),
    ("llama", "meta"),
    ("mistral", "mistral"),
    ("ministral", "mistral"),
    ("magistral", "mistral"),
    ("pixtral", "mistral"),
)
"""Families that a caller may tell without their vendor."""


def api_of(options: Mapping[str, Any]) -> Api:
    """The API to speak: the one that was asked for, else Converse, which has every model.

    Raises:
        ConfigurationError: for one that there is not, or not at Mantle.
    """
    asked = options.get("api") or "converse"
    if asked not in APIS:
        raise ConfigurationError(
            f"bedrock has no api {asked!r}; use one of {', '.join(APIS)}", provider="bedrock"
        )
    if options.get("mantle") and asked in ("converse", "invoke"):
        raise ConfigurationError(
            f"Mantle has no api {asked!r}; use messages, chat_completions or responses, or leave "
            "bedrock_mantle out",
            provider="bedrock",
        )
    return asked


def family_of(model: str, options: Mapping[str, Any]) -> str:
    """The name that tells what a model takes: without what stands before it in an ARN.

    The ARNs of application profiles, imported and provisioned models hide it: then the option
    ``family`` says it.

    Example:
        >>> family_of("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x", {})
        'us.anthropic.claude-x'
        >>> family_of("arn:aws:bedrock:us-east-1:1:imported-model/a1", {"family": "claude-x"})
        'anthropic.claude-x'
    """
    told = options.get("family")
    if not told:
        found = _RESOURCE.fullmatch(model) if model.startswith("arn:") else None
        return found[1] if found else model
    family = str(told)
    vendor = next((v for start, v in _VENDOR if family.lower().startswith(start)), None)
    return f"{vendor}.{family}" if vendor else family


def is_claude(family: str) -> bool:
    """Whether a family is Anthropic's."""
    return "anthropic." in family
