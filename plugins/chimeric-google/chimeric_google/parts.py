"""The parts of a turn, as they are sent back, and what is told of those that are no text."""

from __future__ import annotations

from typing import Any, Final, cast

SERVER_CALLS: Final = {"executableCode": "code_execution", "toolCall": ""}
"""Parts that tell of a tool that Google runs, and the name of it where the part has none."""

SERVER_RESULTS: Final = ("codeExecutionResult", "toolResponse")

FILES: Final = {"inlineData": "inline_data", "fileData": "file_data"}
"""Parts that are files, and where they are told."""

REMARKS: Final = ("thought", "thoughtSignature", "videoMetadata", "partMetadata", "mediaResolution")
"""Members of a part that are not its data."""


class Parts:
    """The parts so far. Neighbouring texts are one part, which is joined when the next begins.

    Texts of one kind with no other part between them are one block, which has a number.

    ``thought`` tells whether the text that grows is one, ``open`` whether the last block is one of
    thoughts (None where it is over), ``opaque`` whether the parts say more than text and reasoning
    do.
    """

    __slots__ = ("_all", "_blocks", "opaque", "open", "text", "thought")

    def __init__(self) -> None:
        self._all: list[dict[str, Any]] = []
        # Whether each block is thought, and its first part.
        self._blocks: list[tuple[bool, int]] = []
        self.text: list[str] = []
        self.thought = False
        self.open: bool | None = None
        self.opaque = False

    def say(self, words: str, *, thought: bool, signed: dict[str, Any] | None) -> None:
        """Add text. A signature belongs to its very part, even where the text is empty."""
        if words and thought is not self.open:
            self.begin(thought)
        elif signed is not None or thought is not self.thought:
            self.turn(thought)
        if signed is not None:
            self.keep(signed)
        elif words:
            self.text.append(words)

    def turn(self, thought: bool) -> None:
        """The next text is of the other kind, or begins a part."""
        self.flush()
        self.thought = thought

    def begin(self, thought: bool) -> int:
        """The next text is a block of its own; return its number."""
        self.turn(thought)
        self.open = thought
        self._blocks.append((thought, len(self._all)))
        return self.block

    @property
    def block(self) -> int:
        """The number of the last block."""
        return len(self._blocks) - 1

    def texts(self) -> list[tuple[int, str]]:
        """The blocks of text with their numbers."""
        found: list[tuple[int, str]] = []
        if not self._blocks:
            return found
        ends = [first for _, first in self._blocks[1:]] + [len(self._all)]
        for number, ((thought, first), end) in enumerate(zip(self._blocks, ends, strict=True)):
            if not thought:
                said = [part.get("text") or "" for part in self._all[first:end]]
                growing = self.text if number == self.block else []
                found.append((number, "".join((*said, *growing))))
        return found

    def keep(self, part: dict[str, Any]) -> None:
        """Add a part that is no text, or signed."""
        self.flush()
        self.opaque = True
        if part.get("text") is None:
            self.open = None
        self._all.append(part)

    def flush(self) -> None:
        """The text that grew is a part."""
        if self.text:
            part: dict[str, Any] = {"text": "".join(self.text)}
            if self.thought:
                part["thought"] = True
            self._all.append(part)
            self.text.clear()

    def state(self) -> list[Any] | None:
        """The parts for a later turn; None where text says all of it.

        Thoughts may go back, and so nothing of an answer is left out where it is.
        """
        self.flush()
        thinks = any(thought for thought, _ in self._blocks)
        return list(self._all) if self.opaque or thinks else None


def server_tools(part: dict[str, Any]) -> list[Any]:
    """The tools that a part says Google runs."""
    tools: list[Any] = []
    for kind, name in SERVER_CALLS.items():
        if isinstance(body := part.get(kind), dict):
            fields = cast("dict[str, Any]", body)
            tools.append({"type": kind, "name": fields.get("toolType") or name, **fields})
    return tools


def told_in_metadata(part: dict[str, Any]) -> list[tuple[str, Any]]:
    """What a part holds besides text, calls and server tools, by the name it is told under."""
    found: list[tuple[str, Any]] = []
    for kind in SERVER_RESULTS:
        if isinstance(body := part.get(kind), dict):
            fields = cast("dict[str, Any]", body)
            found.append(("server_tool_results", {"type": kind, **fields}))
    for kind, name in FILES.items():
        if part.get(kind) is not None:
            found.append((name, part[kind]))
    if not found and not any(part.get(kind) for kind in SERVER_CALLS):
        data = {name: value for name, value in part.items() if name not in REMARKS}
        if any(value not in (None, "", {}, []) for value in data.values()):
            found.append(("other_parts", part))
    return found
