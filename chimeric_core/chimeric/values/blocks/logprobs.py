"""How probable the tokens of an answer were."""

from __future__ import annotations

import msgspec

__all__ = ["TokenLogprob"]


class TokenLogprob(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One token, how probable it was, and what could have stood in its place.

    Attributes:
        token: the token as text.
        logprob: natural logarithm of its probability.
        top: the most probable tokens at this place, each without a ``top`` of its own.

    Example:
        >>> TokenLogprob("tide", -0.1, (TokenLogprob("wave", -2.4),)).top[0].token
        'wave'
    """

    token: str
    logprob: float
    top: tuple[TokenLogprob, ...] = ()
