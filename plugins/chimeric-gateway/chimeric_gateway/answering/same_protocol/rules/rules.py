"""What the rules of each protocol are to a stream that passes."""

from __future__ import annotations

from typing import Any, Protocol

from chimeric import CompletionResponse, Event, StreamChunk
from chimeric_gateway.refusal import Refusal

__all__ = ["DoubtError", "Rules"]


class DoubtError(Exception):
    """An event that cannot pass: what the upstream sends is not quite the protocol."""


class Rules(Protocol):
    """Keeps the rules that clients rely on. Methods that return bytes may return ``b""``.

    Whatever is no fault passes, with the client's name of the model. What ends a stream is held
    until the core has judged the answer.
    """

    def event(self, event: Event, chunk: StreamChunk | None) -> bytes:
        """The frames of an event.

        Args:
            event: as it came, without the gateway's secrets.
            chunk: the first that the core made of it, None for an event that says nothing to it.

        Raises:
            DoubtError: where it must not pass: then nothing is noted of it.
        """
        ...

    def changed(self, event: Event | None, chunk: StreamChunk) -> bytes:
        """The frames of a chunk whose event does not pass, or that middleware has changed or made.

        Args:
            event: the one that it was made of, None for none or one that was told already.
            chunk: what the client is to see of it.

        Raises:
            DoubtError: where that cannot be told any more.
        """
        ...

    def end(self, response: CompletionResponse[Any]) -> bytes:
        """The frames that end the stream well.

        Raises:
            DoubtError: where nothing came that ends it.
        """
        ...

    def fail(self, refusal: Refusal) -> bytes | None:
        """The frames that break it off; None where they are the same as of any other stream."""
        ...

    def whole(self, body: dict[str, Any], response: CompletionResponse[Any]) -> dict[str, Any]:
        """A whole answer as the client gets it.

        Raises:
            DoubtError: where it must not pass.
        """
        ...
