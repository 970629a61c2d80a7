"""One recorded exchange as a value, and the JSON file that it is."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from chimeric import ChimericError, ConnectionFailedError, ProtocolError, RequestTimeoutError

__all__ = ["Exchange", "Failure", "Piece", "RecordedRequest", "load", "save"]


class RecordedRequest(msgspec.Struct):
    """What was asked; header values that are not known to be harmless are left out."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None


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
    """A request and what came of it. ``complete`` is False where the caller gave up reading."""

    version: int = 1
    request: RecordedRequest
    at: float = 0.0
    status: int = 0
    headers: dict[str, str] = {}
    pieces: list[Piece] = []
    failure: Failure | None = None
    complete: bool = True


def load(path: Path) -> Exchange:
    """Read a file.

    Raises:
        msgspec.DecodeError: when it is no recording.
    """
    return msgspec.json.decode(path.read_bytes(), type=Exchange)


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
