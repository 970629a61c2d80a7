"""The story: an endless supply of different English prose."""

from .storyteller import Storyteller, topic_of, wanted_tokens

__all__ = ["Storyteller", "topic_of", "wanted_tokens"]
