"""Stop sequences for models and APIs that have none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimeric import Context, Request, StreamChunk, hookimpl

__all__ = ["StopSequences"]


class StopSequences:
    """A plugin for ``Chimeric(plugins=[...])`` that ends an answer where a sequence stands in it.

    The sequences are those of the plugin and the ``stop=`` of the call. Where the provider takes
    ``stop``, it gets them, and ends by itself; where it does not (OpenAI's Responses, reasoning
    models) or takes fewer, that is not reported, and the plugin does it: the text ends before the
    sequence, with the finish reason ``stop``, the connection is closed, and
    ``metadata["stop_emulated"]`` is the sequence.

    What the provider had written by then is billed, and it mostly tells no token counts of an
    answer that was ended: ``usage.source`` is ``partial`` or ``missing`` then.

    Args:
        sequences: sequences for all calls, besides those of ``stop=``.

    Raises:
        ValueError: for an empty sequence.
        TypeError: for one that is no text.

    Example:
        >>> plugin = StopSequences(["\\n\\nUser:"])
    """

    def __init__(self, sequences: str | Iterable[str] = ()) -> None:
        given = (sequences,) if isinstance(sequences, str) else tuple(sequences)
        for sequence in given:
            if not isinstance(sequence, str):
                raise TypeError(f"a stop sequence is a text, not {type(sequence).__name__}")
            if not sequence:
                raise ValueError("a stop sequence may not be empty")
        self._sequences = given

    @hookimpl(trylast=True)
    def chimeric_prepare_request(self, request: Request) -> Request | None:
        """Ask the provider for all sequences, and see to what it cannot do."""
        sequences = tuple(dict.fromkeys((*request.stop, *self._sequences)))
        if not sequences:
            return None
        return request.replace(stop=sequences, handled=request.handled | {"stop"})

    @hookimpl(tryfirst=True)
    def chimeric_stream_processor(self, context: Context) -> Stopper | None:
        """What looks for the sequences of one call."""
        sequences = dict.fromkeys((*context.request.stop, *self._sequences))
        told = [sequence for sequence in sequences if sequence]
        return Stopper(told, context) if told else None


class Stopper:
    """The processor of one call: holds back what may be the beginning of a sequence."""

    def __init__(self, sequences: list[str], context: Context) -> None:
        longest_first = sorted(sequences, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        beginnings = {sequence[:size] for sequence in sequences for size in range(1, len(sequence))}
        self._beginnings = beginnings
        self._most = max(map(len, sequences)) - 1
        self._context = context
        self._held = ""
        self._found = ""

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        """Pass a chunk on without what may be a sequence; end the turn where one stands."""
        if chunk.finish_reason:
            found, self._found = self._found, ""
            if not found:
                return chunk
            return chunk.replace(metadata={**chunk.metadata, "stop_emulated": found})
        if self._found and not chunk.tool_results:
            return None
        if not chunk.delta:
            return chunk
        text, self._held = self._held + chunk.delta, ""
        found_at = self._pattern.search(text)
        if found_at is not None:
            self._found = found_at[0]
            self._context.end_turn("stop")
            return _with(chunk, text[: found_at.start()])
        size = self._beginning(text)
        if size:
            text, self._held = text[:-size], text[-size:]
        return _with(chunk, text)

    def flush(self) -> StreamChunk | None:
        """The text has ended: what was held back is no sequence."""
        held, self._held = self._held, ""
        return StreamChunk(held) if held else None

    def _beginning(self, text: str) -> int:
        """How many characters at the end of a text may be the beginning of a sequence."""
        for size in range(min(self._most, len(text)), 0, -1):
            if text[-size:] in self._beginnings:
                return size
        return 0


def _with(chunk: StreamChunk, text: str) -> StreamChunk | None:
    """A chunk with another text, without tokens that spell the old one; None for nothing."""
    if text == chunk.delta:
        return chunk
    if not (text or chunk.usage or chunk.citations):
        return None
    return chunk.replace(delta=text or None, logprobs=())
