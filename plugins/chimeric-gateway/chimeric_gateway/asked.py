"""What a client asked for, whichever protocol it speaks."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["Asked", "ProtocolName"]

ProtocolName = Literal["chat_completions", "responses", "messages"]


class Asked(msgspec.Struct, kw_only=True):
    """A request that was read.

    Attributes:
        protocol: what the client speaks.
        model: the client's name of the model.
        stream: whether the answer is to be streamed.
        arguments: keyword arguments of ``agenerate``, besides ``model`` and ``stream``.
        body: the whole decoded body.
        left_out: names of fields that unified form does not know; they are logged.
        usage: whether a stream of chat completions ends with the usage.
    """

    protocol: ProtocolName
    model: str
    stream: bool = False
    arguments: dict[str, Any]
    body: dict[str, Any]
    left_out: tuple[str, ...] = ()
    usage: bool = False
