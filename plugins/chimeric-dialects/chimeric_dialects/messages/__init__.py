"""Anthropic Messages."""

from .dialect import Messages

__all__ = ["Messages"]
