"""Gemini generateContent and streamGenerateContent."""

from .dialect import Gemini

__all__ = ["Gemini"]
