"""Ollama's native chat."""

from .dialect import Ollama

__all__ = ["Ollama"]
