"""An answer as xAI's chat completions word it."""

from __future__ import annotations

from chimeric_dialects.answers import Block

from .encoder import ChatEncoder, tool_call

__all__ = ["XaiEncoder"]


class XaiEncoder(ChatEncoder):
    """xAI: a call comes whole, in one chunk (https://docs.x.ai/docs/guides/function-calling)."""

    def open(self, block: Block) -> bytes:
        return self._first("") if block.kind == "call" else super().open(block)

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return b""
        return self._chunk({"tool_calls": [{**tool_call(block), "index": block.order}]})
