"""The conversation at a terminal: prompt, history, slash commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from chimeric import Message

from .conversation import Conversation, tell_end, usage_line
from .costs import price_of
from .history import History
from .terminal import has_colours, report, write

__all__ = ["converse"]

PROMPT = "> "
MORE = ". "


def converse(talk: Conversation, *, show_usage: bool = False) -> int:
    """Talk until ``/quit`` or the end of the input. Returns the exit code."""
    commands = _Commands(talk)
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


def _turns(talk: Conversation, commands: _Commands, history: History, show_usage: bool) -> None:
    # A loop of its own: a Ctrl-C between two of its rounds is still inside the caller's try.
    while True:
        text = _read(history)
        if text.startswith("/"):
            if commands.run(text) is _QUIT:
                return
        elif text.strip():
            _answer(talk, text, show_usage)


def _answer(talk: Conversation, text: str, show_usage: bool) -> None:
    reply = talk.ask(Message("user", text))
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


_QUIT = object()


class _Commands:
    """The slash commands."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._all: dict[str, tuple[Callable[[str], object], str, str]] = {
            "/help": (self._help, "", "show this"),
            "/model": (self._model, "[NAME]", "show or change the model"),
            "/system": (self._system, "[TEXT]", "the system message (- for none)"),
            "/reset": (self._reset, "", "forget what was said"),
            "/save": (self._save, "FILE", "write it all (.json, else Markdown)"),
            "/usage": (self._usage, "", "token counts and price so far"),
            "/quit": (lambda rest: _QUIT, "", "leave (Ctrl-D too)"),
        }

    def names(self) -> list[str]:
        """The commands, for completion."""
        return list(self._all)

    def run(self, line: str) -> object:
        """Run a line that begins with a slash."""
        name, _, rest = line.partition(" ")
        found = self._all.get("/quit" if name == "/exit" else name)
        if found is None:
            report(f"no command {name} (see /help); a space first sends it as text", "note")
            return None
        return found[0](rest.strip())

    def _help(self, rest: str) -> None:
        for name, (_, argument, text) in self._all.items():
            write(f"  {name + ' ' + argument:<16} {text}\n")
        write("  Ctrl-C stops an answer; a \\ at a line's end goes on.\n")

    def _model(self, rest: str) -> None:
        if rest:
            self._talk.model = rest
        report(f"model: {self._talk.model}", "note")

    def _system(self, rest: str) -> None:
        if rest:
            self._talk.system = None if rest == "-" else rest
        report(f"system: {self._talk.system or '(none)'}", "note")

    def _reset(self, rest: str) -> None:
        self._talk.messages = []
        report("forgotten", "note")

    def _usage(self, rest: str) -> None:
        report(usage_line(self._talk.usage, self._talk.spent.in_words()), "note")

    def _save(self, rest: str) -> None:
        if not rest:
            report("say where: /save FILE", "note")
            return
        path = Path(rest).expanduser()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(_as_json(self._talk) if path.suffix == ".json" else _as_text(self._talk))
        except FileExistsError:
            report(f"{path} exists already; choose another name", "error")
        except OSError as error:
            report(f"cannot write {path}: {error.strerror}", "error")
        else:
            report(f"saved {len(self._talk.messages)} messages to {path}", "note")


def _as_json(talk: Conversation) -> str:
    data = {"model": talk.model, "system": talk.system, "messages": talk.messages}
    return msgspec.json.format(msgspec.json.encode(data, enc_hook=str)).decode() + "\n"


def _as_text(talk: Conversation) -> str:
    system = [f"## system\n\n{talk.system}\n"] if talk.system else []
    return "\n".join(system + [f"## {m.role}\n\n{m.text}\n" for m in talk.messages])
