"""A transport that shows a call's bytes to its wire."""

from __future__ import annotations

from chimeric import AsyncTransport, Transport, hookimpl

__all__ = ["Tap"]


class Tap:
    """A plugin for the gateway's client."""

    name = "chimeric-gateway-tap"

    @hookimpl
    def chimeric_wrap_transport(
        self, transport: Transport | AsyncTransport, asynchronous: bool
    ) -> Transport | AsyncTransport | None:
        """The transport with a tap on it."""
        return None
