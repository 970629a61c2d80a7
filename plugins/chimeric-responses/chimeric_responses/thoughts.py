"""Reasoning as it is told piece by piece: summaries, and the raw text of open-weight models."""

from __future__ import annotations

from chimeric import Delta

from .output import Output, OutputItem
from .wire import Frame

__all__ = ["Thoughts"]


class Thoughts:
    """Reads the events of reasoning; between two paragraphs stands an empty line."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._paragraph = False

    def begun(self, frame: Frame) -> None:
        """Another paragraph begins, unless it is the first."""
        self._paragraph = any(item.reasoning for item in self._output.items)
        number = _number_of(frame)
        if number is not None:
            item = self._output.at("reasoning", frame.output_index, frame.item_id)
            item.parts.begin(number)

    def piece(self, frame: Frame, text: str | None) -> Delta | None:
        """A piece of a paragraph."""
        item = self._output.at("reasoning", frame.output_index, frame.item_id)
        if not text:
            return None
        item.reasoning.add(text)
        return self._told(item, text, frame)

    def done(self, frame: Frame, said: str | None) -> Delta | None:
        """A whole paragraph: what its pieces did not tell."""
        if not said:
            return None
        item = self._output.at("reasoning", frame.output_index, frame.item_id, said)
        new = item.reasoning.part(said, _number_of(frame))
        told = self._told(item, new, frame) if new else None
        item.parts.end()
        return told

    def _told(self, item: OutputItem, text: str, frame: Frame) -> Delta:
        kind = "summary" if "summary" in (frame.type or "") else "content"
        begins, self._paragraph = self._paragraph, False
        block = item.parts.block(_number_of(frame), kind)
        return Delta(reasoning="\n\n" + text if begins else text, block=block)


def _number_of(frame: Frame) -> int | None:
    return frame.content_index if frame.summary_index is None else frame.summary_index
