"""A service passes the provider contract; all have the same hooks.

What is over the Responses API is that library's own parser, whose contract is tested there, and is
held to recordings here.
"""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract


class TestFireworks(ChatContract):
    provider = "fireworks"
