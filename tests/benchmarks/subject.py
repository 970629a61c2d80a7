"""What is measured: one client library behind one small interface. Standard library only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

__all__ = ["Subject"]


class Subject:
    """A client of one library.

    ``stream`` and ``astream`` begin one answer and give the library's own chunks, and ``text``
    the text of one. ``run`` and ``arun`` read an answer to its end and return the number of its
    texts; ``on_first`` is called at the first one. Floors write them out by hand.

    Attributes:
        modes: ``sync``, ``async``, or both.
        checked: whether ``run`` returns a count of texts.
    """

    modes: frozenset[str] = frozenset({"sync", "async"})
    checked = True

    def open(self, base: str) -> None:
        """Make the blocking client for the server at ``base`` (``http://host:port``)."""
        raise LookupError("this library has no blocking client")

    async def aopen(self, base: str) -> None:
        """Make the asynchronous client."""
        raise LookupError("this library has no asynchronous client")

    async def aclose(self) -> None:
        """Close the asynchronous client, where the library has a way to."""

    def stream(self, model: str) -> Iterator[Any]:
        """The chunks of one answer."""
        raise LookupError("this library has no blocking stream")

    def astream(self, model: str) -> AsyncIterator[Any]:
        """The chunks of one answer, asynchronous."""
        raise LookupError("this library has no asynchronous stream")

    def text(self, chunk: Any) -> str | None:
        """The text (or the argument fragment) that a chunk adds."""
        raise LookupError("this library has no chunks")

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        """Read one answer; returns the number of texts."""
        count, text = 0, self.text
        for chunk in self.stream(model):
            if text(chunk):
                if not count:
                    on_first()
                count += 1
        return count

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        """Read one answer, asynchronously; returns the number of texts."""
        count, text = 0, self.text
        async for chunk in self.astream(model):
            if text(chunk):
                if not count:
                    on_first()
                count += 1
        return count

    def whole(self, model: str) -> int:
        """Ask for an answer that is not streamed; returns the length of its text."""
        raise LookupError("whole answers of this library are not measured")

    async def awhole(self, model: str) -> int:
        """The same, asynchronous."""
        raise LookupError("whole answers of this library are not measured")

    def round(self, model: str) -> int:
        """One tool call, run and answered, both answers streamed; returns the texts of the last."""
        raise LookupError("tool rounds of this library are not measured")

    async def around(self, model: str) -> int:
        """The same, asynchronous."""
        raise LookupError("tool rounds of this library are not measured")

    def asks(self, kind: str) -> Callable[[str], object]:
        """What makes one call of a kind: ``burst``, ``whole``, ``round``."""
        if kind == "burst":
            return lambda model: self.run(model, _nothing)
        return self.whole if kind == "whole" else self.round

    def aasks(self, kind: str) -> Callable[[str], Awaitable[object]]:
        """The same, asynchronous."""
        if kind == "burst":
            return lambda model: self.arun(model, _nothing)
        return self.awhole if kind == "whole" else self.around


def _nothing() -> None:
    pass
