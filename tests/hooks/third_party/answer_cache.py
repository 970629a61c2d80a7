"""A cache of answers in an SQLite file: what was answered once is not asked again."""

import hashlib
import sqlite3
from contextlib import closing

import msgspec

from chimeric import Delta, hookimpl, run


class AnswerCache:
    """One file, which several processes may share."""

    def __init__(self, path):
        self._path = path
        self._do("create table if not exists answers (key text primary key, deltas)")

    @hookimpl
    def chimeric_answer(self, request, context):
        key = context.state["answer-cache"] = self._key(request)
        row = yield from run(self._do, "select deltas from answers where key = ?", key)
        if row is not None:
            yield from msgspec.json.decode(row[0], type=list[Delta])

    @hookimpl
    def chimeric_finish_turn(self, turn, context):
        key, deltas = context.state["answer-cache"], msgspec.json.encode(turn.deltas)
        yield from run(self._do, "insert or replace into answers values (?, ?)", key, deltas)

    def _key(self, request):
        # Streamed and whole answers are one; functions and types cannot be encoded.
        fields = msgspec.structs.asdict(request.replace(stream=False, response_format=None))
        fields["tools"] = [(tool.name, tool.parameters) for tool in request.tools]
        return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()

    def _do(self, statement, *values):
        with closing(sqlite3.connect(self._path)) as database, database:
            return database.execute(statement, values).fetchone()
