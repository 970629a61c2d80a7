"""The recorder as a transport around another one, blocking and asynchronous."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import anyio
import msgspec

from chimeric import (
    AsyncTransport,
    AsyncWireResponse,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    Started,
    Transport,
    WireRequest,
    WireResponse,
)

from .exchange import Exchange, Failure
from .library import Library, Take

__all__ = ["AsyncRecorder", "Recorder"]

SLICE = 0.05
"""Seconds between two looks whether a replayed pause was cut off."""


def readable(request: WireRequest) -> WireRequest:
    """The request without compression: a compressed answer can be neither read nor masked."""
    headers = {**request.headers, "accept-encoding": "identity"}
    return msgspec.structs.replace(request, headers=headers)


class Taking:
    """What is written down of an answer while it is read."""

    def __init__(
        self, take: Take, library: Library, response: WireResponse | AsyncWireResponse, began: float
    ) -> None:
        self._take = take
        self._began = began
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        exchange = take.exchange
        exchange.at = round(time.monotonic() - began, 6)
        take.answered(response.status, response.headers)
        exchange.complete = False

    def took(self, data: bytes) -> bytes:
        """Keep what a read gave."""
        if data:
            self._take.data.append((time.monotonic() - self._began, data))
        else:
            self._take.exchange.complete = True
            self._take.save()
        return data

    def failed(self, error: ChimericError) -> None:
        """Keep what a read failed with."""
        self._take.exchange.failure = Failure.of(time.monotonic() - self._began, error)
        self._take.save()


class Replay:
    """A recorded answer, read anew."""

    def __init__(self, exchange: Exchange, speed: float) -> None:
        self._exchange = exchange
        self._speed = speed
        self._at = exchange.at
        self._pieces = iter(exchange.pieces)
        self._aborted = False
        self.status = exchange.status
        self.headers: Mapping[str, str] = exchange.headers

    def step(self) -> tuple[list[float], bytes]:
        """The pauses before the next read, in slices, and what it gives.

        Raises:
            ChimericError: what the recorded read failed with, or that there is no more.
        """
        if self._aborted:
            raise ConnectionFailedError("the connection was cut off")
        piece = next(self._pieces, None)
        failure = self._exchange.failure
        at = piece.at if piece else failure.at if failure else self._at
        pauses = slices(at - self._at, self._speed)
        self._at = at
        if piece is not None:
            return pauses, piece.data
        if failure is not None:
            raise failure.error()
        if not self._exchange.complete:
            raise ConfigurationError(
                "the recording ends here: its caller gave up reading; record it again with "
                "mode='record' (pytest --chimeric-record=record)"
            )
        return pauses, b""

    def pauses(self, pauses: list[float]) -> Iterator[float]:
        """The pauses, as long as nobody breaks them off."""
        for pause in pauses:
            if self._aborted:
                raise ConnectionFailedError("the connection was cut off")
            yield pause

    def abort(self) -> None:
        """End a waiting read."""
        self._aborted = True


def slices(seconds: float, speed: float) -> list[float]:
    """A pause at that speed, in pieces; none at speed 0."""
    seconds = seconds / speed if speed > 0 else 0.0
    count = int(seconds / SLICE) + 1
    return [seconds / count] * count if seconds > 0 else []


class TakingResponse(Taking):
    """An answer that is read and written down."""

    def __init__(self, take: Take, library: Library, response: WireResponse, began: float) -> None:
        super().__init__(take, library, response, began)
        self._response = response

    def read(self) -> bytes:
        """The next bytes."""
        try:
            return self.took(self._response.read())
        except ChimericError as error:
            self.failed(error)
            raise

    def close(self) -> None:
        """Give up the connection; the file is written at the latest now."""
        self._take.save()
        self._response.close()

    def abort(self) -> None:
        """End a blocked read."""
        self._response.abort()


class ReplayResponse(Replay):
    """A recorded answer, read anew."""

    def read(self) -> bytes:
        """The next bytes."""
        pauses, data = self.step()
        for pause in self.pauses(pauses):
            time.sleep(pause)
        return data

    def close(self) -> None:
        """There is nothing to close."""


class AsyncTakingResponse(Taking):
    """An answer that is read and written down."""

    def __init__(
        self, take: Take, library: Library, response: AsyncWireResponse, began: float
    ) -> None:
        super().__init__(take, library, response, began)
        self._response = response

    async def read(self) -> bytes:
        """The next bytes."""
        try:
            return self.took(await self._response.read())
        except ChimericError as error:
            self.failed(error)
            raise

    async def aclose(self) -> None:
        """Give up the connection; the file is written at the latest now."""
        self._take.save()
        await self._response.aclose()

    def abort(self) -> None:
        """End a waiting read."""
        self._response.abort()


class AsyncReplayResponse(Replay):
    """A recorded answer, read anew."""

    async def read(self) -> bytes:
        """The next bytes."""
        pauses, data = self.step()
        for pause in self.pauses(pauses):
            await anyio.sleep(pause)
        return data

    async def aclose(self) -> None:
        """There is nothing to close."""


class Recorder:
    """A transport that records and replays."""

    def __init__(self, inner: Transport, library: Library, speed: float) -> None:
        self._inner = inner
        self._library = library
        self._speed = speed

    def open(self, request: WireRequest, started: Started) -> WireResponse:
        """Answer from a file, or send the request and write down what comes."""
        found = self._library.find(request)
        if isinstance(found, Exchange):
            for pause in slices(found.at, self._speed):
                time.sleep(pause)
            if not found.status and found.failure is not None:
                raise found.failure.error()
            return ReplayResponse(found, self._speed)
        began = time.monotonic()
        try:
            response = self._inner.open(readable(request), started)
        except ChimericError as error:
            found.exchange.failure = Failure.of(time.monotonic() - began, error)
            found.save()
            raise
        return TakingResponse(found, self._library, response, began)

    def close(self) -> None:
        """Close the transport behind it."""
        self._inner.close()


class AsyncRecorder:
    """The same, asynchronous."""

    def __init__(self, inner: AsyncTransport, library: Library, speed: float) -> None:
        self._inner = inner
        self._library = library
        self._speed = speed

    async def open(self, request: WireRequest, started: Started) -> AsyncWireResponse:
        """Answer from a file, or send the request and write down what comes."""
        found = self._library.find(request)
        if isinstance(found, Exchange):
            for pause in slices(found.at, self._speed):
                await anyio.sleep(pause)
            if not found.status and found.failure is not None:
                raise found.failure.error()
            return AsyncReplayResponse(found, self._speed)
        began = time.monotonic()
        try:
            response = await self._inner.open(readable(request), started)
        except ChimericError as error:
            found.exchange.failure = Failure.of(time.monotonic() - began, error)
            found.save()
            raise
        return AsyncTakingResponse(found, self._library, response, began)

    async def aclose(self) -> None:
        """Close the transport behind it."""
        await self._inner.aclose()
