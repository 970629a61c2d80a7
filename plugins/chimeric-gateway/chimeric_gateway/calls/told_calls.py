"""The tool calls that a stream has told its client of, and whether they may be run."""

from __future__ import annotations

from typing import Any

from chimeric import CompletionResponse, StreamChunk, ToolCallChunk
from chimeric_gateway.refusal import Refusal

__all__ = ["ToldCalls"]

CUT = frozenset(("length", "content_filter", "refusal", "pause"))
"""Ends after which no client runs a call that is not whole."""


class ToldCalls:
    """A client runs what it was told of, unless the end of the stream forbids it."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], list[str]] = {}
        self._last: dict[tuple[int, int], ToolCallChunk] = {}

    def see(self, chunk: StreamChunk) -> None:
        """Note what a chunk says of calls."""
        for call in chunk.tool_calls:
            key = chunk.turn, call.index
            self._pieces.setdefault(key, []).append(call.arguments_delta)
            self._last[key] = call

    def check(self, response: CompletionResponse[Any], *, other_is_cut: bool) -> None:
        """See that each call is whole, and as it was told piece by piece.

        Args:
            response: the answer as it ended.
            other_is_cut: whether an end of an unknown kind is told to the client as a cut.

        Raises:
            Refusal: 502 for a call that must not be run though the answer ended well.
        """
        reason = response.finish_reason
        if reason in CUT or (other_is_cut and reason == "other"):
            return
        for key, call in self._last.items():
            told = "".join(self._pieces[key])
            if call.status != "completed":
                raise Refusal(502, f"the call of {call.name!r} broke off", code="upstream_error")
            if told and told != call.arguments:
                words = f"the arguments of {call.name!r} were told again, and otherwise"
                raise Refusal(502, words, code="upstream_error")
