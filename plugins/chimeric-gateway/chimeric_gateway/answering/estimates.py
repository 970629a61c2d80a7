"""How many tokens a request has, where nobody has counted yet."""

from __future__ import annotations

from typing import Any, Final

from chimeric_gateway.shapes import is_array, is_object

__all__ = ["tokens_of"]

SAYING: Final = ("system", "messages", "tools")
PICTURE: Final = 1500
"""Tokens of a picture or a document, about."""


def tokens_of(body: dict[str, Any]) -> int:
    """An estimate: four characters are a token.

    Example:
        >>> tokens_of({"messages": [{"role": "user", "content": "What is the tide?"}]})
        8
    """
    characters, pictures = 0, 0
    stack: list[Any] = [body.get(name) for name in SAYING]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            characters += len(value)
        elif is_object(value):
            said = value
            if said.get("type") in ("image", "document"):
                pictures += 1
                continue
            characters += sum(map(len, said))
            stack += said.values()
        elif is_array(value):
            stack += value
    return max(characters // 4, 1) + pictures * PICTURE
