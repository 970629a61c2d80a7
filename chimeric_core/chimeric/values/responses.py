"""The whole answer, or what has arrived of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

import msgspec

from .chunks import ToolExecutionResult
from .deltas import FinishReason
from .messages import Message, TextPart, ToolCall
from .usage import MISSING, Usage

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from .blocks.files import GeneratedFile
    from .blocks.reasoning import ReasoningPart
    from .blocks.server_tools import ServerToolChunk

    T_co = TypeVar("T_co", default=Any, covariant=True)
else:  # a default is news of Python 3.13
    from typing import TypeVar

    T_co = TypeVar("T_co", covariant=True)

__all__ = ["AnswerPart", "CompletionResponse", "ResponseTiming"]

AnswerPart: TypeAlias = "TextPart | ReasoningPart | ToolCall | ServerToolChunk | GeneratedFile"
"""A block of an answer."""


class ResponseTiming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long an answer took.

    Attributes:
        first_content: seconds from the start of the call to the first content; None without any.
        duration: seconds from the start of the call to its end, or until now.
        tokens_per_second: completion tokens of all turns for each second from the first content
            on (of a call that does not stream: for each second), tools included; None where the
            provider does not count them.
        gaps: seconds between one content and the next, with the middleware ``Timing()``.
    """

    first_content: float | None = None
    duration: float = 0.0
    tokens_per_second: float | None = None
    gaps: tuple[float, ...] = ()


class CompletionResponse(msgspec.Struct, Generic[T_co], kw_only=True, eq=False):
    """An answer, complete or as far as it came.

    Attributes:
        content: all text.
        reasoning: all reasoning text, or None.
        refusal: all refusal text, or None.
        parts: the answer in its order as blocks, of all turns: texts with their citations,
            reasoning, tool calls, provider-run tools in their final state, files. Only a
            ``TextPart`` has ``text``.
        tool_calls: finished tool calls of all turns; half-received ones are not among them.
        tool_results: results of the tool loop, in the order of the calls.
        pending: calls that a plugin paused, for somebody to decide about (see ``resume``).
        usage: token counts of all turns together.
        model: the model that answered.
        finish_reason: None as long as the answer is not complete.
        metadata: provider, model, id, request_id, finish_reason_native, usage_native, citations,
            server_tool_calls, ... as far as the provider sent them.
        messages: the conversation with this answer at its end, for the next call.
        native: the last event or the whole body, in the provider's own form.
        parsed: the answer as the ``response_format`` type, or None.
        headers: of the last HTTP response, by name in any case, keys and cookies masked.
        timing: how long it took.
    """

    content: str = ""
    reasoning: str | None = None
    refusal: str | None = None
    parts: tuple[AnswerPart, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolExecutionResult, ...] = ()
    pending: tuple[ToolCall, ...] = ()
    usage: Usage = MISSING
    model: str | None = None
    finish_reason: FinishReason | None = None
    metadata: dict[str, Any] = {}
    messages: list[Message] = []
    native: Any = None
    parsed: T_co = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    headers: Mapping[str, str] = {}
    timing: ResponseTiming = ResponseTiming()
    _before: int = 0
    """Characters of the turns before the last one."""

    @property
    def text(self) -> str:
        """The text of the last turn; ``content`` is that of all turns."""
        return self.content[self._before :]

    def resume(self, decisions: Mapping[str, bool | str | ToolExecutionResult]) -> list[Message]:
        """The messages to go on with, once every pending call is decided.

        Pass them to the next ``generate``, with the same tools: what is approved runs before the
        first request, and no plugin is asked about it again. They may be stored (``to_json``), and
        read in another process (``from_json``, or ``msgspec.json.decode`` with
        ``type=list[Message]``). Each time that they are passed, the approved calls run.

        Args:
            decisions: for the id of each pending call True (it runs), False (it is denied), a str
                (denied, with this reason for the model) or a ``ToolExecutionResult``.

        Raises:
            ConfigurationError: when a pending call is not decided, a call that is not pending is,
                a decision is anything else, or the messages do not belong to the calls.

        Example:
            .. code-block:: python

                decisions = {call.id: ask_a_human(call) for call in response.pending}
                client.generate(model, response.resume(decisions), tools=tools)
        """
        from .messages.resuming import decided

        return decided(self, decisions)

    def __str__(self) -> str:
        return self.content

    def __repr__(self) -> str:
        from .forms.short import response_line

        return response_line(self)

    def _repr_markdown_(self) -> str:
        from .forms.notebooks import as_markdown

        return as_markdown(self)

    def _repr_html_(self) -> str:
        from .forms.notebooks import as_html

        return as_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        from .forms.pickled import reduced

        return reduced(self, without="native")
