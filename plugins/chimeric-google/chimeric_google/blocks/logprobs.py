"""How probable the tokens of an answer were."""

from __future__ import annotations

from typing import Any

from chimeric import TokenLogprob

from .values import obj, objects

__all__ = ["read_logprobs"]


def read_logprobs(result: Any) -> tuple[TokenLogprob, ...]:
    """The ``logprobsResult`` of a candidate."""
    told = obj(result)
    tops = objects(told.get("topCandidates"))
    found: list[TokenLogprob] = []
    for place, chosen in enumerate(objects(told.get("chosenCandidates"))):
        others = objects(tops[place].get("candidates")) if place < len(tops) else []
        found.append(_token(chosen, tuple(map(_token, others))))
    return tuple(found)


def _token(told: dict[str, Any], top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob:
    """One token. A probability of 1 has the logarithm 0, which JSON from proto leaves out."""
    value = told.get("logProbability")
    token = told.get("token")
    return TokenLogprob(
        token if isinstance(token, str) else "",
        float(value) if isinstance(value, (int, float)) else 0.0,
        top,
    )
