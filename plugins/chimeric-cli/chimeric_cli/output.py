"""How the chunks of an answer are shown."""

from __future__ import annotations

import sys
from typing import Any, Protocol, cast

import msgspec

from chimeric import GeneratedFile, ServerToolChunk, StreamChunk

from .terminal import report, visible, visible_json, write
from .wire_tap import WireTap

__all__ = [
    "SHORT",
    "ExtractOutput",
    "JSONOutput",
    "NativeOutput",
    "Output",
    "PlainOutput",
    "tool_notes",
    "write_json",
]


SHORT = 200
"""Characters of arguments and results that are told in one line."""


class Output(Protocol):
    """Shows one answer: ``chunk`` for each chunk, ``close`` at the end, whatever that is."""

    def chunk(self, chunk: Any) -> None:
        """Show what a chunk adds."""
        ...

    def close(self) -> None:
        """Show what was held back, and leave the terminal as it was."""
        ...


class PlainOutput:
    """Text as it comes; reasoning and tools on stderr. For pipes and simple terminals."""

    def __init__(self, *, raw: bool = False, reasoning: bool = False) -> None:
        self._raw = raw
        self._reasoning = reasoning
        self._thinking = False
        self._last = ""

    def chunk(self, chunk: StreamChunk) -> None:
        """Write text to stdout at once."""
        if chunk.reasoning and self._reasoning:
            self._thinking = True
            write(self._safe(chunk.reasoning), sys.stderr)
        text = (chunk.delta or "") + (chunk.refusal or "")
        if text:
            self._end_thinking()
            self._last = text
            write(self._safe(text))
        for note in tool_notes(chunk):
            self._end_thinking()
            self._end_line()
            report(note, "note")

    def close(self) -> None:
        """End the last line."""
        self._end_thinking()
        self._end_line()

    def _safe(self, text: str) -> str:
        return text if self._raw else visible(text)

    def _end_thinking(self) -> None:
        if self._thinking:
            self._thinking = False
            write("\n", sys.stderr)

    def _end_line(self) -> None:
        if self._last and not self._last.endswith("\n"):
            write("\n")
        self._last = ""


class JSONOutput:
    """One chunk per line, as JSON."""

    def chunk(self, chunk: StreamChunk) -> None:
        """Write the chunk's ``to_dict()``."""
        write_json(chunk.to_dict())

    def close(self) -> None:
        """Every line is written already."""


class NativeOutput:
    """The provider's own events, one a line. The wire tap has written those that are text."""

    def __init__(self, tap: WireTap) -> None:
        self._tap = tap

    def chunk(self, chunk: Any) -> None:
        """Write an event of a binary protocol, as JSON."""
        if not self._tap.tapped:
            write_json(chunk)

    def close(self) -> None:
        """Every line is written already."""


class ExtractOutput:
    """What stands in the first code block of the answer, without its fences, at the end."""

    def __init__(self, *, raw: bool = False) -> None:
        self._raw = raw
        self._text: list[str] = []

    def chunk(self, chunk: StreamChunk) -> None:
        """Keep the text; tell of tools."""
        self._text.append((chunk.delta or "") + (chunk.refusal or ""))
        for note in tool_notes(chunk):
            report(note, "note")

    def close(self) -> None:
        """Write the block; all of the text, where there is none."""
        from markdown_it import MarkdownIt

        text = "".join(self._text)
        tokens = MarkdownIt("commonmark").parse(text)
        block = next((token.content for token in tokens if token.type == "fence"), None)
        if block is None and text:
            report("the answer has no code block: this is all of it", "note")
            block = text if text.endswith("\n") else text + "\n"
        if block:
            write(block if self._raw else visible(block))


def write_json(value: Any) -> None:
    """One line of JSON."""
    write(visible_json(msgspec.json.encode(value, enc_hook=str).decode()) + "\n")


def tool_notes(chunk: StreamChunk) -> list[str]:
    """Lines about tools: what is called, and what came of it."""
    notes = [
        f"→ {call.name}({_short(call.arguments)})"
        for call in chunk.tool_calls
        if call.status == "completed"
    ]
    for result in chunk.tool_results:
        mark = "✗" if result.is_error else "…" if result.status == "progress" else "←"
        notes.append(f"{mark} {result.name}: {_short(result.output)}")
    notes += [note for tool in chunk.server_tools if (note := _server_tool(tool))]
    notes += [f"▣ {_file(file)}" for file in chunk.files if not file.partial]
    return notes


def _server_tool(tool: ServerToolChunk) -> str:
    """A line about a tool that the provider runs; an empty one for what need not be told."""
    name = tool.name or tool.kind
    if tool.status == "started":
        return f"→ {name} …"
    if tool.status not in ("completed", "failed"):
        return ""
    output = f": {_short(_outcome(tool.output))}" if tool.output else ""
    return f"{'✗' if tool.status == 'failed' else '←'} {name}{output}"


def _file(file: GeneratedFile) -> str:
    """What a file is, and how large."""
    part = file.part
    kind = part.media_type or type(part).__name__.removesuffix("Part").lower()
    if part.data is None:
        return f"{kind} {part.url or part.file_id or file.id}"
    return f"{kind}, {len(part.data) * 3 // 4:,} bytes"


def _outcome(output: Any) -> str:
    """What came of a tool: titles of what it found, what its code printed, else all of it."""
    if isinstance(output, str):
        return output
    if isinstance(output, list):
        found = [item for item in output if isinstance(item, dict)]
        names = [item.get("title") or item.get("filename") or item.get("url") for item in found]
        return "; ".join(str(name) for name in names if name) or f"{len(found)} results"
    if isinstance(output, dict) and ("stdout" in output or "stderr" in output):
        ran = cast("dict[str, Any]", output)
        return f"{ran.get('stdout') or ''}{ran.get('stderr') or ''}".strip() or "no output"
    return msgspec.json.encode(output, enc_hook=str).decode()


def _short(text: str, limit: int = SHORT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
