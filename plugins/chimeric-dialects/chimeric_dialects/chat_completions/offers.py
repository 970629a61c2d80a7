"""Tools of the services' own, as the bodies of chat completions ask for them."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.openai.rules import expect
from chimeric_dialects.parts import Offer, ServerToolKind
from chimeric_dialects.problems import Problem

__all__ = ["SERVER_TOOLS", "read_logprobs", "read_offers", "wants_sound"]

SERVER_TOOLS: dict[str, ServerToolKind] = {
    "browser_search": "web_search",
    "code_interpreter": "code_execution",
    "openrouter:web_search": "web_search",
    "openrouter:web_fetch": "web_fetch",
    "openrouter:code_interpreter": "code_execution",
    "openrouter:image_generation": "image_generation",
}
"""Groq's and OpenRouter's, by their types."""


def read_offers(body: dict[str, Any], variant: str) -> tuple[Offer, ...]:
    """What a body asks for, and what a model does without being asked."""
    offers: list[Offer] = []
    model = str(body["model"])
    searches = body.get("web_search_options") is not None
    plugins = body.get("plugins") or ()  # OpenRouter's
    searches |= any(is_object(p) and p.get("id") == "web" for p in plugins)
    if searches or variant == "perplexity" or "compound" in model:
        offers.append(Offer(kind="web_search", name="web_search"))
    names = [str(tool.get("type")) for tool in body.get("tools") or ()]
    offers += [Offer(kind=SERVER_TOOLS[name], name=name) for name in names if name in SERVER_TOOLS]
    if "image" in (body.get("modalities") or ()):
        offers.append(Offer(kind="image_generation", name="image"))
    return tuple(offers)


def read_logprobs(body: dict[str, Any], variant: str = "openai") -> int | None:
    """How many alternatives to each token are wanted. Together's SDK has a number for both.

    Raises:
        Problem: for alternatives without ``logprobs``, and for a wrong number of them.
    """
    if variant == "together":
        counted: int | None = expect(body, "logprobs", int, None)
        return counted
    wanted = expect(body, "logprobs", bool, None)
    top = expect(body, "top_logprobs", int, None)
    if top is not None and not wanted:
        message = (
            "Invalid value for 'top_logprobs': 'top_logprobs' is only allowed when 'logprobs' is "
            "enabled."
        )
        raise Problem("bad_request", message, param="top_logprobs")
    if top is not None and not 0 <= top <= 20:
        message = f"Invalid 'top_logprobs': expected a value between 0 and 20, but got {top}."
        raise Problem("bad_request", message, param="top_logprobs")
    return (top or 0) if wanted else None


def wants_sound(body: dict[str, Any], *, official: bool) -> bool:
    """Whether the answer is to be spoken.

    Raises:
        Problem: where OpenAI's ``audio`` is missing, or a stream asks for another format.
    """
    if "audio" not in (body.get("modalities") or ()):
        return False
    sound = child(body, "audio")
    if official and not (sound.get("voice") and sound.get("format")):
        message = "Missing required parameter: 'audio'."
        raise Problem("bad_request", message, param="audio", code="missing_required_parameter")
    if official and body.get("stream") and sound["format"] != "pcm16":
        message = (
            f"Unsupported value: 'audio.format' does not support '{sound['format']}' when "
            "stream=true. Supported values are: 'pcm16'."
        )
        raise Problem("bad_request", message, param="audio.format", code="unsupported_value")
    return True
