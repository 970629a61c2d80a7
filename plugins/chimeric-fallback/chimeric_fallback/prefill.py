"""Which models take the beginning of their answer, and how it is said to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from chimeric import Message, Request

__all__ = ["WAYS", "Way", "WayName", "begun_with", "way_of"]

WayName: TypeAlias = Literal["plain", "prefix", "vllm"]


class Way(msgspec.Struct, frozen=True):
    """How a service is told to go on with an answer.

    Attributes:
        message: more keys of the last message.
        params: more parameters of the request.
        echoes: whether the answer tells the beginning again.
    """

    message: Mapping[str, Any] = {}
    params: Mapping[str, Any] = {}
    echoes: bool = False


WAYS: Mapping[str, Way] = {
    "plain": Way(),
    "prefix": Way(message={"prefix": True}),
    "vllm": Way(params={"continue_final_message": True, "add_generation_prompt": False}),
}
"""``plain``: a message of the assistant at the end is gone on with. ``prefix``: it says so itself
(DeepSeek, Mistral). ``vllm``: the request says so (``ChatCompletionRequest`` of vLLM, SGLang)."""

CLAUDES = ("anthropic", "azure", "bedrock", "openrouter", "vertex")
"""Who serves Claude in a protocol where the beginning of an answer can stand at the end."""


def way_of(
    provider: str, model: str, base_url: str, given: Mapping[str, WayName], endpoint: str = ""
) -> Way | None:
    """How a model is given the beginning of its answer; None for one that is not known to take it.

    Args:
        provider: the provider's name.
        model: the model's name at it.
        base_url: where it is, or "" where that is not known.
        given: what the caller knows of providers and endpoints.
        endpoint: name of the endpoint, or "".
    """
    told = given.get(endpoint) or given.get(provider)
    if told is not None:
        return WAYS[told]
    if provider in CLAUDES and "claude" in model.lower():
        from chimeric_models import Claude  # of use only when something was cut

        claude = Claude.of(model)
        return WAYS["plain"] if claude.known and claude.prefills else None
    if provider == "mistral":
        # Its answers begin with the prefix ("prefix" in Mistral's reference of chat completions).
        return Way(message={"prefix": True}, echoes=True)
    if provider == "deepseek" and base_url.rstrip("/").endswith("/beta"):
        return WAYS["prefix"]
    return None


def begun_with(request: Request, text: str, way: Way) -> Request:
    """A request whose answer is the rest of ``text``, less the white space at its end."""
    message = Message("assistant", text.rstrip(), extra=way.message or None)
    return request.replace(
        messages=(*request.messages, message), extra={**request.extra, **way.params}
    )
