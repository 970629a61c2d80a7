"""An answer that ends at its prompt's token limit or stop texts, and counts its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimeric_dialects import Answer, Block, Close, Done, Open, Piece, Prompt, Step, Usage

from chimeric_sim.prompts import input_tokens

from .probabilities import probable

__all__ = ["LimitedAnswer"]


class LimitedAnswer(Answer):
    """The answer to a prompt; every piece is a token."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(Usage(input=input_tokens(prompt)))
        self._limit = float("inf") if prompt.max_tokens is None else prompt.max_tokens
        self._stop = prompt.stop
        self._logprobs = prompt.logprobs

    def grow(self, block: Block, pieces: Iterable[str]) -> Iterator[Step]:
        """Open, fill and close a block; ends the answer at its limit or at a stop text."""
        yield Open(block)
        if block.kind in ("text", "plan") and self._stop:
            pieces = self._until_stop(pieces)
        usage, kept = self.usage, block.pieces
        limit, thought = self._limit, block.kind == "thought"
        told = self._logprobs if block.kind == "text" else None
        for text in pieces:
            if usage.output >= limit:
                self.done = Done("length", usage)
                break
            usage.output += 1
            usage.reasoning += thought
            kept.append(text)
            if told is not None:
                block.tokens.append(probable(text, told))
            yield Piece(block, text)
        else:
            block.whole = True
        yield Close(block)

    def _until_stop(self, pieces: Iterable[str]) -> Iterator[str]:
        """Hold back what may be the beginning of a stop text, and end before a whole one."""
        longest = max(map(len, self._stop))
        held = ""
        for piece in pieces:
            held += piece
            found = [(held.find(s), s) for s in self._stop if s in held]
            if found:
                at, text = min(found)
                if at:
                    yield held[:at]
                self.done = Done("stop_sequence", self.usage, text)
                return
            safe = len(held) - longest + 1
            if safe > 0:
                yield held[:safe]
                held = held[safe:]
        if held:
            yield held
