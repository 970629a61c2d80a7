"""The forms in which people write a conversation, one for each protocol."""

from __future__ import annotations

from .blocks import Blocks
from .chat import Chat, MistralChat, OllamaChat
from .contents import Contents
from .converse import ConverseContent
from .form import Form
from .items import Items
from .objects import Objects

__all__ = ["FORMS", "Form"]

FORMS: dict[str, type[Form]] = {
    "objects": Objects,
    "chat": Chat,
    "blocks": Blocks,
    "contents": Contents,
    "converse": ConverseContent,
    "items": Items,
    "mistral": MistralChat,
    "ollama": OllamaChat,
}
"""By a name of their own."""
