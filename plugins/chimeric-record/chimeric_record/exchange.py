"""One recorded exchange as a value, and the JSON file that it is.

Version 1 of the file has no ``v``, and tells nothing of the call that the exchange belonged to.
"""

from __future__ import annotations

import base64
import contextlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from chimeric import ChimericError, ConnectionFailedError, ProtocolError, RequestTimeoutError

__all__ = ["VERSION", "Asked", "Exchange", "Failure", "Piece", "RecordedRequest", "load", "save"]

VERSION = 2
"""Of the file; older ones are read."""


class RecordedRequest(msgspec.Struct):
    """What was asked; header values that are not known to be harmless are left out."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None


class Asked(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which call an exchange belonged to.

    Attributes:
        provider: name of the provider that was asked.
        endpoint: name of the client's endpoint, or "".
        model: as the provider was asked for it.
        stream: whether the caller asked for a stream.
        turn: 0 for the first request of the call, +1 for each round of the tool loop.
        attempt: 0 for the first try of the turn, +1 for each retry.
        call: the same for all exchanges of one call, and by chance for no other.
        began: seconds from the beginning of the call to the sending of this request.
        date: the same moment, in seconds since 1970.
        versions: of what recorded it: ``chimeric-core``, ``python``.
    """

    provider: str
    endpoint: str = ""
    model: str = ""
    stream: bool = False
    turn: int = 0
    attempt: int = 0
    call: str = ""
    began: float = 0.0
    date: float = 0.0
    versions: dict[str, str] = {}


class Piece(msgspec.Struct, omit_defaults=True):
    """What one read gave: text, or base64 where the bytes are none. ``at`` counts seconds from
    the request."""

    at: float
    text: str | None = None
    base64: str | None = None

    @classmethod
    def of(cls, at: float, data: bytes) -> Piece:
        """A piece of these bytes."""
        try:
            return cls(round(at, 6), data.decode())
        except UnicodeDecodeError:
            return cls(round(at, 6), None, base64.b64encode(data).decode())

    @property
    def data(self) -> bytes:
        """The bytes."""
        return base64.b64decode(self.base64) if self.base64 else (self.text or "").encode()


class Failure(msgspec.Struct, omit_defaults=True):
    """An error of the transport, instead of an answer or in the middle of it."""

    at: float
    kind: str
    message: str
    phase: str | None = None

    @classmethod
    def of(cls, at: float, error: ChimericError) -> Failure:
        """What must be kept of an error."""
        return cls(round(at, 6), error.kind, error.message, getattr(error, "phase", None))

    def error(self) -> ChimericError:
        """The same error anew."""
        if self.kind == "timeout":
            return RequestTimeoutError(self.message, phase=self.phase or "read")  # type: ignore[arg-type]
        if self.kind == "protocol":
            return ProtocolError(self.message)
        return ConnectionFailedError(self.message)


class Exchange(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request and what came of it.

    Attributes:
        v: version of the file.
        request: what was sent.
        asked: the call that it belonged to; None in files of version 1, and for a request that
            belongs to no call.
        at: seconds from the request to status and headers.
        status: the HTTP status; 0 where there was no answer.
        headers: the answer's headers that may be kept.
        pieces: what each read of the body gave.
        failure: what ended it, where that was an error of the transport.
        complete: False where the caller gave up reading.
    """

    v: int = 1
    request: RecordedRequest
    asked: Asked | None = None
    at: float = 0.0
    status: int = 0
    headers: dict[str, str] = {}
    pieces: list[Piece] = []
    failure: Failure | None = None
    complete: bool = True


class _Version(msgspec.Struct):
    v: int = 1


def load(path: Path) -> Exchange:
    """Read a file.

    Raises:
        msgspec.DecodeError: when it is no recording, or of a later version.
    """
    data = path.read_bytes()
    if (version := msgspec.json.decode(data, type=_Version).v) > VERSION:
        raise msgspec.ValidationError(
            f"it is of version {version}, and this chimeric-record reads up to {VERSION}: "
            "pip install --upgrade chimeric-record"
        )
    return msgspec.json.decode(data, type=Exchange)


def save(path: Path, exchange: Exchange) -> None:
    """Write a file that only its owner may read; a reader never sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(exchange), indent=1)
    # A new file of its own: one that is there already, or a link, is never written to.
    handle, draft = tempfile.mkstemp(".tmp", f".{path.stem}.", path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data + b"\n")
        Path(draft).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
