"""The opaque memory of an upstream, carried to the client and back as ``encrypted_content``.

A conversation over Responses is stateless here, so whatever a provider wants back in the next turn
travels with the client. What OpenAI itself encrypts goes as it came. What another provider does is
told apart by a label, so that it never goes to any other one.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from chimeric import ProviderState
from chimeric_gateway.shapes import is_array, is_object

__all__ = ["OPENAI", "label", "labelled", "packed", "unpacked"]

OPENAI: Final = "openai.responses"
"""Whose reasoning has no label."""

OPAQUE: Final = ("signature", "encrypted", "redacted", "reasoning")
"""What stands in the names of fields that hold a provider's memory."""

TURN: Final = "chimeric-turn:"
"""What all items of a turn begin with, as some provider wants them back."""

ITEM: Final = "chimeric-item:"
"""What one reasoning item of a provider that speaks Responses begins with."""


def packed(state: ProviderState) -> str | None:
    """A turn's state as text; None where it says no more than the turn itself, or has no JSON form.

    Example:
        >>> unpacked(packed(ProviderState("acme", [{"signature": "s"}])))
        ProviderState(api='acme', items=[{'signature': 's'}])
    """
    if not all(is_object(item) for item in state.items) or not _is_opaque(state.items):
        return None
    try:
        data = msgspec.json.encode([state.api, state.items])
    except (TypeError, ValueError, RecursionError):
        return None
    return TURN + base64.urlsafe_b64encode(data).decode()


def _is_opaque(value: object) -> bool:
    """Whether something in a state is for its own provider alone."""
    if is_array(value):
        return any(map(_is_opaque, value))
    if not is_object(value):
        return False
    return any(
        (inner and any(word in name.lower() for word in OPAQUE)) or _is_opaque(inner)
        for name, inner in value.items()
    )


def unpacked(text: object) -> ProviderState | None:
    """The state that a text holds; None where it is no such text."""
    if not isinstance(text, str) or not text.startswith(TURN):
        return None
    try:
        data = base64.urlsafe_b64decode(text[len(TURN) :])
        api, items = msgspec.json.decode(data, type=tuple[str, list[dict[str, Any]]])
    except (binascii.Error, ValueError, RecursionError):
        return None
    return ProviderState(api, list(items))


def labelled(api: str, content: str) -> str:
    """What a provider of Responses encrypted, with its name where it is not OpenAI."""
    own = api == OPENAI or content.startswith(ITEM)
    return content if own else f"{ITEM}{api}:{content}"


def label(content: object) -> tuple[str, Any]:
    """Who encrypted a text, and the text as it was.

    Example:
        >>> label("gAAAA"), label(labelled("xai.responses", "c2Vj"))
        (('openai.responses', 'gAAAA'), ('xai.responses', 'c2Vj'))
    """
    if not isinstance(content, str) or not content.startswith(ITEM):
        return OPENAI, content
    api, _, rest = content[len(ITEM) :].partition(":")
    return api, rest
