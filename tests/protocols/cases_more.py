"""Cases in the protocol of Gemini, Cohere and Ollama."""

from __future__ import annotations

from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = []
