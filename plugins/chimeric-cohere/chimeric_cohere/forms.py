"""Messages in the form of Cohere's first chat API, read for calls of any provider.

Those of the second are what everybody writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from chimeric import Message

ROLES: Final[dict[object, Literal["user", "assistant", "system"]]] = {
    "USER": "user",
    "CHATBOT": "assistant",
    "SYSTEM": "system",
}


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """A message of ``chat_history``; None for a dict of another form."""
    role, text = ROLES.get(value.get("role")), value.get("message")
    if kind != "message" or role is None or not isinstance(text, str):
        return None
    rest = {name: value[name] for name in value if name not in ("role", "message")}
    return (Message(role, text, extra=rest or None),)
