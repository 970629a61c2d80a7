"""Log-probabilities of a choice."""

from __future__ import annotations

from typing import Any

from chimeric import TokenLogprob
from chimeric_chat_completions.lenient import items, number, obj

__all__ = ["read_logprobs"]


def read_logprobs(value: Any) -> tuple[TokenLogprob, ...]:
    """The tokens that ``logprobs`` of a choice tells of; those without a number are passed over.

    Beside OpenAI's form there is that of the old completions: lists of the same length.

    Example:
        >>> read_logprobs({"content": [{"token": "Hi", "logprob": -0.5}]})[0].logprob
        -0.5
        >>> read_logprobs({"tokens": ["Hi"], "token_logprobs": [-0.5]})[0].token
        'Hi'
    """
    told = obj(value)
    if "content" in told:
        return _tokens(told["content"])
    return tuple(
        TokenLogprob(token, probability, _beside(place, told))
        for place, (token, said) in enumerate(
            zip(items(told.get("tokens")), items(told.get("token_logprobs")), strict=False)
        )
        if isinstance(token, str) and (probability := number(said)) is not None
    )


def _tokens(value: Any, *, top: bool = True) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(
            str(entry.get("token") or ""),
            probability,
            _tokens(entry.get("top_logprobs"), top=False) if top else (),
        )
        for entry in map(obj, items(value))
        if (probability := number(entry.get("logprob"))) is not None
    )


def _beside(place: int, told: dict[str, Any]) -> tuple[TokenLogprob, ...]:
    listed = items(told.get("top_logprobs"))
    best = obj(listed[place]) if place < len(listed) else {}
    return tuple(
        TokenLogprob(token, probability)
        for token, said in best.items()
        if (probability := number(said)) is not None
    )
