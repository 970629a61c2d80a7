"""The whole answer, or what has arrived of it so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from .chunks import ToolExecutionResult
from .deltas import FinishReason
from .messages import Message, TextPart, ToolCall
from .usage import MISSING, Usage

if TYPE_CHECKING:
    from .blocks.files import GeneratedFile
    from .blocks.reasoning import ReasoningPart
    from .blocks.server_tools import ServerToolChunk

__all__ = ["AnswerPart", "CompletionResponse"]

AnswerPart: TypeAlias = "TextPart | ReasoningPart | ToolCall | ServerToolChunk | GeneratedFile"
"""A block of an answer."""


class CompletionResponse(msgspec.Struct, kw_only=True, eq=False):
    """An answer, complete or as far as it came.

    Attributes:
        content: all text.
        reasoning: all reasoning text, or None.
        refusal: all refusal text, or None.
        parts: the answer in its order as blocks, of all turns: texts with their citations,
            reasoning, tool calls, provider-run tools in their final state, files. Only a
            ``TextPart`` has ``text``.
        tool_calls: finished tool calls of all turns; half-received ones are not among them.
        tool_results: results of the tool loop.
        usage: token counts of all turns together.
        model: the model that answered.
        finish_reason: None as long as the answer is not complete.
        metadata: provider, model, id, request_id, finish_reason_native, usage_native, citations,
            server_tool_calls, ... as far as the provider sent them.
        messages: the conversation with this answer at its end, for the next call.
        native: the last event or the whole body, in the provider's own form.
        parsed: the answer as the ``response_format`` type, or None.
    """

    content: str = ""
    reasoning: str | None = None
    refusal: str | None = None
    parts: tuple[AnswerPart, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolExecutionResult, ...] = ()
    usage: Usage = MISSING
    model: str | None = None
    finish_reason: FinishReason | None = None
    metadata: dict[str, Any] = {}
    messages: list[Message] = []
    native: Any = None
    parsed: Any = None

    def __str__(self) -> str:
        return self.content
