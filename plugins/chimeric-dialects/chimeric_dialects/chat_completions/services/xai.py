"""An answer as xAI's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block, Done
from chimeric_dialects.chat_completions.encoder import ChatEncoder, tool_call
from chimeric_dialects.chat_completions.media import logprobs

__all__ = ["XaiEncoder"]


class XaiEncoder(ChatEncoder):
    """xAI: a call comes whole, in one chunk (https://docs.x.ai/docs/guides/function-calling).

    Of recordings: the role stands beside the first piece, what is not set is left out, and
    ``completion_tokens`` are without the reasoning.
    """

    def _particulars(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_sim0000001"}

    def _nulls(self) -> bool:
        return False

    def _choice(self, delta: dict[str, Any], finish: str | None, told: Any) -> dict[str, Any]:
        choice = super()._choice(delta, finish, told)
        return {name: value for name, value in choice.items() if value is not None}

    def _first(self, content: str | None, **more: Any) -> bytes:
        return b""

    def _role(self) -> dict[str, Any]:
        if self._role_sent:
            return {}
        self._role_sent = True
        return {"role": "assistant"}

    def open(self, block: Block) -> bytes:
        return b"" if block.kind == "call" else super().open(block)

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "call":
            return b""
        if self._role_sent or block.tool is not None or (self._hidden and block.kind == "thought"):
            return super().piece(block, text)
        delta = self._thought(text) if block.kind == "thought" else {"content": text}
        told = logprobs(block.tokens[-1:]) if block.tokens else None
        return self._chunk({**delta, **self._role()}, logprobs=told)

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return super().close(block)
        call = {**tool_call(block), "index": block.order}
        return self._chunk({"tool_calls": [call], **self._role()})

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

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        counts = {**super()._counts(done), "completion_tokens": usage.output - usage.reasoning}
        return {**counts, "num_sources_used": 0, "cost_in_usd_ticks": 1000 * usage.total}
