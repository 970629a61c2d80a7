"""The Interactions API of Gemini."""

from .dialect import Interactions

__all__ = ["Interactions"]
