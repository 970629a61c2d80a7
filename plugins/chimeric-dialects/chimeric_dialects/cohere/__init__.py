"""Cohere v2 chat."""

from .dialect import Cohere

__all__ = ["Cohere"]
