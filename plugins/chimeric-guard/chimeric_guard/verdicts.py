"""What a check is given, and what it may say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from chimeric import Context

__all__ = ["Check", "Kind", "Passage", "Refuse", "Replace", "Verdict"]

Kind: TypeAlias = Literal[
    "text", "reasoning", "refusal", "citation", "tool_call", "server_tool", "prompt", "tool_result"
]


class Refuse(msgspec.Struct, frozen=True):
    """The verdict that nothing more may come.

    Attributes:
        reason: why, for the caller to read: it comes out as it is.

    Example:
        >>> Refuse("medical advice").reason
        'medical advice'
    """

    reason: str = "refused by a guard"


class Replace(msgspec.Struct, frozen=True):
    """The verdict that a passage may come out as another text.

    Attributes:
        text: what stands in its place; "" for nothing. Of a tool call it is the arguments, as JSON.

    Example:
        >>> Replace("***").text
        '***'
    """

    text: str


Verdict: TypeAlias = bool | Refuse | Replace
Check: TypeAlias = Callable[..., Any]
"""``check(text)`` or ``check(text, passage)``: plain, a coroutine function, or a generator."""


class Passage:
    """A piece of text that waits for approval, and where it stands.

    Attributes:
        text: the piece itself, never empty.
        kind: what it is of: ``text``, ``reasoning``, ``refusal``, ``citation``, ``tool_call``,
            ``server_tool`` of an answer; ``prompt`` or ``tool_result`` of a request.
        name: name of the tool, where it is of one.
        final: whether its text ends with it. Else more may come, and its end may be seen again.
        context: the call.

    Example:
        >>> Passage("Hello.", "text").before
        ''
    """

    __slots__ = ("_told", "context", "final", "kind", "name", "text")

    def __init__(
        self,
        text: str,
        kind: Kind,
        *,
        name: str = "",
        final: bool = True,
        context: Context | None = None,
        told: Sequence[str] = (),
    ) -> None:
        self.text = text
        self.kind: Kind = kind
        self.name = name
        self.final = final
        self.context = context
        self._told = told

    @property
    def before(self) -> str:
        """All text of its kind that was given out in this turn before it."""
        return "".join(self._told)

    @property
    def last(self) -> str:
        """The character before it, or ""."""
        return next((text[-1] for text in reversed(self._told) if text), "")
