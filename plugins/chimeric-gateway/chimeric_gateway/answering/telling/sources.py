"""Sources and probabilities in the form of chimeric-dialects."""

from __future__ import annotations

from chimeric_dialects import Answer, Block, Citation, Token

import chimeric

__all__ = ["citation_of", "token_of"]


def citation_of(citation: chimeric.Citation, block: Block, answer: Answer) -> Citation:
    """A source of a block; one without a place stands for all of its text so far."""
    size = sum(map(len, block.pieces)) if citation.end is None else citation.end
    return Citation(
        url=citation.url or "",
        title=citation.title or "",
        text=citation.text or "",
        start=citation.start or 0,
        end=size,
        source=citation.source or "",
        number=sum(len(other.citations) for other in answer.blocks),
    )


def token_of(told: chimeric.TokenLogprob) -> Token:
    """A token, and those that could have stood in its place."""
    return Token(told.token, told.logprob, tuple(map(token_of, told.top)))
