"""OpenAI Responses."""

from .dialect import Responses

__all__ = ["Responses"]
