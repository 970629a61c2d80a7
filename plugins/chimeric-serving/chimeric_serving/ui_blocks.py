"""Parts of an AI SDK's message that are being written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from .parts import OpenPart
from .wire import json_bytes

__all__ = ["OpenCall", "OpenText", "event"]

REFUSAL: Final = {"chimeric": {"refusal": True}}
"""Marks the text of a refusal, which is no answer."""


def event(told: Mapping[str, Any]) -> bytes:
    """One event of the stream."""
    return b"data: " + json_bytes(told) + b"\n\n"


class OpenText(OpenPart):
    """A text or a reasoning that is being written."""

    def __init__(self, kind: str, id_: str, turn: int, block: int | None) -> None:
        self._id = id_
        self._name = "reasoning" if kind == "reasoning" else "text"
        head = f'data: {{"type":"{self._name}-delta","id":"{id_}","delta":'
        super().__init__(kind, turn, block, head)

    def begin(self) -> Iterable[bytes]:
        told = {"type": f"{self._name}-start", "id": self._id}
        return (event({**told, "providerMetadata": REFUSAL} if self.kind == "refusal" else told),)

    def end(self) -> Iterable[bytes]:
        told = {"type": f"{self._name}-end", "id": self._id}
        return (event({**told, "citations": self.citations} if self.citations else told),)


class OpenCall:
    """A tool call, as far as the front end knows it."""

    def __init__(
        self,
        id_: str,
        name: str,
        turn: int,
        kind: str = "function",
        *,
        dynamic: bool = False,
        server: bool = False,
    ) -> None:
        self.id = id_
        self.turn = turn
        self.server = server
        self.text = ""
        self.is_available = False
        self.answered = False
        self._told = {"toolCallId": id_, "toolName": name}
        self._flags: dict[str, Any] = {"dynamic": True} if dynamic else {}
        if server:
            self._flags["providerExecuted"] = True
        self.kind = kind

    def begin(self) -> bytes:
        if self.kind == "custom":
            return self.event("tool-input-start", inputEncoding="text")
        return self.event("tool-input-start")

    def available(self, arguments: str) -> bytes:
        """The whole call; arguments that are no JSON are the model's fault, and told as that."""
        self.is_available = True
        if self.kind == "custom":
            return self.event("tool-input-available", input=arguments, **self._meta())
        try:
            value = msgspec.json.decode(arguments or "{}")
        except msgspec.DecodeError:
            text = "the arguments are no JSON"
            return self.event("tool-input-error", input=arguments, errorText=text, **self._meta())
        return self.event("tool-input-available", input=value, **self._meta())

    def _meta(self) -> dict[str, Any]:
        """What makes the call what it was when the front end sends it back."""
        if self.kind == "function":
            return {}
        return {"providerMetadata": {"chimeric": {"kind": self.kind}}}

    def event(self, what: str, **more: Any) -> bytes:
        return event({"type": what, **self._told, **more, **self._flags})
