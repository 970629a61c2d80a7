"""Answers of Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import Answer, ChatCompletions, Prompt, Service

from chimeric import CompletionResponse
from chimeric_gateway.asked import Asked
from chimeric_gateway.call_ids import CHAT_IDS
from chimeric_gateway.refusal import Refusal

from .openai_errors import openai_error
from .teller import Teller

__all__ = ["ChatAnswering"]

DIALECT: Final = ChatCompletions("openai")
SERVICE: Final = Service()


class ChatAnswering:
    """Words one answer as ``chat.completion`` or as its chunks.

    Tools that the provider runs are not told: a client would take them for calls of its own.
    """

    def __init__(self, asked: Asked) -> None:
        options = {"variant": "openai", "hidden": False, "padding": False, "usage": asked.usage}
        prompt = Prompt(model=asked.model, turns=[], plain=True, options=options)
        answer = Answer()
        encoder = DIALECT.encoder(prompt, answer, SERVICE)
        stops = asked.arguments.get("stop") or ()
        self._teller = Teller(encoder, answer, call_id=CHAT_IDS.told, stops=stops)
        self.chunk = self._teller.chunk  # nothing stands between: it is called for every chunk

    @property
    def headers(self) -> Mapping[str, str]:
        return DIALECT.id_headers()

    def end(self, response: CompletionResponse[Any]) -> bytes:
        return self._teller.end(response)

    def fail(self, refusal: Refusal) -> bytes:
        return b"data: " + msgspec.json.encode(openai_error(refusal)) + b"\n\n"

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        return msgspec.json.encode(self._teller.whole(response))
