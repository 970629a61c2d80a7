"""What may go to a terminal, and how: safe text, colours, messages on stderr."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "console",
    "is_rich",
    "prepare_streams",
    "report",
    "show",
    "visible",
    "visible_json",
    "write",
]

# Control characters but line feed and tab; and the characters that reorder text on the screen.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")
_COLOURS = {"error": "31", "warning": "33", "note": "2"}


def visible(text: str) -> str:
    r"""``text`` with whatever could steer a terminal made visible.

    A model, a tool or a server must not move the cursor, hide text or set the window's title.

    Example:
        >>> visible("\x1b[31mred")
        '\\x1b[31mred'
    """
    text = text.replace("\r\n", "\n")
    return _UNSAFE.sub(_escape, text) if _UNSAFE.search(text) else text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def visible_json(text: str) -> str:
    """The same for JSON text, which stays JSON with the same meaning."""
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def prepare_streams() -> None:
    """Let a terminal without UTF-8 show what it can instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write(text: str, stream: TextIO | None = None) -> None:
    """Write text and pass it on at once."""
    target = sys.stdout if stream is None else stream
    target.write(text)
    target.flush()


def report(text: str, kind: Literal["error", "warning", "note"]) -> None:
    """Say something on stderr; it never disturbs what is on stdout."""
    label = "" if kind == "note" else f"{kind}: "
    text = f"{label}{visible(text)}"
    if has_colours(sys.stderr):
        text = f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m"
    with contextlib.suppress(OSError):  # nobody reads it
        write(text + "\n", sys.stderr)


def has_colours(stream: TextIO) -> bool:
    """Whether colours are wanted there: a terminal, no NO_COLOR (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def is_rich(stream: TextIO) -> bool:
    """Whether the stream is a terminal that can redraw lines and knows UTF-8."""
    encoding = (stream.encoding or "").lower().replace("-", "")
    return stream.isatty() and encoding == "utf8" and os.environ.get("TERM") not in ("dumb", None)


def console(stream: TextIO | None = None) -> Console:
    """A console for tables and Markdown. A closed pipe shows as BrokenPipeError."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    target = stream or sys.stdout
    # What goes into a pipe is for programs: one line for each row, whatever its length.
    width = None if target.isatty() else 1000
    return Plain(file=target, highlight=False, emoji=False, width=width)


def show(*renderables: Any) -> None:
    """Print tables and texts on stdout, without the blanks that fill up their lines."""
    out = console()
    with out.capture() as capture:
        for renderable in renderables:
            out.print(renderable)
    write("".join(line.rstrip() + "\n" for line in capture.get().splitlines()))


@contextlib.contextmanager
def quiet_interrupt() -> Generator[None, None, None]:
    """Keep the terminal from writing ``^C`` into what is being drawn."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    quiet = [*before[:3], before[3] & ~termios.ECHOCTL, *before[4:]]
    termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
