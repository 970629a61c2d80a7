"""Names of the Interactions API, as google-genai 3.6.1 has them, and what is asked of agents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["AGENT", "API", "BODY", "CONFIG", "PARAMS", "STATEFUL", "snake", "speaks_interactions"]

API: Final = "google.interactions"

CONFIG: Final = (
    *("image_config", "max_output_tokens", "seed", "speech_config", "stop_sequences"),
    *("temperature", "thinking_level", "thinking_summaries", "tool_choice", "top_k", "top_p"),
    *("transcription_config", "video_config"),
)
"""Members of ``generation_config``. ``top_k`` is not in the SDK's type, and was taken in a recorded
call of 2026-07."""

BODY: Final = (
    *("agent", "agent_config", "background", "cached_content", "continuation_token"),
    *("environment", "generation_config", "input", "labels", "previous_interaction_id"),
    *("response_mime_type", "response_modalities", "safety_settings", "service_tier", "store"),
    *("system_instruction", "webhook_config"),
)
"""Members of the body."""

PARAMS: Final = (*CONFIG, *BODY)

STATEFUL: Final = ("store", "background", "previous_interaction_id")
"""Parameters of callers who keep the conversation at Google: ``store`` is theirs then."""

AGENT: Final = re.compile(r"(deep-research|antigravity|code-?mender)\b")
"""How names of Google's agents begin; they stand in ``agent``, where a model's is in ``model``."""


def speaks_interactions(model: str, options: Mapping[str, Any]) -> bool:
    """Whether a call goes to this API: as ``api`` says, and for agents in any case."""
    api = options.get("api")
    return api == "interactions" if api else AGENT.match(model) is not None


def snake(name: str) -> str:
    """A name as this API writes it, where ``generateContent`` writes it otherwise.

    Example:
        >>> snake("maxOutputTokens")
        'max_output_tokens'
    """
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
