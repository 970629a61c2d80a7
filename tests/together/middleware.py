"""All middleware of this repository on one client, and what each of them has seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
from chimeric_cache import Cache
from chimeric_cost import Cost
from chimeric_fallback import Fallback
from chimeric_guard import Guard, Passage
from chimeric_hedge import Hedge
from chimeric_limit import Amounts, Granted, Ledger, Limit, NoRoom, Rates
from chimeric_otel import Telemetry
from chimeric_record import Record
from chimeric_redact import Redact
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chimeric import Chimeric

__all__ = ["CALLERS", "KEY", "MIDDLEWARE", "SECRET", "SHOWING", "Books", "World"]

KEY: Final = "sk-loopback-0123456789abcdef"

SECRET: Final = r"[Tt]ides?|[Oo]slo"
"""What redact takes out of answers, and record out of files."""


class Books(Ledger):
    """The books of a limit that tells what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.granted = 0
        self.settled: list[Amounts | None] = []

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        told = super().take(key, rates, amounts)
        self.granted += isinstance(told, Granted)
        return told

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        self.settled.append(amounts)
        super().settle(key, ticket, rates, amounts)


class World:
    """Where the middleware of one test keeps what it keeps."""

    def __init__(self, folder: Path, *, secret: str = SECRET) -> None:
        self.folder = folder
        self.secret = secret
        self.books = Books()
        self.checked: dict[str, str] = {}
        self._spans = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))

    def check(self, text: str, passage: Passage) -> bool:
        """What the guard asks: it approves of all, and keeps what it was asked about, by kind."""
        self.checked[passage.kind] = self.checked.get(passage.kind, "") + text
        return True

    def plugins(self, names: Sequence[str] | None = None) -> list[Any]:
        """The middleware, in this order."""
        return [MIDDLEWARE[name](self) for name in names or MIDDLEWARE]

    def client(self, urls: Mapping[str, str], *names: str, **settings: Any) -> Chimeric:
        """A client with all of it, or with some."""
        return Chimeric(
            base_urls=dict(urls),
            api_keys=dict.fromkeys(urls, KEY),
            plugins=self.plugins(names or None),
            **{"max_retries": 0, **settings},
        )

    @property
    def kept(self) -> list[str]:
        """The rows of the cache."""
        with closing(sqlite3.connect(self.folder / "answers.db")) as database:
            return [row.decode() for (row,) in database.execute("select value from answers_1")]

    @property
    def recorded(self) -> list[str]:
        """The files of the recordings."""
        return [file.read_text() for file in sorted((self.folder / "recordings").rglob("*.json"))]

    @property
    def calls(self) -> int:
        """How many spans have no parent: one for each call."""
        return sum(span.parent is None for span in self._spans.get_finished_spans())

    @property
    def traced(self) -> str:
        """All that the spans say."""
        return "".join(span.to_json() for span in self._spans.get_finished_spans())

    @property
    def refused(self) -> int:
        """How many attempts were settled without tokens."""
        return self.books.settled.count(Amounts())

    @property
    def used(self) -> list[int]:
        """The tokens of each attempt that was settled, as the provider counted them."""
        return [amounts.tokens for amounts in self.books.settled if amounts]


MIDDLEWARE: Final[dict[str, Callable[[World], Any]]] = {
    "cache": lambda world: Cache(world.folder / "answers.db"),
    "cost": lambda world: Cost(),
    "fallback": lambda world: Fallback({"openai:gpt-4o-mini": ["anthropic:claude-sonnet-4-5"]}),
    "guard": lambda world: Guard(world.check, reasoning=True, tool_calls=True),
    "limit": lambda world: Limit(tokens=10**6, concurrent=5, store=world.books),
    "otel": lambda world: Telemetry(tracer_provider=world.tracers, capture_content=False),
    "record": lambda world: Record(world.folder / "recordings", mask=[world.secret]),
    "redact": lambda world: Redact([world.secret]),
}
"""A row for each distribution that is a plugin."""

SHOWING: Final = tuple(name for name in MIDDLEWARE if name != "guard")
"""Those that show what the provider itself said of its answer: a guard withholds it."""

CALLERS: Final[dict[str, Callable[[Chimeric], Any]]] = {
    "client": lambda client: client,
    "hedge": lambda client: Hedge(client, {"*": ["groq:llama-3.3-70b-versatile"]}, delay=60),
}
"""A row for each distribution that makes calls of a client in its place."""


def told(response: Any) -> dict[str, Any]:
    """What the cache says of an answer."""
    return dict(response.metadata["answer_cache"])


def seen(response: Any) -> Any:
    """What a caller sees of an answer, but ids of calls that were made up."""
    return msgspec.to_builtins(response.parts, enc_hook=repr)
