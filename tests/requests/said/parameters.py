"""Kinds of parameters."""

from __future__ import annotations

from typing import Any, Final

from .kind import Kind

__all__ = ["PARAMETERS"]


def number(name: str, value: Any, words: str = "", **beside: Any) -> Kind:
    """A parameter whose value must be in the body."""
    shown = f"`{name}={value!r}`" if isinstance(value, (int, float)) else f"`{name}`"
    return Kind(words=words or shown, params={name: value, **beside}, leaves=(value,))


PARAMETERS: Final = {
    "temperature": number("temperature", 0.25),
    "hot": number("temperature", 1.5),
    "top_p": number("top_p", 0.75),
    "both": Kind(
        words="`temperature` beside `top_p`",
        params={"temperature": 0.25, "top_p": 0.75},
        leaves=(0.25, 0.75),
    ),
    "sampling and effort": Kind(
        words="`temperature` beside `reasoning_effort='low'`",
        params={"temperature": 0.25, "reasoning_effort": "low"},
        leaves=(0.25,),
    ),
    "top_k": number("top_k", 41, words="`top_k`"),
    "max_tokens": number("max_tokens", 1234),
    "stop": Kind(words="`stop`", params={"stop": ["END"]}, leaves=("END",)),
    "many stops": Kind(
        words="six `stop` sequences",
        params={"stop": ["s-1", "s-2", "s-3", "s-4", "s-5", "s-6"]},
        leaves=("s-1", "s-6"),
    ),
    "seed": number("seed", 4321),
    "presence_penalty": number("presence_penalty", 0.5),
    "logit_bias": Kind(
        words="`logit_bias`",
        params={"logit_bias": {"1234": 5}},
        sent=lambda sent: "1234" in sent.keys,
    ),
    "metadata": Kind(
        words="`metadata`",
        params={"metadata": {"case": "c-17"}},
        leaves=("c-17",),
    ),
    "logprobs": Kind(
        words="`logprobs=2`",
        params={"logprobs": 2},
        sent=lambda sent: 2 in sent.leaves,
    ),
    "effort": Kind(
        words="`reasoning_effort='low'`",
        params={"reasoning_effort": "low"},
        sent=lambda sent: "low" in sent.leaves,
        meant=lambda sent: bool({"budget_tokens", "thinkingBudget"} & sent.keys),
    ),
    "no effort": Kind(
        words="`reasoning_effort='none'`",
        params={"reasoning_effort": "none"},
        sent=lambda sent: "none" in sent.leaves,
        meant=lambda sent: (
            "thinkingBudget" in sent.keys
            or '"type":"disabled"' in sent.text
            or '"think":false' in sent.text
            or '"enable_thinking":false' in sent.text
            or not sent.keys & {"thinking", "output_config", "additionalModelRequestFields"}
        ),
    ),
    "user": Kind(
        words="`user`",
        params={"user": "u-17"},
        sent=lambda sent: sent.body.get("user") == "u-17",
        meant=lambda sent: "u-17" in sent.leaves,
    ),
}
