"""A plugin of the gateway's client that shows a call's bytes and chunks to its wire."""

from __future__ import annotations

from collections.abc import Mapping

from chimeric import (
    AsyncTransport,
    AsyncWireResponse,
    Context,
    Started,
    StreamChunk,
    StreamProcessor,
    Transport,
    WireRequest,
    hookimpl,
)

from .wire import Wire

__all__ = ["Tap"]


class Tap:
    """For ``Chimeric(plugins=[Tap()])``; a call's ``user_context`` has its ``wire``."""

    name = "chimeric-gateway-tap"
    chimeric_phase = "record"

    @hookimpl(trylast=True)
    def chimeric_wrap_transport(
        self, transport: Transport | AsyncTransport, asynchronous: bool
    ) -> AsyncTransport | None:
        """The transport with a tap on it; the gateway has none that block."""
        return TappedTransport(transport) if asynchronous else None  # type: ignore[arg-type]

    @hookimpl(tryfirst=True)
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor | None:
        """What sees the chunks of a call as they are made, where its wire wants to know."""
        wire = wire_of(context)
        return None if wire is None else Ear(wire)


class Ear:
    """Passes chunks on, and tells the wire which there were."""

    def __init__(self, wire: Wire) -> None:
        self.process = wire.made

    def flush(self) -> StreamChunk | None:
        """It holds nothing back."""
        return None


class TappedTransport:
    """Carries requests, and shows their answers."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def open(self, request: WireRequest, started: Started) -> AsyncWireResponse:
        """Send the request and return when status and headers are there."""
        wire = wire_of(request.context)
        response = await self._transport.open(request, started)
        if wire is None:
            return response
        wire.begin(request, response.status, response.headers)
        return TappedResponse(response, wire)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


class TappedResponse:
    """An answer whose bytes are shown as they are read."""

    def __init__(self, response: AsyncWireResponse, wire: Wire) -> None:
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers
        self.aclose = response.aclose
        self.abort = response.abort
        self._read = response.read
        self._feed = wire.feed

    async def read(self) -> bytes:
        """The next bytes."""
        data = await self._read()
        self._feed(data)
        return data


def wire_of(context: Context | None) -> Wire | None:
    """The wire of a call that wants to know of its bytes."""
    wire = getattr(context.user, "wire", None) if context is not None else None
    return wire if isinstance(wire, Wire) and wire.wanted else None
