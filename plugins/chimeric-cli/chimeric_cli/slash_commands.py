"""What a line that begins with a slash does in a conversation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeAlias

import click

from chimeric import ChimericError, Message, TextPart

from .attachments import Attachment, read_attachment
from .conversation import Conversation, usage_line
from .saved import read_conversation, write_conversation
from .terminal import report, write

__all__ = ["QUIT", "SlashCommands"]

QUIT: Final = "quit"
"""What a command returns that ends the conversation."""

Outcome: TypeAlias = Message | Literal["quit"] | None
"""A message to ask now, the end of the conversation, or nothing more to do."""


class SlashCommands:
    """The commands of one conversation, and what they put aside for its next message."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._attached: list[Attachment] = []
        self._own_files: set[Path] = set()
        self._all: dict[str, tuple[Callable[[str], Outcome], str, str]] = {
            "/help": (self._help, "", "show this"),
            "/model": (self._model, "[NAME]", "show or change the model"),
            "/system": (self._system, "[TEXT]", "the system message (- for none)"),
            "/attach": (self._attach, "[FILE|URL]", "send it with the next message"),
            "/retry": (self._retry, "", "ask the last question again"),
            "/edit": (self._edit, "", "change the last question, ask it again"),
            "/reset": (self._reset, "", "forget what was said"),
            "/save": (self._save, "FILE", "write it all (.json, else Markdown)"),
            "/load": (self._load, "FILE.json", "go on with what was saved"),
            "/usage": (self._usage, "", "token counts and price so far"),
            "/quit": (lambda rest: QUIT, "", "leave (Ctrl-D too)"),
        }

    def names(self) -> list[str]:
        """The commands, for completion."""
        return list(self._all)

    def run(self, line: str) -> Outcome:
        """Run a line that begins with a slash."""
        name, _, rest = line.partition(" ")
        found = self._all.get("/quit" if name == "/exit" else name)
        if found is None:
            report(f"no command {name} (see /help); a space first sends it as text", "note")
            return None
        try:
            return found[0](rest.strip())
        except click.ClickException as error:
            report(error.format_message(), "error")
            return None

    def message(self, text: str) -> Message:
        """A text as the next message, with what was attached."""
        parts, self._attached = self._attached, []
        return Message("user", (*parts, TextPart(text)) if parts else text)

    def _help(self, rest: str) -> None:
        wide = max(len(f"{name} {argument}") for name, (_, argument, _) in self._all.items())
        for name, (_, argument, text) in self._all.items():
            write(f"  {f'{name} {argument}':<{wide}}  {text}\n")
        write("  Ctrl-C stops an answer; a \\ at a line's end goes on.\n")

    def _model(self, rest: str) -> None:
        if rest:
            self._talk.model = rest
        report(f"model: {self._talk.model}", "note")

    def _system(self, rest: str) -> None:
        if rest:
            self._talk.system = None if rest == "-" else rest
        report(f"system: {self._talk.system or '(none)'}", "note")

    def _attach(self, rest: str) -> None:
        if rest == "-":
            self._attached = []
        elif rest:
            self._attached.append(read_attachment(rest))
        kinds = [part.media_type or "from its address" for part in self._attached]
        report(f"with the next message: {', '.join(kinds) or 'nothing'}", "note")

    def _retry(self, rest: str) -> Outcome:
        asked = self._talk.asked
        if asked is None:
            report("nothing has been asked yet", "note")
            return None
        self._talk.take_back()
        return asked

    def _edit(self, rest: str) -> Outcome:
        asked = self._talk.asked
        text = click.edit(asked.text if asked else "", require_save=False)
        if text is None or not text.strip():
            report("nothing to ask", "note")
            return None
        if asked is None:
            return self.message(text.strip())
        self._talk.take_back()
        return _with_text(asked, text.strip())

    def _reset(self, rest: str) -> None:
        self._talk.replace([])
        report("forgotten", "note")

    def _usage(self, rest: str) -> None:
        report(usage_line(self._talk.usage, self._talk.spent.in_words()), "note")

    def _save(self, rest: str) -> None:
        if not rest:
            report("say where: /save FILE", "note")
            return
        path = Path(rest).expanduser()
        try:
            write_conversation(self._talk, path, over=path.resolve() in self._own_files)
        except FileExistsError:
            report(f"{path} exists already; choose another name", "error")
        except OSError as error:
            report(f"cannot write {path}: {error.strerror}", "error")
        else:
            self._own_files.add(path.resolve())
            report(f"saved {len(self._talk.messages)} messages to {path}", "note")

    def _load(self, rest: str) -> None:
        if not rest:
            report("say what: /load FILE.json, as /save writes it", "note")
            return
        path = Path(rest).expanduser()
        try:
            read_conversation(self._talk, path)
        except OSError as error:
            report(f"cannot read {path}: {error.strerror}", "error")
        except (ChimericError, ValueError) as error:
            report(f"{path}: {getattr(error, 'message', error)}", "error")
        else:
            if path.suffix == ".json":
                self._own_files.add(path.resolve())
            report(f"loaded {len(self._talk.messages)} messages; {self._talk.model}", "note")


def _with_text(message: Message, text: str) -> Message:
    """The message with another text, and with its files."""
    if isinstance(message.content, str):
        return Message("user", text)
    files = [part for part in message.content if not isinstance(part, TextPart)]
    return Message("user", (*files, TextPart(text)))
