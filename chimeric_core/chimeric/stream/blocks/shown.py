"""What an answer shows besides text, and all of it in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from chimeric.values.blocks.citations import Citation
from chimeric.values.blocks.files import GeneratedFile
from chimeric.values.blocks.reasoning import ReasoningPart
from chimeric.values.blocks.server_tools import ServerToolChunk
from chimeric.values.chunks import StreamChunk
from chimeric.values.messages import TextPart

from .server_tools import ENDED, merged

if TYPE_CHECKING:
    from chimeric.stream.answer import Answer
    from chimeric.values.responses import AnswerPart

__all__ = ["Place", "Shown", "parts_of"]

Place: TypeAlias = tuple[int, int]
"""A turn and a block of it."""


class Shown(Struct, eq=False):
    """The tools, files and citations that were delivered, by the block that they belong to."""

    tools: dict[Place, ServerToolChunk] = {}
    files: dict[Place, GeneratedFile] = {}
    citations: dict[Place, list[Citation]] = {}

    def add(self, chunk: StreamChunk) -> None:
        """Keep what a chunk shows; of previews only the latest."""
        place = (chunk.turn, chunk.block or 0)
        for tool in chunk.server_tools:
            before = self.tools.get(place)
            self.tools[place] = merged(tool if before is None else before, tool)
        for file in chunk.files:
            self.files[place] = file
        if chunk.citations:
            self.citations.setdefault(place, []).extend(chunk.citations)


def parts_of(answer: Answer) -> tuple[AnswerPart, ...]:
    """The blocks of an answer in their order; empty ones are none.

    What middleware made reasoning of in a block of text stands before that.
    """
    found: dict[tuple[int, ...], AnswerPart] = {}
    shown = answer.shown or Shown()
    log, thoughts = answer.log, answer.reasoning
    texts = _joined(answer, "text", log.size, log.between)
    for place in [*texts, *shown.citations]:
        text = texts.get(place, "")
        citations = tuple(_within(cited, len(text)) for cited in shown.citations.get(place, ()))
        if text or citations:
            found[*place, 1] = TextPart(text, citations)
    reasonings = _joined(
        answer, "reasoning", len(thoughts), lambda start, end: "".join(thoughts[start:end])
    )
    for place, reasoning in reasonings.items():
        found[*place, 0] = ReasoningPart(reasoning)
    for kind, place, index in answer.order:
        if kind == "call":
            found[*place, 1] = answer.tool_calls[index]
    for place, tool in shown.tools.items():
        broken = answer.broken and tool.status not in ENDED
        found[*place, 1] = replace(tool, status="failed") if broken else tool
    found |= {(*place, 1): file for place, file in shown.files.items()}
    return tuple(found[place] for place in sorted(found))


def _joined(
    answer: Answer, kind: str, end: int, between: Callable[[int, int], str]
) -> dict[Place, str]:
    """The text or the reasoning of each block: its pieces may stand apart."""
    texts: dict[Place, str] = {}
    spans = [(place, start) for what, place, start in answer.order if what == kind]
    for number, (place, start) in enumerate(spans, 1):
        until = spans[number][1] if number < len(spans) else end
        texts[place] = texts.get(place, "") + between(start, until)
    return texts


def _within(cited: Citation, size: int) -> Citation:
    """A citation without offsets that no text is at."""
    outside = max(cited.start or 0, cited.end or 0) > size
    return replace(cited, start=None, end=None) if outside else cited
