"""The number of tokens, as Gemini and as Claude tell it."""

from __future__ import annotations

import msgspec

from chimeric import HTTPResponse


class Count(msgspec.Struct):
    """The reply of either; Gemini tells no number of nothing at all."""

    total_tokens: int = msgspec.field(default=0, name="totalTokens")
    input_tokens: int = 0


def read_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    count = msgspec.json.decode(response.body, type=Count)
    return count.total_tokens or count.input_tokens
