"""Vertex AI, server-side: Gemini, Claude and chat completions where they differ there."""

from __future__ import annotations

from .chat import VertexChat
from .claude import VertexClaude
from .gemini import VertexGemini

__all__ = ["VertexChat", "VertexClaude", "VertexGemini"]
