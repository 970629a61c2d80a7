"""The base class of processors of text: it holds back, keeps the order, and asks."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, ClassVar, Literal, TypeAlias

from chimeric.schema.type_guards import is_generator
from chimeric.values.chunks import StreamChunk
from chimeric.values.hooks.wants import Want

__all__ = ["TextProcessor"]

By: TypeAlias = Literal["chunk", "sentence"]
Out: TypeAlias = "StreamChunk | Generator[StreamChunk | Want, Any, None] | None"

FIELDS = {"text": "delta", "reasoning": "reasoning", "refusal": "refusal"}

SENTENCE_END = re.compile(r"""[.!?…]+["'”’»)\]]*\s+|[。！？]+["'”’»」』）]*|\n+""")  # noqa: RUF001
"""A terminator and the space after it (none is written in Chinese and Japanese), or a new line."""

LOOK_BACK = 16
"""Characters in front of new text in which an end may begin that it completes."""


class TextProcessor:
    """A processor that changes text and need not know of chunks: write ``process_text``.

    Make one in ``chimeric_stream_processor``. What it holds back comes out before anything that
    follows the text: reasoning, a tool call, the end of the turn.

    Attributes:
        by: when ``process_text`` is called: for each ``"chunk"``, or once for each ``"sentence"``
            (up to its end mark and the space after it, or the end of a line; what is left at the
            end of a text is one, too).
        window: with ``by="chunk"``, how many characters at the end of what it returned are held
            back, and are the beginning of its next text: a pattern of at most ``window + 1``
            characters is seen whole, however the text is cut. So it has to leave alone what it has
            made of a text.
        texts: what it is called with: ``"text"``, ``"reasoning"``, ``"refusal"``.
        withholds: whether nothing may come out that it has not returned. Then it stands behind all
            other middleware; what it holds when the call breaks is dropped, and nobody sees the
            provider's raw events.

    Set them in the class, or the first two when it is made.

    Raises:
        ValueError: for another ``by``, a negative ``window``, or a ``window`` of sentences.

    Example:
        >>> class Upper(TextProcessor):
        ...     def process_text(self, text):
        ...         return text.upper()
        >>> Upper().process(StreamChunk("hello")).delta
        'HELLO'
    """

    by: By = "chunk"
    window: int = 0
    texts: ClassVar[tuple[Literal["text", "reasoning", "refusal"], ...]] = ("text",)
    withholds: bool = False

    _held: str = ""
    _field: str = "delta"

    def __init__(self, *, by: By | None = None, window: int | None = None) -> None:
        if by is not None:
            self.by = by
        if window is not None:
            self.window = window
        if self.by not in ("chunk", "sentence"):
            raise ValueError(f"by is {self.by!r}; it may be 'chunk' or 'sentence'")
        if self.window < 0 or (self.window and self.by == "sentence"):
            raise ValueError("window is a number of characters, from 0 on, and for by='chunk'")

    def process_text(self, text: str) -> str | Generator[Any, Any, str | None] | None:
        """Say what a text becomes; None or "" for nothing.

        It may be a generator that asks, and returns it: ``yield from fetch(...)``.

        Args:
            text: never empty.

        Raises:
            Exception: fails the call, as a ``PluginError``.

        Example:
            .. code-block:: python

                def process_text(self, text):
                    asked = HTTPRequest(url=MODERATION, body={"text": text})
                    verdict = yield from fetch(asked)
                    return "[removed]" if verdict.json()["flagged"] else text
        """
        raise TypeError(f"{type(self).__name__} has no process_text(text)")

    def process(self, chunk: StreamChunk) -> Out:
        """Take a chunk, as any processor does."""
        for name in self.texts:
            field = FIELDS[name]
            text: str | None = getattr(chunk, field)
            if text:
                self._field = field
                return self._turned(self._ready(text), chunk)
        return chunk

    def flush(self) -> Out:
        """Give out what is held back, as any processor does."""
        text, self._held = self._held, ""
        blank = StreamChunk()
        if not text:
            return None
        if self.by == "chunk":  # it was returned before
            return blank.replace(**{self._field: text})
        return self._turned([text], blank)

    def _ready(self, text: str) -> list[str]:
        """The texts that are whole now that this one has come."""
        held, self._held = self._held, ""
        if self.by == "chunk":
            return [held + text]
        found: list[str] = []
        begin, place, text = 0, max(0, len(held) - LOOK_BACK), held + text
        while (end := SENTENCE_END.search(text, place)) is not None:
            place = end.end()
            if not text[begin:place].isspace():  # space alone belongs to what follows
                found.append(text[begin:place])
                begin = place
        self._held = text[begin:]
        return found

    def _turned(self, texts: list[str], chunk: StreamChunk) -> Out:
        """The chunk with what the texts become, or a generator where one of them asks."""
        done: list[str] = []
        for place, text in enumerate(texts):
            result = self.process_text(text)
            if is_generator(result):
                return self._asking(chunk, done, result, texts[place + 1 :])
            done.append(self._let_go(result))
        return self._with(chunk, "".join(done))

    def _asking(
        self,
        chunk: StreamChunk,
        done: list[str],
        asking: Generator[Any, Any, Any],
        texts: list[str],
    ) -> Generator[Any, Any, None]:
        out = self._with(chunk, "".join(done) + self._let_go((yield from asking)))
        if out is not None:
            yield out
        for text in texts:
            result = self.process_text(text)
            if is_generator(result):
                result = yield from result
            if released := self._let_go(result):
                yield StreamChunk().replace(**{self._field: released})

    def _let_go(self, result: object) -> str:
        """What of a result can be given out."""
        if result is None:
            return ""
        if not isinstance(result, str):
            kind = type(result).__name__
            raise TypeError(f"process_text returned {kind}; return a str or None")
        if not self.window:
            return result
        cut = max(0, len(result) - self.window)
        self._held = result[cut:]
        return result[:cut]

    def _with(self, chunk: StreamChunk, text: str) -> StreamChunk | None:
        """The chunk with another text; None when nothing is left of it."""
        if text == getattr(chunk, self._field):
            return chunk
        changed = chunk.replace(**{self._field: text or None})
        says = changed.delta or changed.reasoning or changed.refusal or changed.tool_calls
        more = changed.tool_results or changed.finish_reason or changed.usage or changed._more
        return changed if says or more else None
