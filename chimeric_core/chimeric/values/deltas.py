"""What a provider's parser returns: what one wire event adds to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from .blocks.citations import Citation
from .blocks.files import GeneratedFile
from .blocks.logprobs import TokenLogprob
from .blocks.server_tools import ServerToolChunk
from .messages import ProviderState, ToolCallKind
from .usage import Usage

__all__ = ["Delta", "ErrorInfo", "ErrorKind", "Event", "FinishReason", "Parsed", "ToolCallDelta"]

FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "refusal", "pause", "other"
]

ErrorKind = Literal["auth", "permission", "not_found", "bad_request", "rate_limit", "server"]


class Event(msgspec.Struct, frozen=True, gc=False):
    """One framed wire event: its payload bytes, and its name where the framing has names."""

    data: bytes
    name: str | None = None


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False):
    """What an event adds to one tool call.

    The core keeps the calls apart: by ``index``; where that is None, a new non-empty ``id`` (or,
    with no id at all, a ``name``) begins a new call and anything else goes to the latest one. A
    new id at an index that is taken begins a new call too, since some servers send index 0 for
    every call.

    Attributes:
        index: the provider's own index of the call, or None.
        id: the call's id; empty or None when this event does not tell it.
        name: the tool's name; empty or None when this event does not tell it.
        arguments: JSON text to append.
        complete: whether the provider says here that all of the call has come. It is told to the
            caller as completed at the end of the turn, if that is a good one.
        cut: whether the provider says here that the call was cut off or is not to be made. It
            never becomes completed.
        replace: whether ``arguments`` is the whole text rather than a fragment.
        kind: ``custom`` for a tool whose input is free text; ``computer``, ``mcp_approval``,
            ``shell``, ``apply_patch`` or ``tool_search`` for what is no function. Its name is its
            kind then, its arguments what the provider asks for.
    """

    index: int | None = None
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    complete: bool = False
    cut: bool = False
    replace: bool = False
    kind: ToolCallKind = "function"


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the provider told it.

    ``kind`` picks the exception class; without it ``status`` does, without that the HTTP status,
    and inside an answer of status 200 what ``code``, ``type`` and ``message`` say.

    Attributes:
        message: the provider's own message.
        type: the provider's error type.
        code: the provider's error code.
        status: the HTTP status that this error means, for an error inside a 200 stream.
        kind: the class, where the status does not tell it.
        request_id: id of the request, where the body tells it.
        retry_after: seconds to wait, where the body tells them.
        retryable: False when a retry is of no use (a used-up quota), None to go by the class.
        untold: whether the provider did not say what is wrong. The next event may: Azure sends a
            failure without a reason, and then the reason. It is waited for, for a second.
    """

    message: str
    type: str | None = None
    code: str | int | None = None
    status: int | None = None
    kind: ErrorKind | None = None
    request_id: str | None = None
    retry_after: float | None = None
    retryable: bool | None = None
    untold: bool = False


class Delta(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one wire event adds. Everything is optional; an event may add several things.

    A parser may return a plain ``str`` for ``Delta(text=...)``, a plain ``ToolCallDelta`` for what
    adds to one call and says nothing else, and None for nothing.

    Attributes:
        text: text to append to the answer.
        reasoning: reasoning, thinking, summary or plan text to append.
        refusal: refusal text to append.
        tool_calls: what is added to tool calls.
        id: the response's id.
        model: the model that answered.
        usage: the latest token counts; a later one replaces this one.
        usage_native: the same, as the provider sent it.
        finish_reason: the unified reason; a later one replaces this one.
        finish_reason_native: the provider's own word for it.
        finish_detail: detail of the reason (a stop sequence, a refusal category).
        block: which content block of the answer the text, reasoning, refusal, citations or
            log-probabilities belong to: the provider's own address of it, anything that can be a
            key. Without it they belong to the last block of their kind; citations and
            log-probabilities to the last one of text. Text without a block, later on, belongs to
            the block that was named last, also where nothing but its name was told. Tool calls,
            server tools and files are blocks of their own, told apart by what they are.
        citations: citations to append.
        server_tools: what is said of tools that the provider runs. One that is ``completed`` or
            ``failed`` is so once; what is open when the turn ends well is completed, with no
            output.
        files: files that the model made, and previews of them.
        logprobs: log-probabilities of the tokens of the text.
        metadata: more to merge into the last chunk's metadata.
        state: opaque items to echo back in a later turn; a later value replaces this one. A plugin
            that answers in the place of a provider names the protocol: ``ProviderState``.
        error: the provider's error; the stream fails with it.
        done: the provider's terminal signal. A stream that ends with neither this nor a
            ``finish_reason`` was cut off.
    """

    text: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCallDelta, ...] = ()
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    usage_native: Mapping[str, Any] | None = None
    finish_reason: FinishReason | None = None
    finish_reason_native: str | None = None
    finish_detail: Any = None
    citations: tuple[Citation, ...] = ()
    server_tools: tuple[ServerToolChunk, ...] = ()
    metadata: Mapping[str, Any] | None = None
    state: list[Any] | ProviderState | None = None
    error: ErrorInfo | None = None
    done: bool = False
    block: Any = None
    files: tuple[GeneratedFile, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


Parsed: TypeAlias = Delta | ToolCallDelta | str | Sequence[Delta] | None
"""What a parser may return of one event."""
