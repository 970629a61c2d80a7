"""An answer as Perplexity's chat completions word it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block, Done, Usage
from chimeric_dialects.chat_completions.encoder import FINISH, ChatEncoder
from chimeric_dialects.parts import Citation, File

__all__ = ["PerplexityEncoder"]


_KINDS = ("web_search", "web_fetch")


class PerplexityEncoder(ChatEncoder):
    """Perplexity: what was found stands in every chunk, and the text has marks such as ``[1]``.

    Every chunk tells the usage so far, unasked, and the last one is a ``chat.completion.done``
    (recordings); what it cost is of the SDK's ``UsageInfo``.
    """

    def _particulars(self) -> dict[str, Any]:
        return {}

    def _found(self) -> dict[str, Any]:
        searches = [b.tool for b in self._answer.blocks if b.tool and b.tool.kind in _KINDS]
        found = [result for tool in searches if not tool.error for result in tool.results]
        if not found:
            return {}
        results = [
            {
                "title": result["title"],
                "url": result["url"],
                "date": result.get("date"),
                "snippet": result["text"],
                "source": "web",
            }
            for result in found
        ]
        return {"citations": [result["url"] for result in found], "search_results": results}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        usage = self._told(self._answer.usage)
        return super()._chunk(delta, finish, **{"usage": usage, **self._found(), **more})

    def _told(self, usage: Usage) -> dict[str, Any]:
        cost = {"input_tokens_cost": usage.input / 1e6, "output_tokens_cost": usage.output / 1e6}
        counts = {"prompt_tokens": usage.input, "completion_tokens": usage.output}
        return {
            **counts,
            "total_tokens": usage.total,
            "cost": {**cost, "request_cost": 0.005, "total_cost": 0.005 + usage.total / 1e6},
        }

    def _counts(self, done: Done) -> dict[str, Any]:
        return self._told(done.usage)

    def _first(self, content: str | None, **more: Any) -> bytes:
        return super()._first(content, **more) if more else b""

    def end(self, done: Done) -> bytes:
        delta = {"role": "assistant", "content": ""}
        ended = {"object": "chat.completion.done", "usage": self._counts(done)}
        return self._chunk(delta, FINISH[done.reason], **ended) + b"data: [DONE]\n\n"

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "text":
            return self._chunk({"role": "assistant", "content": text})
        return super().piece(block, text)

    def cite(self, block: Block, citation: Citation) -> bytes:
        return self._chunk({"content": _mark(citation)})

    def phase(self, block: Block, preview: File | None) -> bytes:
        return b""

    def close(self, block: Block) -> bytes:
        return b""

    def _text(self, block: Block) -> str:
        text, shift = block.text, 0
        for citation in block.citations:
            at = citation.end + shift
            text = text[:at] + _mark(citation) + text[at:]
            shift += len(_mark(citation))
        return text

    def _message(self, blocks: list[Block]) -> dict[str, Any]:
        return super()._message([b for b in blocks if b.tool is None])

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def whole(self, done: Done) -> dict[str, Any]:
        return {**super().whole(done), **self._found()}


def _mark(citation: Citation) -> str:
    return f"[{citation.number + 1}]" if citation.url else ""
