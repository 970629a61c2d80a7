"""Answers as Azure words them: OpenAI's, with what content filters found."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.chat_completions.encoder import ChatEncoder
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.responses.encoder import ResponsesEncoder
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

from .verdicts import PROMPT, SAFE, STOPPED, blocked, passed

__all__ = ["AzureChatEncoder", "AzureResponsesEncoder"]

WORDS = 6
"""Pieces of an answer before the filter stops it, where it is to."""


class AzureChatEncoder(ChatEncoder):
    """The verdict on the prompt before everything else, and one with each piece of text."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        self._stops = prompt.options.get("filter") == "answer"
        super().__init__(prompt, answer)
        self._prompts = [{"prompt_index": 0, "content_filter_results": PROMPT}]

    def _verdict(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"content_filter_results": SAFE if delta.get("content") else {}}

    def begin(self) -> bytes:
        blank: dict[str, Any] = {"choices": [], "created": 0, "id": "", "model": "", "object": ""}
        return sse(None, {**blank, "prompt_filter_results": self._prompts})

    def piece(self, block: Block, text: str) -> bytes:
        if self._stops and block.kind == "text" and len(block.pieces) > WORDS:
            return b""
        return super().piece(block, text)

    def _text(self, block: Block) -> str:
        return "".join(block.pieces[:WORDS]) if self._stops else block.text

    def _last(self, finish: str) -> bytes:
        if not self._stops:
            return super()._last(finish)
        choice: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "content_filter"}
        told = {**choice, "content_filter_results": STOPPED}
        return sse(None, {**self._head, "choices": [told]})

    def whole(self, done: Done) -> dict[str, Any]:
        whole = super().whole(done)
        (choice,) = whole["choices"]
        choice["content_filter_results"] = STOPPED if self._stops else SAFE
        if self._stops:
            choice["finish_reason"] = "content_filter"
        return {**whole, "prompt_filter_results": self._prompts}


class AzureResponsesEncoder(ResponsesEncoder):
    """The verdicts come with the last event alone."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        super().__init__(prompt, answer, service)
        self._stops = prompt.options.get("filter") == "answer"
        self._base["content_filters"] = None
        self._asked = len(prompt.last_user_text)

    def end(self, done: Done) -> bytes:
        if not self._stops:
            return super().end(done)
        return self._event("response.incomplete", response=self._finished(done))

    def _finished(self, done: Done) -> dict[str, Any]:
        finished = super()._finished(done)
        size = self._asked + sum(len(b.text) for b in self._answer.blocks if b.kind == "text")
        judged = (blocked if self._stops else passed)("completion", size)
        finished["content_filters"] = [passed("prompt", self._asked), judged]
        if self._stops:
            finished["status"] = "incomplete"
            finished["incomplete_details"] = {"reason": "content_filter"}
        return finished
