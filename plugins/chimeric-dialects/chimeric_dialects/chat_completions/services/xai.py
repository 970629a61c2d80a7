"""An answer as xAI's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block, Done
from chimeric_dialects.chat_completions.encoder import ChatEncoder, tool_call

__all__ = ["XaiEncoder"]


class XaiEncoder(ChatEncoder):
    """xAI: a call comes whole, in one chunk (https://docs.x.ai/docs/guides/function-calling)."""

    def open(self, block: Block) -> bytes:
        return self._first("") if block.kind == "call" else super().open(block)

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return super().close(block)
        return self._chunk({"tool_calls": [{**tool_call(block), "index": block.order}]})

    def _annotations(self, block: Block) -> list[dict[str, Any]]:
        return []

    def _found(self) -> dict[str, Any]:
        """The addresses of all sources."""
        cited = [c.url for block in self._answer.blocks for c in block.citations if c.url]
        return {"citations": list(dict.fromkeys(cited))} if cited else {}

    def _last(self, finish: str) -> bytes:
        return self._chunk({}, finish, **self._found())

    def whole(self, done: Done) -> dict[str, Any]:
        return {**super().whole(done), **self._found()}
