"""Markdown on a terminal while it arrives.

Blocks that are finished are printed once and for all; only the last one, which may still change,
is drawn again and again. So the terminal's own scrolling works, and a long answer costs no more
for each chunk than a short one.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

from chimeric import StreamChunk

from .output import tool_notes
from .terminal import quiet_interrupt, visible

__all__ = ["MarkdownOutput", "split_blocks"]

INTERVAL = 0.08
"""Seconds between two looks at what is finished, and between two drawings of what is not."""

_PARSER = MarkdownIt().enable("table").enable("strikethrough")


def split_blocks(text: str) -> tuple[str, str]:
    r"""The blocks that no further text can change, and the rest.

    Only whole lines are looked at: a ``#`` may become ``#hashtag``, which is no heading.

    Example:
        >>> split_blocks("one\n\ntwo\nand")
        ('one\n\n', 'two\nand')
    """
    complete = text[: text.rfind("\n") + 1]
    starts = [t.map[0] for t in _PARSER.parse(complete) if not t.level and t.map]
    if not starts:
        return "", text
    done = "".join(complete.splitlines(keepends=True)[: starts[-1]])
    return done, text[len(done) :]


def _make_visible(tokens: list[Token]) -> None:
    """Make what could steer the terminal visible in everything that a parser found."""
    for token in tokens:
        token.content = visible(token.content)
        token.info = visible(token.info)
        for name, value in token.attrs.items():
            if isinstance(value, str):
                token.attrs[name] = visible(value)
        _make_visible(token.children or [])


class _Trimmed:
    """Something without the empty lines around it; of a tall one, the last lines if asked."""

    def __init__(self, inner: RenderableType, *, tail: bool = False) -> None:
        self._inner = inner
        self._tail = tail

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._inner, options.update(height=None), pad=False)
        while lines and _is_empty(lines[0]):
            lines.pop(0)
        while lines and _is_empty(lines[-1]):
            lines.pop()
        if self._tail:
            lines = lines[-max(console.height - 2, 1) :]
        for line in lines:
            yield from _without_padding(line)
            yield Segment.line()


def _without_padding(line: list[Segment]) -> list[Segment]:
    """A line without the blanks at its end, which would be copied with it."""
    while line and _is_empty(line[-1:]):
        line = line[:-1]
    if line and (line[-1].style is None or not line[-1].style.bgcolor):
        last = line[-1]
        line = [*line[:-1], Segment(last.text.rstrip(), last.style)]
    return line


def _is_empty(line: list[Segment]) -> bool:
    """Whether nothing is seen of a line: no text, no background."""
    return not any(s.text.strip() or (s.style is not None and s.style.bgcolor) for s in line)


class MarkdownOutput:
    """Shows an answer as Markdown, live."""

    def __init__(self, console: Console, *, reasoning: bool = False) -> None:
        self._console = console
        self._reasoning = reasoning
        self._kind = "text"
        self._pending = ""
        self._printed = False
        self._looked = 0.0
        # Rich measures what it has drawn, draws, and writes, and would be interrupted in between
        # by its own thread: then it erases too many lines, or too few.
        self._drawing = threading.Lock()
        self._closed = threading.Event()
        self._live = Live(
            console=console,
            get_renderable=self._render,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
        )
        self._terminal = ExitStack()
        self._terminal.enter_context(quiet_interrupt())
        self._terminal.enter_context(self._live)
        self._animation = threading.Thread(target=self._animate, daemon=True)
        self._animation.start()

    def chunk(self, chunk: StreamChunk) -> None:
        """Add what a chunk says."""
        with self._drawing:
            if chunk.reasoning and self._reasoning:
                self._add("reasoning", chunk.reasoning)
            text = (chunk.delta or "") + (chunk.refusal or "")
            if text:
                self._add("text", text)
            for note in tool_notes(chunk):
                self._flush()
                self._print(Text(visible(note), "dim"))
                self._printed = False

    def close(self) -> None:
        """Print what is left and give the terminal back."""
        self._closed.set()
        self._animation.join()
        self._terminal.close()
        self._flush()

    def _animate(self) -> None:
        while not self._closed.wait(INTERVAL):
            with self._drawing:
                self._live.refresh()

    def _add(self, kind: str, text: str) -> None:
        if kind != self._kind:
            self._flush()
            self._kind = kind
        self._pending += text
        now = time.monotonic()
        if now - self._looked < INTERVAL:
            return
        self._looked = now
        if kind == "text":
            done, rest = split_blocks(self._pending)
        else:
            done, blank, rest = self._pending.rpartition("\n\n")
            done += blank
        if done.strip():
            self._pending = rest
            self._print(self._shown(done))

    def _flush(self) -> None:
        text, self._pending = self._pending, ""
        if text.strip():
            self._print(self._shown(text))

    def _print(self, what: RenderableType) -> None:
        if self._printed:
            self._console.print()
        self._console.print(_Trimmed(what))
        self._printed = True

    def _shown(self, text: str) -> RenderableType:
        text = visible(text)
        if self._kind == "reasoning":
            return Text(text.strip("\n"), "dim italic")
        # The address of a link is written out: what a model calls a link says little.
        markdown = Markdown(text, hyperlinks=False)
        # Once more: the parser has read entities such as &#x202e; by now.
        _make_visible(markdown.parsed)
        return markdown

    def _render(self) -> RenderableType:
        pending = self._pending
        if not pending:
            return Spinner("dots", style="dim")
        lines, room = pending.splitlines(), self._console.height
        if len(lines) > room:  # only the end has room; a code block keeps its first line
            head = lines[:1] if lines[0].startswith(("```", "~~~")) else []
            pending = "\n".join([*head, *lines[-room:]])
        return _Trimmed(self._shown(pending), tail=True)
