"""What the recordings of each provider show besides text, as the documentation has it in tables."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from chimeric import Chimeric, ChimericError, CompletionResponse, StreamChunk, TranslationWarning
from chimeric.values.blocks.server_tools import ServerToolKind

from .corpus import cases, check, route
from .replay import Replay
from .test_corpus import arguments

__all__ = ["FEATURES", "TOOLS", "shown_by_provider"]

TOOLS: tuple[str, ...] = get_args(ServerToolKind)

FEATURES = ("citations", "offsets", "quoted text", "files", "previews", "logprobs", "blocks")


def shown_by_provider() -> dict[str, set[str]]:
    """The features that a recording of each provider shows, by the provider's name."""
    found: dict[str, set[str]] = collections.defaultdict(set)
    with Replay() as replay, replay.client() as client, warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        for case in cases():
            replay.case, replay.pieces = case, [check.body_bytes(case)]
            found[route(case)[0]].update(_features(client, case))
    return found


def _features(client: Chimeric, case: dict[str, Any]) -> set[str]:
    chunks: list[StreamChunk] = []
    try:
        answer: Any = client.generate(**arguments(case))
        if not isinstance(answer, CompletionResponse):
            chunks += answer
            answer = answer.response
    except ChimericError as error:
        answer = error.partial
    return {*_of_chunks(chunks), *(() if answer is None else _of_answer(answer))}


def _of_chunks(chunks: Iterable[StreamChunk]) -> Iterator[str]:
    """What only a stream shows."""
    for chunk in chunks:
        if any(file.partial for file in chunk.files):
            yield "previews"
        if chunk.logprobs:
            yield "logprobs"


def _of_answer(answer: CompletionResponse) -> Iterator[str]:
    texts = 0
    for part in answer.parts:
        kind = getattr(part, "kind", None)
        if kind in TOOLS and hasattr(part, "output"):
            yield kind
        if hasattr(part, "partial"):
            yield "files"
        texts += bool(getattr(part, "text", None))
        for cited in getattr(part, "citations", ()):
            yield "citations"
            if cited.end is not None:
                yield "offsets"
            if cited.text:
                yield "quoted text"
    if texts > 1:
        yield "blocks"
