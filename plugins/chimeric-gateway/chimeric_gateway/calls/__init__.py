"""Requests of clients as they come in over ASGI, and the answers to them."""

from __future__ import annotations

from .asking import asked_of
from .body import json_object
from .call import Call
from .closing import Closing
from .connection import ClientLeftError, Connection, Receive, Scope, Send
from .users import User
from .watching import while_there

__all__ = [
    "Call",
    "ClientLeftError",
    "Closing",
    "Connection",
    "Receive",
    "Scope",
    "Send",
    "User",
    "asked_of",
    "json_object",
    "while_there",
]
