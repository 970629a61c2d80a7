"""What many cases expect: errors, the calls that ran, and checks of the response."""

from __future__ import annotations

from typing import Any

from chimeric import CompletionResponse

from .case import Check

__all__ = [
    "BAD",
    "BROKEN",
    "CUT",
    "DONE",
    "LOOK",
    "RATE",
    "SERVER",
    "TWICE",
    "counted",
    "kept",
    "native",
]

RATE, SERVER, BAD = ("RateLimitError",), ("ServerError",), ("BadRequestError",)
CUT, BROKEN = ("StreamInterruptedError",), ("ProtocolError",)
DONE = b"data: [DONE]\n\n"
LOOK = {"calls": (("look", '{"q":1}'),), "runs": ("look",), "finish": ("tool_calls",)}
TWICE = {"calls": (("look", '{"q":1}'),) * 2, "runs": ("look", "look"), "finish": ("tool_calls",)}


def counted(response: CompletionResponse) -> None:
    """Five tokens were read, and three written."""
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (5, 3)


def native(word: str) -> Check:
    """The provider's own word for the end is told."""

    def check(response: CompletionResponse) -> None:
        assert response.metadata["finish_reason_native"] == word

    return check


def kept(name: str, value: Any = None) -> Check:
    """Something is in the metadata, with that value if one is given."""

    def check(response: CompletionResponse) -> None:
        assert response.metadata[name]
        assert value is None or response.metadata[name] == value

    return check
