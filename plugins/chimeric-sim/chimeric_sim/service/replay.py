"""Recorded responses, served again with their own chunk boundaries and pace."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from chimeric_dialects import Problem
from chimeric_dialects.json_values import is_object

from chimeric_sim.server import Reply

__all__ = ["Recording", "Recordings"]


class RecordedChunk(msgspec.Struct, frozen=True):
    """A read of the recorded response.

    Attributes:
        text: its bytes as UTF-8 text, or
        b64: its bytes in base64, where they are no text.
        wait: seconds since the chunk before.
    """

    text: str | None = None
    b64: str | None = None
    wait: float = 0.0

    @property
    def data(self) -> bytes:
        """The bytes."""
        return base64.b64decode(self.b64) if self.b64 is not None else (self.text or "").encode()


class Recording(msgspec.Struct, frozen=True):
    """One recorded response: ``{"status", "headers", "chunks": [{"text"|"b64", "wait"}]}``."""

    status: int = 200
    headers: dict[str, str] = {}
    chunks: tuple[RecordedChunk, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Read a file of this format, or one exchange with a ``response`` object in it.

        The latter holds ``response.status``, ``.headers`` and ``.body_text`` or ``.body_b64``; it
        knows no chunk boundaries, so its body is cut at random places, the same each time.

        Raises:
            ValueError: for a file that is neither.
        """
        raw = msgspec.json.decode(Path(path).read_bytes())
        if not is_object(raw):
            raise ValueError(f"{path} holds no recording")
        if "response" not in raw:
            return msgspec.convert(raw, cls)
        response: dict[str, Any] = raw["response"]
        if "body_b64" in response:
            body = base64.b64decode(response["body_b64"])
        else:
            body = response["body_text"].encode()
        return cls.of(body, response.get("status", 200), response.get("headers", {}))

    @classmethod
    def of(cls, body: bytes, status: int = 200, headers: Mapping[str, str] = {}) -> Recording:
        """A recording of ``body``, cut into chunks of mixed sizes."""
        rng = random.Random(len(body))  # noqa: S311 - no secret
        chunks: list[RecordedChunk] = []
        start = 0
        while start < len(body):
            size = rng.choice((1, 7, 40, 130, 900, 4000, 16000))
            encoded = base64.b64encode(body[start : start + size]).decode()
            chunks.append(RecordedChunk(b64=encoded))
            start += size
        return cls(status, dict(headers), tuple(chunks))

    def reply(self) -> Reply:
        """The reply that serves it."""
        framing = ("content-length", "transfer-encoding", "content-encoding", "connection", "date")
        return Reply(
            status=self.status,
            headers={k: v for k, v in self.headers.items() if k.lower() not in framing},
            pieces=iter([chunk.data for chunk in self.chunks]),
            pauses=self._pauses(),
        )

    def _pauses(self) -> Iterator[float]:
        return iter([chunk.wait for chunk in self.chunks])


class Recordings:
    """The recordings of one simulator, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Recording] = {}

    def add(self, recording: Recording | str | Path, name: str | None = None) -> str:
        """Add a recording or a file of one; returns the model name that replays it."""
        if not isinstance(recording, Recording):
            name = name or Path(recording).stem
            recording = Recording.load(recording)
        name = name or f"recording-{len(self._by_name) + 1}"
        self._by_name[name] = recording
        return f"replay:{name}"

    def reply(self, model: str) -> Reply:
        """What the model ``replay:NAME`` answers; ``replay`` alone means the first recording.

        Raises:
            Problem: ``unknown_model`` when there is no such recording.
        """
        name = model.partition("replay")[2][1:]
        if not name and self._by_name:
            return next(iter(self._by_name.values())).reply()
        if name not in self._by_name:
            raise Problem("unknown_model", model)
        return self._by_name[name].reply()
