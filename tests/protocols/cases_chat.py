"""Cases in the protocol of chat completions: each module named here adds some."""

from __future__ import annotations

from . import chat_choices, chat_content, chat_ends, chat_errors
from .chat_forms import CASES

__all__ = ["CASES", "chat_choices", "chat_content", "chat_ends", "chat_errors"]
