"""The arguments of a call to an upstream that speaks the client's protocol."""

from __future__ import annotations

from typing import Any, Final

from chimeric_gateway.asked import Asked
from chimeric_gateway.reading.responses import read_same

from .apis import api_of

__all__ = ["arguments_of"]

DERIVED: Final = {
    "thinking": ("reasoning_effort",),
    "output_config": ("reasoning_effort", "response_format"),
    "metadata": ("user",),
}
"""Arguments of other upstreams that are made of fields of Messages."""


def arguments_of(asked: Asked, upstream: str, provider: str) -> dict[str, Any]:
    """Arguments of ``agenerate`` for what a client asks: where the protocols are the same, all.

    Args:
        asked: what was read of its body.
        upstream: the protocol of the upstream, or ``""``.
        provider: the core's name of the provider.

    Raises:
        Refusal: as reading the body.
    """
    if asked.protocol != upstream:
        return asked.arguments
    if asked.protocol == "responses":
        return read_same(asked, api_of(provider))
    body = asked.body
    extra = {name: body[name] for name in asked.left_out if name in body}
    arguments = dict(asked.arguments)
    if any(name.startswith("tools") for name in asked.left_out) and body.get("tools"):
        arguments["tools"] = list(body["tools"])
    if asked.protocol == "messages":
        for name, made in DERIVED.items():
            if name in extra:
                for argument in made:
                    arguments.pop(argument, None)
    if extra:
        arguments["extra_body"] = {**extra, **arguments.get("extra_body", {})}
    return arguments
