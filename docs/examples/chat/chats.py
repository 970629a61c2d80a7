"""The conversations of the chat pages, in a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from chimeric import CompletionResponse, Message, ToolCall, from_json, to_json

TABLES = (
    "CREATE TABLE IF NOT EXISTS chats (id TEXT PRIMARY KEY, owner TEXT NOT NULL, run TEXT)",
    "CREATE TABLE IF NOT EXISTS turns (chat TEXT NOT NULL, number INTEGER NOT NULL, value TEXT, "
    "fault TEXT, PRIMARY KEY (chat, number))",
)


class BusyError(Exception):
    """An answer is being written in this chat."""


class NotFoundError(Exception):
    """There is no such chat, or it is another session's."""


@dataclass
class Turn:
    """What somebody said.

    Attributes:
        value: the user's message; the model's answer, or None where nothing came of it.
        fault: why the answer is not complete.
    """

    value: Message | CompletionResponse[Any] | None
    fault: str | None = None

    @property
    def role(self) -> str:
        return "user" if isinstance(self.value, Message) else "assistant"


@dataclass
class Chat:
    """One conversation.

    Attributes:
        run: the answer that is being written: the id of its stream.
    """

    id: str
    run: str | None = None
    turns: list[Turn] = field(default_factory=list[Turn])

    @property
    def messages(self) -> list[Message]:
        """What the next call is given."""
        messages: list[Message] = []
        for turn in self.turns:
            if isinstance(turn.value, Message):
                messages.append(turn.value)
            elif turn.value is not None:
                messages = list(turn.value.messages)  # all that was said until then
        return messages

    @property
    def waiting(self) -> CompletionResponse[Any] | None:
        """The answer whose calls wait for a decision."""
        last = self.turns[-1].value if self.turns and self.run is None else None
        return last if isinstance(last, CompletionResponse) and last.pending else None

    @property
    def pending(self) -> Sequence[ToolCall]:
        """The calls that wait."""
        return self.waiting.pending if self.waiting is not None else ()


class Chats:
    """All conversations, in one file, which several processes may use."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._transaction() as db:  # workers start at once: one makes the tables
            for table in TABLES:
                db.execute(table)

    def open(self, chat: str, owner: str) -> Chat:
        """A chat of this session; a new one where there is none of that id."""
        with self._transaction() as db:
            row = db.execute("SELECT owner, run FROM chats WHERE id = ?", (chat,)).fetchone()
            if row is None:
                db.execute("INSERT INTO chats VALUES (?, ?, NULL)", (chat, owner))
                return Chat(chat)
            if row[0] != owner:
                raise NotFoundError
            rows = db.execute(
                "SELECT value, fault FROM turns WHERE chat = ? ORDER BY number", (chat,)
            )
            turns = [Turn(from_json(value) if value else None, fault) for value, fault in rows]
            return Chat(chat, row[1], turns)

    def begin(self, chat: str, run: str, said: Message | None) -> None:
        """A message was written, or a decision made, and is about to be answered."""
        with self._transaction() as db:
            begun = db.execute("UPDATE chats SET run = ? WHERE id = ? AND run IS NULL", (run, chat))
            if not begun.rowcount:
                raise BusyError
            if said is not None:
                self._add(db, chat, Turn(said))

    def finish(self, chat: str, run: str, answer: Turn) -> None:
        """The answer is over, well or not."""
        with self._transaction() as db:
            ended = db.execute("UPDATE chats SET run = NULL WHERE id = ? AND run = ?", (chat, run))
            if ended.rowcount:
                self._add(db, chat, answer)

    def run(self, run: str, owner: str) -> str:
        """The chat of a run."""
        with self._transaction() as db:
            row = db.execute(
                "SELECT id FROM chats WHERE run = ? AND owner = ?", (run, owner)
            ).fetchone()
        if row is None:
            raise NotFoundError
        return str(row[0])

    def _add(self, db: sqlite3.Connection, chat: str, turn: Turn) -> None:
        value = None if turn.value is None else to_json(turn.value)
        db.execute(
            "INSERT INTO turns SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ? "
            "FROM turns WHERE chat = ?",
            (chat, value, turn.fault, chat),
        )

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        # Autocommit, so that BEGIN IMMEDIATE below is the only beginning there is.
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
