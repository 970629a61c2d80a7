"""Messages and calls of AG-UI that are being written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .parts import OpenPart
from .wire import json_bytes

__all__ = ["OpenCall", "OpenText", "event"]


def event(kind: str, **fields: Any) -> bytes:
    """One event."""
    return b"data: " + json_bytes({"type": kind, **fields}) + b"\n\n"


class OpenText(OpenPart):
    """A text, a refusal or a reasoning: a message of its own."""

    def __init__(self, kind: str, id_: str, turn: int, block: int | None) -> None:
        self._id = id_
        self._name = "REASONING" if kind == "reasoning" else "TEXT"
        head = f'data: {{"type":"{self._name}_MESSAGE_CONTENT","messageId":"{id_}","delta":'
        super().__init__(kind, turn, block, head)

    def begin(self) -> Iterable[bytes]:
        if self.kind == "reasoning":
            yield event("REASONING_START", messageId=self._id)
            yield event("REASONING_MESSAGE_START", messageId=self._id, role="reasoning")
        else:
            yield event("TEXT_MESSAGE_START", messageId=self._id, role="assistant")

    def end(self) -> Iterable[bytes]:
        metadata: dict[str, Any] = {"citations": self.citations} if self.citations else {}
        if self.kind == "refusal":
            metadata["refusal"] = True
        more = {"metadata": metadata} if metadata else {}
        yield event(f"{self._name}_MESSAGE_END", messageId=self._id, **more)
        if self.kind == "reasoning":
            yield event("REASONING_END", messageId=self._id)


class OpenCall:
    """A tool call."""

    def __init__(self, id_: str, name: str, turn: int) -> None:
        self.id = id_
        self.turn = turn
        self.is_open = True
        self.waits = True
        self._name = name
        self._has_arguments = False

    def begin(self, message: str) -> bytes:
        told = {"toolCallId": self.id, "toolCallName": self._name}
        return event("TOOL_CALL_START", **told, parentMessageId=message)

    def arguments(self, delta: str) -> bytes:
        self._has_arguments = True
        return event("TOOL_CALL_ARGS", toolCallId=self.id, delta=delta)

    def end(self, arguments: str) -> Iterable[bytes]:
        """The end of the call, with its arguments where no piece of them was told."""
        if not self.is_open:
            return
        self.is_open = False
        if arguments and not self._has_arguments:
            yield self.arguments(arguments)
        yield event("TOOL_CALL_END", toolCallId=self.id)
