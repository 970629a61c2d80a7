"""Amazon Bedrock beside Converse: Claude in its own form, and OpenAI's forms."""

from __future__ import annotations

from .claude import BedrockMessages, InvokeClaude
from .openai import BedrockChat, BedrockResponses

__all__ = ["BedrockChat", "BedrockMessages", "BedrockResponses", "InvokeClaude"]
