"""The rules of each protocol that clients rely on, as readers that note what breaks them."""

from __future__ import annotations

from .chat import Chat
from .frames import Hearing
from .messages import Messages
from .responses import Responses

__all__ = ["HEARING"]

HEARING: dict[str, Hearing] = {
    "chat_completions": Chat(),
    "responses": Responses(),
    "messages": Messages(),
}
