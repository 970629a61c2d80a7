"""What a hub needs of a store: logs of numbered events, and a few words about each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

__all__ = ["Head", "State", "Store"]

State = Literal["live", "done", "error", "stopped", "lost"]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a store knows of a stream.

    Attributes:
        state: ``live``, or how it ended.
        last: the offset of its last event; 0 before the first.
        beats: a number that each sign of life of the producer makes larger.
        seen: a number that each sign of a reader makes larger.
        owner: what the stream was created with.
        stopping: whether somebody wants it to stop.
        watched: whether its producer wants signs of readers.
    """

    state: State
    last: int
    beats: int
    seen: int
    owner: str
    stopping: bool
    watched: bool


class Store(Protocol):
    """Keeps streams: ``MemoryStore``, ``RedisStore``, or your own.

    A stream is a log of events, which are bytes, numbered 1, 2, 3 and so on: the number is the
    event's offset. All methods may be called at the same time, and may raise ``StoreError``, which
    the hub takes as a fault that may pass: it tries again for some seconds, so each method does no
    harm when it is called twice. A store measures no lease: producers make ``beats`` grow, readers
    see by clocks of their own whether they do, so that no machine's clock has to be right.
    """

    async def create(self, id: str, token: str, *, owner: str, watched: bool, ttl: float) -> bool:
        """Begin a stream; False where one of that id is there.

        Args:
            id: of letters, digits, ``_``, ``.`` and ``-``; at most 128.
            token: a secret of the producer: only who brings it appends.
            owner: of whom the stream is, or ``""``.
            watched: see ``Head``.
            ttl: seconds after the last sign of the producer at which the stream is forgotten.
        """
        ...

    async def append(
        self, id: str, token: str, first: int, events: Sequence[bytes], state: State = "live"
    ) -> Head | None:
        """Append events, or just give a sign of life where there are none.

        Args:
            first: the offset of the first of the events. Those that the log has already are left
                out.
            state: how the stream ends with them; the events and this are written in one step.

        Returns:
            The head afterwards; None where the stream is gone, has another token, has ended
            otherwise, or lacks events before ``first``: the producer must stop.
        """
        ...

    async def read(self, id: str, after: int, limit: int, wait: float = 0.0) -> list[bytes]:
        """At most ``limit`` events from offset ``after + 1`` on, without a gap.

        Where there are none, it waits for the next one, at most ``wait`` seconds (it may wait
        less), and gives an empty list if none came, or the stream is gone.
        """
        ...

    async def head(self, id: str, *, seen: bool = False) -> Head | None:
        """What is known of a stream; None where there is none.

        Args:
            seen: whether this is the sign of a reader.
        """
        ...

    async def stop(self, id: str) -> None:
        """Let the producer know that it is to stop, if the stream is live."""
        ...

    async def lose(self, id: str, beats: int, event: bytes) -> None:
        """End a live stream whose ``beats`` are still these with a last event, as ``lost``."""
        ...

    async def tidy(self) -> None:
        """Forget what has expired, where no server does it by itself. Called now and then."""
        ...

    async def aclose(self) -> None:
        """Give back threads and connections. Another call may open them again."""
        ...
