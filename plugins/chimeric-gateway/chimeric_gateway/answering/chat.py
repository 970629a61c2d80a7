"""Answers of Chat Completions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

import msgspec
from chimeric_dialects import Answer, Block, ChatCompletions, Prompt, Service

from chimeric import CompletionResponse
from chimeric_gateway.asked import Asked
from chimeric_gateway.call_ids import CHAT_IDS
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_object

from .carrying import is_opaque, pack
from .openai_errors import openai_error
from .telling.teller import Teller

__all__ = ["ChatAnswering", "customs"]

DIALECT: Final = ChatCompletions("openai")
SERVICE: Final = Service()


class ChatAnswering:
    """Words one answer as ``chat.completion`` or as its chunks.

    Tools that the provider runs are not told: a client would take them for calls of its own.
    """

    def __init__(self, asked: Asked) -> None:
        options = {
            "variant": "openai",
            "hidden": False,
            "padding": False,
            "usage": asked.usage,
            "functions": bool(asked.body.get("functions") and not asked.body.get("tools")),
            "customs": customs(asked.arguments.get("tools") or ()),
        }
        prompt = Prompt(model=asked.model, turns=[], plain=True, options=options)
        self._answer = Answer()
        self._encoder = DIALECT.encoder(prompt, self._answer, SERVICE)
        stops = asked.arguments.get("stop") or ()
        self._teller = Teller(self._encoder, self._answer, call_id=CHAT_IDS.told, stops=stops)
        self.chunk = self._teller.chunk  # nothing stands between: it is called for every chunk

    @property
    def headers(self) -> Mapping[str, str]:
        return DIALECT.id_headers()

    def end(self, response: CompletionResponse[Any]) -> bytes:
        signed = self._sign(response)
        signature = b"" if signed is None else self._encoder.close(signed)
        return signature + self._teller.end(response)

    def _sign(self, response: CompletionResponse[Any]) -> Block | None:
        """The call that was given the state which the upstream wants back, where there is one."""
        state = response.messages[-1].state if response.messages else None
        if state is None or not is_opaque(state):
            return None
        call = next((b for b in self._answer.blocks if b.kind == "call" and b.whole), None)
        if call is not None:
            call.signature = pack(state)
        return call

    def fail(self, refusal: Refusal) -> bytes:
        return b"data: " + msgspec.json.encode(openai_error(refusal)) + b"\n\n"

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        self._teller.take(response)
        self._sign(response)
        return msgspec.json.encode(self._teller.whole(response))


def customs(tools: Iterable[Any]) -> list[str]:
    """Names of the tools that take free text."""
    found = [tool.get("custom") or tool for tool in tools if _is_custom(tool)]
    return [str(inner.get("name")) for inner in found if is_object(inner)]


def _is_custom(tool: Any) -> TypeGuard[dict[str, Any]]:
    return is_object(tool) and tool.get("type") == "custom"
