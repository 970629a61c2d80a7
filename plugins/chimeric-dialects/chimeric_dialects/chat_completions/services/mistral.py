"""An answer as Mistral's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.chat_completions.encoder import FINISH, ChatEncoder, tool_call
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.prompts import Prompt

__all__ = ["MistralEncoder"]


class MistralEncoder(ChatEncoder):
    """Mistral: thoughts as parts of the content; calls, finish and usage in the last chunk."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        super().__init__(prompt, answer)
        self._calls: list[dict[str, Any]] = []

    def _particulars(self) -> dict[str, Any]:
        return {}

    def _first(self, content: str | None, **more: Any) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        return self._chunk({"role": "assistant", "content": ""})

    def _thought(self, text: str) -> dict[str, Any]:
        return {"content": [_thinking(text)]}

    def open(self, block: Block) -> bytes:
        return self._first("") if block.kind in ("text", "thought") else b""

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def close(self, block: Block) -> bytes:
        if block.kind == "call":
            self._calls.append({**tool_call(block), "index": block.order})

        return b""

    def phase(self, block: Block, preview: File | None) -> bytes:
        return b""

    def cite(self, block: Block, citation: Citation) -> bytes:
        return self._chunk({"content": [_reference(citation)]})

    def end(self, done: Done) -> bytes:
        delta: dict[str, Any] = {"content": ""}
        if self._calls:
            delta = {"content": None, "tool_calls": self._calls}
        last = self._chunk(delta, FINISH[done.reason], usage=self._counts(done))
        return self._first("") + last + b"data: [DONE]\n\n"

    def _message(self, blocks: list[Block]) -> dict[str, Any]:
        message = super()._message([b for b in blocks if b.kind in ("text", "call")])
        thought = "".join(b.text for b in blocks if b.kind == "thought")
        references = [_reference(c) for b in blocks for c in b.citations]
        if thought or references:
            text = {"type": "text", "text": message["content"] or ""}
            parts = [_thinking(thought)] if thought else []
            message["content"] = [*parts, *([text] if text["text"] else []), *references]
        return message

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        counts = {"prompt_tokens": usage.input, "completion_tokens": usage.output}
        return {**counts, "total_tokens": usage.total}


def _reference(citation: Citation) -> dict[str, Any]:
    return {"type": "reference", "reference_ids": [citation.number]}


def _thinking(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
