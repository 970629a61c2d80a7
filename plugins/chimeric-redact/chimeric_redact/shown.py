"""What chunks show besides the answer's own texts: tools of the provider, citations, metadata."""

from __future__ import annotations

from typing import Any, cast

from msgspec.structs import replace

from chimeric import Citation, ServerToolChunk

from .json_text import JSONScrubber, scrubber_for
from .processor import Scrubber
from .rules import Rule

__all__ = ["Shown"]

IDENTITY = ("provider", "model", "id", "request_id")
"""Metadata that no model wrote."""

DATA = 65_536
"""A text of at least so many characters without a space is a file in base64, and is left alone."""


class Shown:
    """Scrubs it for one call.

    The input of a tool comes in pieces, and then whole; only the latter counts. The provider's own
    form of a tool or a citation is left out where it holds a match.
    """

    def __init__(self, rules: tuple[Rule, ...], window: int, counts: dict[str, int]) -> None:
        self._rules = rules
        self._window = window
        self._counts = counts
        self._inputs: dict[str, tuple[ServerToolChunk, Scrubber | JSONScrubber]] = {}

    def tool(self, tool: ServerToolChunk) -> ServerToolChunk:
        """What a chunk says of a tool; of its input, the end is held back until all is here."""
        piece = ""
        if tool.input_delta:
            new = (tool, scrubber_for(tool.input_delta, self._rules, self._window, {}))
            piece = self._inputs.setdefault(tool.id, new)[1].feed(tool.input_delta)
        if tool.status != "input_streaming" and tool.id in self._inputs:
            piece += self._inputs.pop(tool.id)[1].flush()
        return replace(
            tool,
            input_delta=piece,
            input=self._scrubbed(tool.input, self._counts),
            output=self._scrubbed(tool.output, self._counts),
            native=self._native(tool.native),
        )

    def held(self) -> tuple[ServerToolChunk, ...]:
        """What was held back of inputs, before anything else comes."""
        rests = [(tool, scrubber.flush()) for tool, scrubber in self._inputs.values()]
        self._inputs.clear()
        return tuple(
            ServerToolChunk(
                id=tool.id,
                kind=tool.kind,
                name=tool.name,
                status="input_streaming",
                input_delta=rest,
            )
            for tool, rest in rests
            if rest
        )

    def citation(self, citation: Citation) -> Citation:
        """A citation, whose source may be quoted in it."""
        return Citation(
            url=self._scrubbed(citation.url, self._counts),
            title=self._scrubbed(citation.title, self._counts),
            text=self._scrubbed(citation.text, self._counts),
            start=citation.start,
            end=citation.end,
            source=self._scrubbed(citation.source, self._counts),
            native=self._native(citation.native),
        )

    def metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """The last chunk's metadata, which repeat what was shown; no tokens, as they spell it."""
        return {
            name: value if name in IDENTITY else self._scrubbed(value, {})
            for name, value in metadata.items()
            if name != "logprobs"
        }

    def _native(self, native: Any) -> Any:
        found: dict[str, int] = {}
        self._scrubbed(native, found)
        return None if found else native

    def _scrubbed(self, value: Any, counts: dict[str, int]) -> Any:
        """Plain data with all of its texts scrubbed; files and numbers as they are."""
        if isinstance(value, str):
            if len(value) >= DATA and value.isascii() and " " not in value:
                return value
            scrubber = scrubber_for(value, self._rules, self._window, counts)
            return scrubber.feed(value) + scrubber.flush()
        if isinstance(value, (list, tuple)):
            return [self._scrubbed(item, counts) for item in cast("list[Any]", value)]
        if isinstance(value, dict):
            items = cast("dict[object, object]", value).items()
            return {key: self._scrubbed(item, counts) for key, item in items}
        return value
