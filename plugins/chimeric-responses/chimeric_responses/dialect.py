"""What one provider's Responses API does differently from OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import msgspec

from chimeric import Request

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["PARAMS", "PICTURES", "Dialect"]

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""What OpenAI's models take ("Images and vision" of its guide; 400 "unsupported image")."""

PARAMS = (
    *("access_programs", "background", "background_options", "context_management", "conversation"),
    *("include", "input", "instructions", "max_output_tokens", "max_tool_calls", "metadata"),
    *("moderation", "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options"),
    *("prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store"),
    *("stream_options", "text", "top_logprobs", "truncation", "user"),
)
"""What the Responses API takes beside the unified parameters."""


def _unknown(model: str) -> bool | None:
    return None


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """The knobs of the request builder.

    Attributes:
        api: names the protocol of echoed items, the same as the parser state's ``api``. A
            provider of its own needs a name of its own, since no other can read its encrypted
            reasoning.
        instructions: whether leading system text goes into ``instructions``; else it becomes an
            input item, which every server takes.
        store: what ``store`` is sent as, or None to send nothing. False keeps conversations out
            of the provider's storage, which is on by default at OpenAI and xAI; Chimeric echoes
            the output items itself, so nothing needs them there.
        reasons: whether a model reasons: True, False, or None when its name does not tell. For
            True the encrypted reasoning is asked for, without which a stateless conversation
            loses its reasoning; other models refuse to be asked (400), and refuse reasoning items
            in their input too.
        json_word: whether ``json_object`` needs the word JSON in a message; where none says it,
            one is put before the conversation, and that is reported.
        allowed_tools: whether a tool choice may allow some of the tools alone; else only those
            are offered, which is reported.
        strict: whether tools carry the ``strict`` key.
        unsupported: names of the unified parameters that this request's model refuses; they are
            left out and reported.
        rules: gives the table of what is refused besides, by fields of the body with ``extra``
            laid over it (``chimeric-models``); a function, so that declaring a provider loads no
            table. ``logprobs`` stands there under its unified name. None: ``rules.RULES``, with
            which a table of one's own should begin.
    """

    api: str = "openai.responses"
    instructions: bool = True
    store: bool | None = False
    reasons: Callable[[str], bool | None] = _unknown
    json_word: bool = True
    allowed_tools: bool = False
    strict: bool = True
    unsupported: Callable[[Request], Collection[str]] | None = None
    rules: Callable[[], Rules] | None = None
