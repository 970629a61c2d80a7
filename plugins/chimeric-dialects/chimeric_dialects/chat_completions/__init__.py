"""Chat Completions: OpenAI's protocol, and what Groq and Mistral make of it."""

from .dialect import ChatCompletions

__all__ = ["ChatCompletions"]
