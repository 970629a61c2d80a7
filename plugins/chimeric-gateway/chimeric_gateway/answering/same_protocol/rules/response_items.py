"""The items of a response that passes: which were announced, and what they hold in the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from chimeric import CompletionResponse, StreamChunk
from chimeric_gateway.answering.same_protocol.apis import api_of
from chimeric_gateway.reading.responses.thoughts import labelled
from chimeric_gateway.shapes import is_array, is_object

from .rules import DoubtError

__all__ = ["ResponseItems", "labelled_item", "mended_usage"]

DETAILS: Final = {
    "input_tokens_details": ("cached_tokens",),
    "output_tokens_details": ("reasoning_tokens",),
}


_NONE: Final[dict[str, Any]] = {"annotations": [], "logprobs": []}


class ResponseItems:
    """Follows items by the upstream's ``output_index``; clients get numbers without gaps.

    Where middleware changes a text, all that tells it once more is written anew: the text of each
    part is then what chunks gave out between its first one and the part's end.

    Attributes:
        edited: whether a text was changed.
    """

    def __init__(self) -> None:
        self.edited = False
        self._ids: dict[int, str] = {}
        self._places: dict[int, int] = {}
        self._begun: dict[int, dict[str, Any]] = {}
        self._parts: set[tuple[int, int | None]] = set()
        self._done: dict[int, dict[str, Any]] = {}
        self._starts: dict[tuple[int, int], int] = {}
        self._texts: dict[tuple[int, int], str] = {}
        self._place: tuple[int, int] | None = None
        self._told = StreamChunk()

    def begin(self, index: int, item: dict[str, Any]) -> dict[str, Any]:
        """An item is announced; returns it, with an id.

        Raises:
            DoubtError: for a place that is taken.
        """
        if index in self._ids:
            raise DoubtError
        self._places[index] = len(self._places)
        told = item.get("id")
        self._ids[index] = identity = told if isinstance(told, str) and told else f"item_{index}"
        self._begun[index] = item = {**item, "id": identity}
        return item

    def id_of(self, index: int) -> str:
        """The id that an item was announced with.

        Raises:
            DoubtError: where it was not.
        """
        if index not in self._ids:
            raise DoubtError
        return self._ids[index]

    def place(self, index: int) -> int:
        """The number that clients know an announced item by."""
        return self._places[index]

    def part(self, index: int, number: int | None) -> None:
        """A part of an item is announced."""
        self._parts.add((index, number))

    def said(self, index: int | None, part: int | None, chunk: StreamChunk | None) -> None:
        """Text of a part.

        Raises:
            DoubtError: where that was not announced.
        """
        if (index, part) != self._place:
            if index is None or part is None or (index, part) not in self._parts:
                raise DoubtError
            self._close()
            self._place = (index, part)
            if chunk is not None:
                self._starts[index, part] = len(chunk.content) - len(chunk.delta or "")
        if chunk is not None:
            self._told = chunk

    def edit(self, chunk: StreamChunk) -> dict[str, Any]:
        """A text is told in other words; returns where.

        Raises:
            DoubtError: where no part is open.
        """
        if self._place is None or self._place not in self._starts:
            raise DoubtError
        self.edited, self._told = True, chunk
        index, part = self._place
        where = {"item_id": self.id_of(index), "output_index": self.place(index)}
        return {**where, "content_index": part}

    def _close(self) -> None:
        """The text of a part is over: note what it was."""
        if self._place in self._starts:
            self._texts[self._place] = self._told.content[self._starts[self._place] :]

    def rewritten(
        self, told: dict[str, Any], place: tuple[int | None, int | None]
    ) -> dict[str, Any]:
        """An event that tells a text once more."""
        if place == self._place:
            self._close()
        text = self._texts.get(place)  # type: ignore[arg-type]
        if text is None:
            return told
        if "text" in told:
            told = {**told, "text": text, "logprobs": []}
        part = told.get("part")
        return {**told, "part": _with_text(part, text)} if is_object(part) else told

    def finish(self, index: int, item: dict[str, Any]) -> dict[str, Any]:
        """An item is complete; returns what is to be told of it.

        Raises:
            DoubtError: for one that was not announced.
        """
        item = {**item, "id": self.id_of(index)}
        if self._place is not None and self._place[0] == index:
            self._close()
        self._done[index] = item = self._edited(index, item)
        return item

    def closed(self, response: CompletionResponse[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events that close what the upstream left open, since clients read whole items alone."""
        self._close()
        calls = {call.id: call.arguments for call in response.tool_calls}
        for index in sorted(self._begun.keys() - self._done.keys()):
            item = {**self._begun[index], "status": "completed"}
            if item.get("type") == "message":
                place = {"item_id": self._ids[index], "output_index": self.place(index)}
                parts: list[dict[str, Any]] = []
                for number in sorted(n for i, n in self._texts if i == index):
                    text = self._texts[index, number]
                    part = {"type": "output_text", "text": text, **_NONE}
                    there = {**place, "content_index": number}
                    yield "response.output_text.done", {**there, "text": text, "logprobs": []}
                    yield "response.content_part.done", {**there, "part": part}
                    parts.append(part)
                item["content"] = parts
            if (said := calls.get(str(item.get("call_id")))) is not None:
                item["arguments" if item.get("type") == "function_call" else "input"] = said
            self._done[index] = item
            at = {"output_index": self.place(index)}
            yield "response.output_item.done", {**at, "item": item}

    def output(self, told: list[Any]) -> list[dict[str, Any]]:
        """The items of the whole response: as they are told there, or else as they were done."""
        done = [self._done[index] for index in sorted(self._done)]
        if self.edited or len(told) < len(done) or not all(map(is_object, told)):
            return done
        if len(told) > len(self._ids):
            return told
        ids = [self._ids[index] for index in sorted(self._ids)]
        return [{**item, "id": known} for item, known in zip(told, ids, strict=False)]

    def _edited(self, index: int, item: dict[str, Any]) -> dict[str, Any]:
        content = item.get("content")
        if not self.edited or item.get("type") != "message" or not is_array(content):
            return item
        parts = [
            _with_text(part, self._texts.get((index, number), ""))
            if is_object(part) and part.get("type") == "output_text"
            else part
            for number, part in enumerate(content)
        ]
        return {**item, "content": parts}


def _with_text(part: dict[str, Any], text: str) -> dict[str, Any]:
    """A part with another text, to which places and probabilities do not belong."""
    if part.get("type") != "output_text" or part.get("text") == text:
        return part
    return {**part, "text": text, "annotations": [], "logprobs": []}


def labelled_item(item: dict[str, Any], provider: str) -> dict[str, Any]:
    """An item whose encrypted content says who is to get it back."""
    content = item.get("encrypted_content")
    if not isinstance(content, str) or not content:
        return item
    own = labelled(api_of(provider), content)
    return item if own == content else {**item, "encrypted_content": own}


def mended_usage(usage: Any) -> Any:
    """Counts that are numbers wherever clients read them as such."""
    if not is_object(usage):
        return usage
    usage = dict(usage)
    for name in ("input_tokens", "output_tokens"):
        if type(usage.get(name)) is not int:
            usage[name] = 0
    if type(usage.get("total_tokens")) is not int:
        usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
    for name, keys in DETAILS.items():
        details = usage.get(name)
        if is_object(details):
            usage[name] = details | {k: 0 for k in keys if type(details.get(k)) is not int}
        else:
            usage[name] = dict.fromkeys(keys, 0)
    return usage
