"""The arguments of a call: what the client says, and the file, as the upstream takes it."""

from __future__ import annotations

from typing import Any

from chimeric_gateway.answering.same_protocol import arguments_of
from chimeric_gateway.asked import Asked
from chimeric_gateway.upstreams import Upstream

__all__ = ["asked_of"]

BETA = "anthropic-beta"

UNIFIED = frozenset(
    (
        *("messages", "tools", "tool_choice", "parallel_tool_calls", "response_format"),
        *("temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort", "logprobs"),
        *("prompt_cache", "extra_headers", "extra_body"),
    )
)
"""Arguments of the core that a client may have a word in."""


def asked_of(
    upstream: Upstream, asked: Asked, beta: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arguments of ``agenerate``, and the names of fields that are left out of them.

    Args:
        upstream: what is asked.
        asked: what the client asks for.
        beta: its header ``anthropic-beta``, which says what fields may stand in its body.

    Raises:
        Refusal: 400 for a body that cannot be read for this upstream.
    """
    same = asked.protocol == upstream.protocol
    own = arguments_of(asked, upstream.protocol, upstream.provider)
    kept, foreign = _sorted(own, upstream.takes)
    if same and foreign:
        kept["extra_body"] = {**foreign, **kept.get("extra_body", {})}
    if beta and same and asked.protocol == "messages":
        kept["extra_headers"] = {BETA: beta, **kept.get("extra_headers", {})}
    left_out = () if same else (*asked.left_out, *foreign)
    return {**upstream.arguments, **kept}, left_out


def _sorted(
    arguments: dict[str, Any], takes: frozenset[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments that the core knows or the provider declares, and others.

    The core would take one of these for a misspelt one, and refuse the call.
    """
    if takes is None:
        return dict(arguments), {}
    known = {n: value for n, value in arguments.items() if n in UNIFIED or n in takes}
    return known, {n: value for n, value in arguments.items() if n not in known}
