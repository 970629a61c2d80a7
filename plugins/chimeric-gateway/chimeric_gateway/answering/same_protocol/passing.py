"""Which answering a call gets."""

from __future__ import annotations

from chimeric_gateway.asked import Asked
from chimeric_gateway.protocol import Answering, ClientProtocol

from .wire import Wire

__all__ = ["answering_of"]


def answering_of(protocol: ClientProtocol, asked: Asked, upstream: str, wire: Wire) -> Answering:
    """What words an answer."""
    return protocol.answering(asked, upstream)
