"""A kind of thing that a caller can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

__all__ = ["Kind", "Sent"]


class Sent(msgspec.Struct):
    """A body as it arrived: itself, its text, and the values and keys in it."""

    body: Any
    text: str
    leaves: frozenset[Any]
    keys: frozenset[str]

    @classmethod
    def of(cls, body: Any) -> Sent:
        """Read a body."""
        leaves: set[Any] = set()
        keys: set[str] = set()
        stack = [body]
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                keys.update(value)
                stack.extend(value.values())
            elif isinstance(value, list):
                stack.extend(value)
            else:
                leaves.add(value)
        text = msgspec.json.encode(body).decode()
        return cls(body, text, frozenset(leaves), frozenset(keys))

    def has(self, leaf: Any) -> bool:
        """Whether a value is in it, texts also as a part of a longer one."""
        if isinstance(leaf, str):
            return leaf in self.leaves or any(
                isinstance(own, str) and leaf in own for own in self.leaves
            )
        return any(own == leaf and type(own) is type(leaf) for own in self.leaves)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table.

    Attributes:
        words: what is said (Markdown).
        messages: the conversation.
        params: the other arguments of the call.
        leaves: values that must be found in the request for it to count as sent.
        sent: whether it is in the request as it was said, where values alone do not tell.
        meant: whether the request says the same in another form; only then is it *changed*. A
            row that is neither sent nor changed nor told is a fault.
    """

    words: str
    messages: Any = "Hi"
    params: Mapping[str, Any] = {}
    leaves: tuple[Any, ...] = ()
    sent: Callable[[Sent], bool] | None = None
    meant: Callable[[Sent], bool] | None = None
