"""What a caller says in one call, and each thing of it that must not get lost."""

from __future__ import annotations

import base64
from typing import Any, Literal, get_type_hints

import msgspec

from chimeric_testing.recorded import is_array, is_object

__all__ = ["Kind", "Leaf", "Said", "shown"]

Kind = Literal["text", "argument", "result", "thought", "media", "key", "schema", "parameter"]


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said.

    Attributes:
        kind: what it is.
        mark: what stands in what was said, and nowhere else in it.
        spellings: how it may stand in a request; one of them does.
        told: words one of which a warning has that tells of it, in lower case; none for what has
            to be sent.
        role: who says it, for texts.
        call: number of the call, for its arguments and its result.
    """

    kind: Kind
    mark: str
    spellings: tuple[str, ...]
    told: tuple[str, ...] = ()
    role: str = ""
    call: int = -1


class Said(msgspec.Struct, kw_only=True):
    """The arguments of one call.

    Attributes:
        seed: what it was made from.
        messages: as ``generate`` takes them.
        tools: as ``generate`` takes them.
        params: the other arguments.
        leaves: everything in them that can be looked for, in order.
        open: whether something was said that no service need take (a parameter that nobody
            knows, another service's own tool): it must arrive, and may be refused there.
    """

    seed: int
    messages: Any
    tools: list[Any] = []
    params: dict[str, Any] = {}
    leaves: list[Leaf] = []
    open: bool = False

    def arguments(self) -> dict[str, Any]:
        """All arguments but the model."""
        return {
            "messages": self.messages,
            **({"tools": self.tools} if self.tools else {}),
            **self.params,
        }

    def present(self) -> list[Leaf]:
        """The leaves that still are in what is said, which may have been made smaller."""
        text = shown([self.messages, self.tools, self.params])
        return [
            leaf for leaf in self.leaves if any(s in text for s in (leaf.mark, *leaf.spellings))
        ]


def shown(value: Any) -> str:
    """All of a value as text, whatever it is made of."""
    if is_object(value):
        return " ".join(f"{name!r}: {shown(inner)}" for name, inner in value.items())
    if is_array(value):
        return " ".join(map(shown, value))
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, type):
        return repr(get_type_hints(value, include_extras=True))
    if callable(value):
        return f"{value.__name__} {value.__doc__} {shown(dict(value.__annotations__))}"
    return repr(value)
