"""The conversation at a terminal: prompt, history, slash commands."""

from __future__ import annotations

import sys

from chimeric import Message

from .conversation import Conversation, tell_end, usage_line
from .costs import price_of
from .history import History
from .slash_commands import QUIT, SlashCommands
from .terminal import has_colours, report, write

__all__ = ["converse"]

PROMPT = "> "
MORE = ". "


def converse(talk: Conversation, *, show_usage: bool = False) -> int:
    """Talk until ``/quit`` or the end of the input. Returns the exit code."""
    commands = SlashCommands(talk)
    report(f"{talk.model} - /help for commands, Ctrl-D to leave", "note")
    with History(commands.names()) as history:
        while True:
            try:
                _turns(talk, commands, history, show_usage)
                return 0
            except KeyboardInterrupt:  # at the prompt, or wherever else: only the line is lost
                write("\n")
            except EOFError:
                write("\n")
                return 0


def _turns(talk: Conversation, commands: SlashCommands, history: History, show_usage: bool) -> None:
    # A loop of its own: a Ctrl-C between two of its rounds is still inside the caller's try.
    while True:
        text = _read(history)
        if text.startswith("/"):
            outcome = commands.run(text)
        else:
            outcome = commands.message(text) if text.strip() else None
        if outcome == QUIT:
            return
        if isinstance(outcome, Message):
            _answer(talk, outcome, show_usage)


def _answer(talk: Conversation, message: Message, show_usage: bool) -> None:
    reply = talk.ask(message)
    tell_end(reply)
    if show_usage:
        told = (f"{reply.seconds:.1f} s", price_of(reply.response))
        report(usage_line(reply.response.usage, *told), "note")


def _read(history: History) -> str:
    """One message; a line that ends with a backslash goes on."""
    lines: list[str] = []
    while True:
        line = input(_coloured(MORE if lines else PROMPT))
        if not line.endswith("\\"):
            break
        lines.append(line[:-1])
    text = "\n".join([*lines, line])
    history.add(text)
    return text


def _coloured(prompt: str) -> str:
    # \x01 and \x02 tell readline what takes no room on the line.
    return f"\x01\x1b[1;36m\x02{prompt}\x01\x1b[0m\x02" if has_colours(sys.stdout) else prompt
