"""What a service takes and the types of its SDK do not have: few things, each with its source."""

from __future__ import annotations

from typing import Any

import msgspec

from .strict import Oracle

__all__ = ["LAGS", "Lag", "beside"]


class Lag(msgspec.Struct, frozen=True):
    """A key of a body that an SDK has no place for.

    Attributes:
        path: where it stands; ``*`` is each item of a list.
        source: who says that the service takes it.
        example: a body that has it, and is nothing but right.
    """

    path: tuple[str, ...]
    source: str
    example: dict[str, Any]


ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}

LAGS: dict[str, tuple[Lag, ...]] = {
    "interactions": (
        Lag(
            ("generation_config", "top_k"),
            'a call of 2026-07 that vercel-ai recorded: "top-k accepted"',
            {"model": "m", "input": "Hi", "generation_config": {"top_k": 3}},
        ),
    ),
    "groq": (
        Lag(
            ("stream_options",),
            "the reference of its chunks: usage comes where stream_options.include_usage is set",
            {**ASKED, "stream": True, "stream_options": {"include_usage": True}},
        ),
    ),
}


def beside(oracle: Oracle, lags: tuple[Lag, ...]) -> Oracle:
    """The oracle, asked about what is left of a body without the keys of these."""
    if not lags:
        return oracle

    def asked(body: Any) -> list[str]:
        for lag in lags:
            body = without(body, lag.path)
        return oracle(body)

    return asked


def without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without the key at the end of a path; the given one is kept."""
    step, rest = path[0], path[1:]
    if step == "*":
        return [without(item, rest) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or step not in value:
        return value
    left = {key: inner for key, inner in value.items() if key != step or rest}
    return {**left, step: without(value[step], rest)} if rest else left
