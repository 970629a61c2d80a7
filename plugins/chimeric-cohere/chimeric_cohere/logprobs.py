"""How probable the tokens of an answer were."""

from __future__ import annotations

from typing import Any, cast

from chimeric import TokenLogprob

__all__ = ["read_logprobs"]


def read_logprobs(told: Any, said: str = "") -> tuple[TokenLogprob, ...]:
    """``logprobs`` of an event, or the list of a whole answer.

    Cohere tells the text of several tokens at once: their logarithms are added up then, which is
    how probable that text was.

    Args:
        told: it.
        said: the text of the event, where ``logprobs`` does not repeat it.
    """
    found: list[TokenLogprob] = []
    for item in _items(told) if isinstance(told, list) else [told]:
        fields = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        if values := [value for value in _items(fields.get("logprobs")) if _is_number(value)]:
            text = fields.get("text")
            found.append(TokenLogprob(text if isinstance(text, str) else said, float(sum(values))))
    return tuple(found)


def _items(value: Any) -> list[Any]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
