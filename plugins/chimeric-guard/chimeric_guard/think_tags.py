"""Reasoning that a model writes between tags in its text, as reasoning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from chimeric import Context, StreamChunk, hookimpl

__all__ = ["ThinkTags"]


class ThinkTags:
    """A plugin for ``Chimeric(plugins=[...])`` that makes ``<think>...</think>`` reasoning.

    Many servers of open models leave it in the text. By default only tags at the very beginning
    of a turn's text count: models write about tags, too. Text between tags that are never closed
    is reasoning to its end; tags within are left in it, and have to be closed first.

    Args:
        tags: names of the tags.
        anywhere: whether tags in the middle of a text count.
        opened: whether the text begins as reasoning: some chat templates write the first tag
            themselves, so that only the closing one comes. Where none comes, all is reasoning.

    Raises:
        ValueError: for no name, or one that is no name of a tag.

    Example:
        >>> plugin = ThinkTags(["think", "reasoning"])
    """

    def __init__(
        self,
        tags: str | Iterable[str] = ("think",),
        *,
        anywhere: bool = False,
        opened: bool = False,
    ) -> None:
        self._tags = (tags,) if isinstance(tags, str) else tuple(tags)
        if not self._tags or not all(re.fullmatch(r"[^\s<>/]+", tag) for tag in self._tags):
            raise ValueError(f"tags are names such as 'think', without brackets; got {tags!r}")
        self._anywhere = anywhere
        self._opened = opened

    @hookimpl(tryfirst=True)
    def chimeric_stream_processor(self, context: Context) -> Splitter:
        """What tells reasoning and text of one call apart."""
        return Splitter(self._tags, context, anywhere=self._anywhere, opened=self._opened)


class Splitter:
    """The processor of one call: holds back what may become a tag."""

    def __init__(
        self, tags: tuple[str, ...], context: Context, *, anywhere: bool, opened: bool
    ) -> None:
        self._tags = tags
        self._context = context
        self._anywhere = anywhere
        self._opened = opened
        self._begin()

    def _begin(self) -> None:
        self._of = (self._context.request, self._context.attempt)
        self._held = ""
        self._begins = True  # nothing but space has come of the text
        self._tag = self._tags[0] if self._opened else ""
        self._depth = 1 if self._opened else 0
        self._trims = False  # space behind a tag belongs to it

    def process(self, chunk: StreamChunk) -> StreamChunk | list[StreamChunk] | None:
        """Tell apart what is reasoning in the text of a chunk."""
        request, attempt = self._of
        if request is not self._context.request or attempt != self._context.attempt:
            self._begin()
        if not chunk.delta:
            return chunk
        if not (self._held or self._begins or self._depth or self._trims or self._anywhere):
            return chunk
        text, self._held = self._held + chunk.delta, ""
        parts = list(self._parts(text))
        if parts == [(False, chunk.delta)]:
            return chunk
        if not parts and (chunk.usage or chunk.citations):
            return chunk.replace(delta=None, logprobs=())
        return [_part(chunk, said, thinks=thinks) for thinks, said in parts]

    def flush(self) -> StreamChunk | None:
        """The text has ended: what was held back is no tag."""
        held, self._held = self._held, ""
        return _part(StreamChunk(), held, thinks=self._depth > 0) if held else None

    def _parts(self, text: str) -> Iterator[tuple[bool, str]]:
        """The parts of a text that can be given out: whether it is reasoning, and what it says."""
        while text:
            if self._trims:
                text = text.lstrip()
                self._trims = not text
            elif self._begins:
                text = self._opening(text)
            elif self._depth:
                said, text = self._thinking(text)
                if said:
                    yield True, said
            else:
                said, text = self._saying(text)
                if said:
                    yield False, said

    def _opening(self, text: str) -> str:
        """What is left of the beginning of a text, without the tag that it begins with."""
        said = text.lstrip()
        for tag in self._tags:
            mark = f"<{tag}>"
            if said.startswith(mark):
                self._open(tag)
                return said[len(mark) :]
        if not said or any(f"<{tag}>".startswith(said) for tag in self._tags):
            self._held = text
            return ""
        self._begins = False
        return said if self._opened else text

    def _thinking(self, text: str) -> tuple[str, str]:
        """The reasoning that a text begins with, and the rest."""
        depth = self._depth
        for found in re.finditer(rf"<(/?){re.escape(self._tag)}>", text):
            depth += -1 if found[1] else 1
            if not depth:
                self._depth, self._trims = 0, True
                return text[: found.start()], text[found.end() :]
        self._depth = depth  # what is held back behind the last tag has none
        return self._without_mark(text, (f"<{self._tag}>", f"</{self._tag}>")), ""

    def _saying(self, text: str) -> tuple[str, str]:
        """The text that a text begins with, and the rest."""
        if not self._anywhere:
            return text, ""
        found = re.search("|".join(f"<({re.escape(tag)})>" for tag in self._tags), text)
        if found is None:
            return self._without_mark(text, tuple(f"<{tag}>" for tag in self._tags)), ""
        self._open(found[0][1:-1])
        return text[: found.start()], text[found.end() :]

    def _open(self, tag: str) -> None:
        self._begins, self._tag, self._depth, self._trims = False, tag, 1, True

    def _without_mark(self, text: str, marks: tuple[str, ...]) -> str:
        """A text without what may be the beginning of a tag, which is held back."""
        start = text.rfind("<")
        end = text[start:] if start >= 0 else ""
        if end and any(mark.startswith(end) and mark != end for mark in marks):
            self._held = text[start:]
            return text[:start]
        return text


def _part(chunk: StreamChunk, text: str, *, thinks: bool) -> StreamChunk:
    """A chunk of a part of the text of another one."""
    if thinks:
        return chunk.replace(delta=None, reasoning=text, logprobs=(), citations=())
    return chunk.replace(delta=text, logprobs=())
