"""The arguments of a call to an upstream that speaks the client's protocol."""

from __future__ import annotations

from typing import Any

from chimeric_gateway.asked import Asked
from chimeric_gateway.reading.responses import read_same

__all__ = ["arguments_of"]

APIS = {"openai": "openai.responses", "grok": "xai.responses"}


def arguments_of(asked: Asked, upstream: str, provider: str) -> dict[str, Any]:
    """Arguments of ``agenerate`` for what a client asks.

    Args:
        asked: what was read of its body.
        upstream: the protocol of the upstream.
        provider: the core's name of the provider.
    """
    if asked.protocol != upstream:
        return asked.arguments
    if upstream == "responses":
        return read_same(asked, APIS.get(provider, f"{provider}.responses"))
    extra = {name: asked.body[name] for name in asked.left_out if name in asked.body}
    if not extra:
        return asked.arguments
    return {**asked.arguments, "extra_body": {**extra, **asked.arguments.get("extra_body", {})}}
