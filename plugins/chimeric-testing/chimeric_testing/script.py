"""A provider's streamed answer as the frames that it is made of, to be served and spoilt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

import msgspec

from chimeric import Framer, NDJSONFramer, SSEFramer

__all__ = ["Payload", "Script"]

Payload: TypeAlias = bytes | tuple[str, bytes]
"""What one event says, and before it the event's name where the protocol has names."""

FRAMINGS: dict[str, Callable[[int], Framer]] = {"sse": SSEFramer, "ndjson": NDJSONFramer}
"""The framings of the core, by the names that declarations use."""

CONTENT_TYPES = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one good answer.

    Attributes:
        payloads: what the events say, in order; the last one or ones are the terminal signal.
        cut: how many events come before a fault in mid stream.
        framing: ``sse`` or ``ndjson``.

    Example:
        >>> answer = Script(payloads=(b'{"text": "Hi"}', b"[DONE]"), cut=1)
        >>> answer.frames()[0]
        b'data: {"text": "Hi"}\\n\\n'
    """

    payloads: tuple[Payload, ...]
    cut: int
    framing: Literal["sse", "ndjson"] = "sse"

    @classmethod
    def of_body(cls, body: bytes, *, cut: int, framing: Literal["sse", "ndjson"] = "sse") -> Script:
        """The events of a recorded body."""
        framer = FRAMINGS[framing](len(body))
        events = framer.feed(body) + framer.end()
        payloads = [(e.name, e.data) if e.name else e.data for e in events]
        return cls(payloads=tuple(payloads), cut=cut, framing=framing)

    @property
    def content_type(self) -> str:
        """The content type that belongs to the framing."""
        return CONTENT_TYPES[self.framing]

    def frame(self, payload: Payload) -> bytes:
        """An event as it stands on the wire."""
        name, data = payload if isinstance(payload, tuple) else ("", payload)
        if self.framing == "ndjson":
            return data + b"\n"
        head = f"event: {name}\n".encode() if name else b""
        return b"%sdata: %s\n\n" % (head, data)

    def frames(self) -> list[bytes]:
        """All events as they stand on the wire."""
        return [self.frame(payload) for payload in self.payloads]

    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.frames())

    def before(self) -> bytes:
        """What comes before a fault in mid stream."""
        return b"".join(self.frames()[: self.cut])

    def after(self) -> bytes:
        """What would have come after it."""
        return b"".join(self.frames()[self.cut :])

    def next_data(self) -> bytes:
        """What the event at the cut says."""
        payload = self.payloads[self.cut]
        return payload[1] if isinstance(payload, tuple) else payload

    def next_frame(self, data: bytes) -> bytes:
        """The event at the cut, saying something else."""
        payload = self.payloads[self.cut]
        return self.frame((payload[0], data) if isinstance(payload, tuple) else data)

    def with_payloads(self, payloads: Iterable[Payload]) -> Script:
        """The same answer made of other events."""
        return msgspec.structs.replace(self, payloads=tuple(payloads))
