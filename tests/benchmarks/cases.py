"""The rows of the benchmark: what is ordered of whom, and how its figures are read."""

from __future__ import annotations

from typing import Any, NamedTuple

from .peers import PEERS

__all__ = ["CASES", "Case"]

CHAT_PEERS = tuple(PEERS)
FLOORS = ("socket", "httpx-reading", "httpx")
AFLOORS = (*FLOORS, "aiohttp")
FAST = {*AFLOORS, "chimeric", "chimeric (aiohttp)", "chimeric 0.3.0"}
OURS = ("chimeric",)
LARGE_CROWD = ("chimeric 0.3.0", "openai", "anthropic", "pydantic-ai")
"""Who meets a thousand streams; the others take minutes for it."""
AOURS = ("chimeric", "chimeric (aiohttp)")


class Case(NamedTuple):
    """One table.

    Attributes:
        key: name in the result file and of the plot.
        title: heading.
        order: what every worker does; ``count`` is filled in from ``counts``.
        subjects: who is measured.
        figure: which number of the reply (``cpu``, ``wall``, ``memory``).
        unit: unit of the shown figure.
        scale: from seconds or bytes to the unit.
        each: divide by the number of texts.
        counts: texts of one answer for fast subjects and for slow ones.
        floor: the subject that ratios refer to.
        rounds: how often each subject is measured.
        fresh: whether each measurement gets a new process.
        note: what to know when reading it.
    """

    key: str
    title: str
    order: dict[str, Any]
    subjects: tuple[str, ...]
    figure: str = "cpu"
    unit: str = "us"
    scale: float = 1e6
    each: bool = True
    counts: tuple[int, int] = (20000, 1000)
    floor: str = "httpx"
    rounds: int = 5
    fresh: bool = False
    note: str = ""

    def count(self, subject: str) -> int:
        """Texts in one answer to this subject."""
        return self.counts[0 if subject in FAST or subject.startswith("chimeric") else 1]

    def order_for(self, subject: str) -> dict[str, Any]:
        """The order with its count."""
        if self.order["do"] == "first":
            return self.order
        return {**self.order, "count": self.count(subject)}


def _decode(protocol: str, title: str, single: bool) -> Case:
    shape = "one event a read" if single else "reads of 64 KiB"
    return Case(
        f"decode-{protocol}" + ("-single" if single else ""),
        f"Decode path alone, {title}, {shape} (CPU per event)",
        {"do": "decode", "protocol": protocol, "single": single, "middleware": 0},
        ("httpx", "chimeric"),
        note="Framing, decoding and making a chunk, without any transport. The floor splits at "
        "blank lines and decodes into a struct of the fields it needs.",
    )


def _stream(mode: str, title: str, asynchronous: bool) -> Case:
    kind = "async" if asynchronous else "sync"
    subjects = (*AFLOORS, *AOURS) if asynchronous else (*FLOORS, *OURS)
    return Case(
        f"{mode}-{kind}",
        f"Loopback HTTP, {title}, {kind} (CPU per chunk)",
        {"do": "stream", "mode": mode, "asynchronous": asynchronous},
        (*subjects, *CHAT_PEERS),
        counts=(400, 400) if mode == "tick" else (20000, 2000),
        rounds=3 if mode == "tick" else 9,
        note="Events come one a millisecond, as real streams do: waking up costs most."
        if mode == "tick"
        else "",
    )


def _crowd(streams: int, count: int, peers: tuple[str, ...]) -> Case:
    return Case(
        f"crowd-{streams}",
        f"{streams:,} concurrent async streams of {count} chunks (client CPU)",
        {"do": "crowd", "streams": streams},
        (*AFLOORS, *AOURS, *peers),
        unit="s",
        scale=1,
        each=False,
        counts=(count, count),
        rounds=3,
        fresh=True,
        note="The server begins when all streams are open (or three seconds after the last one "
        "came, for clients whose connection pool is smaller) and writes one event to each in turn. "
        "After four it waits until the client has seen text of all: this is when memory is taken.",
    )


def _memory(keep: bool) -> Case:
    word = "kept" if keep else "dropped"
    return Case(
        f"memory-{word}",
        f"Growth of memory over a stream of 20,000 {word} chunks",
        {"do": "memory", "keep": keep},
        ("chimeric", "chimeric, keep_raw=False", *CHAT_PEERS),
        figure="memory",
        unit="MB",
        scale=1e-6,
        each=False,
        counts=(20000, 20000),
        floor="",
        rounds=1,
        fresh=True,
        note="Resident memory of a fresh process after the stream, less before it. The text is "
        "0.2 MB.",
    )


def _middleware(number: int) -> Case:
    return Case(
        f"middleware-{number}",
        f"Decode path with {number} middleware (CPU per event)",
        {"do": "decode", "protocol": "chat", "single": False, "middleware": number},
        ("httpx", "chimeric"),
    )


def _short(kind: str, count: int, title: str, asynchronous: bool) -> Case:
    mode = "async" if asynchronous else "sync"
    peers = ("openai",) if kind == "round" else CHAT_PEERS
    if kind == "whole":
        peers = tuple(name for name in peers if name not in ("anthropic", "cohere"))
    ours = ("chimeric small", "chimeric", *(("chimeric (aiohttp)",) if asynchronous else ()))
    named = f"-{count // 1000}k" if kind == "whole" else ""
    return Case(
        f"{'short' if kind == 'burst' else kind}{named}-{mode}",
        f"{title}, {mode} (CPU per call)",
        {"do": "requests", "kind": kind, "times": 200, "asynchronous": asynchronous},
        ("httpx", *(("aiohttp",) if asynchronous and kind == "burst" else ()), *ours, *peers),
        unit="ms",
        scale=1e3,
        each=False,
        counts=(count, count),
        rounds=7,
        note="One call after the other on a warm connection. Wheels are installed, as users have "
        "them; `chimeric small` is core + openai alone."
        if kind == "burst"
        else "",
    )


SHORT = tuple(
    _short(kind, count, title, asynchronous)
    for kind, count, title in (
        ("burst", 20, "A streamed answer of 20 chunks"),
        ("whole", 1000, "An answer of 1 KB that is not streamed"),
        ("whole", 100_000, "An answer of 100 KB that is not streamed"),
        ("round", 20, "A tool round: a call, and the answer to its result in 20 chunks"),
    )
    for asynchronous in (False, True)
)


def _growth(count: int) -> Case:
    return Case(
        f"growth-{count}",
        f"A stream of {count:,} chunks, burst, sync (CPU per chunk)",
        {"do": "stream", "mode": "burst", "asynchronous": False},
        ("httpx", "chimeric", "chimeric 0.3.0", "openai"),
        counts=(count, count),
    )


CASES: tuple[Case, ...] = (
    _decode("chat", "OpenAI chat", single=False),
    _decode("chat", "OpenAI chat", single=True),
    _decode("anthropic", "Anthropic messages", single=False),
    _decode("gemini", "Gemini", single=False),
    _decode("responses", "OpenAI responses", single=False),
    _decode("tools", "pieces of a tool's arguments", single=False),
    Case(
        "offline",
        "Whole client, answers out of memory (CPU per chunk)",
        {"do": "offline"},
        ("httpx", "chimeric", *CHAT_PEERS),
        note="Everything of a library runs, its HTTP client included, but no socket. "
        "anthropic and cohere decode their own, shorter events.",
    ),
    _stream("burst", "as fast as it goes", asynchronous=False),
    _stream("burst", "as fast as it goes", asynchronous=True),
    _stream("one", "one event a write", asynchronous=False),
    _stream("one", "one event a write", asynchronous=True),
    _stream("tick", "one event a millisecond", asynchronous=False),
    _stream("tick", "one event a millisecond", asynchronous=True),
    Case(
        "first",
        "Time to the first text on a warm connection, above a raw socket's",
        {"do": "first", "times": 100},
        ("socket", "httpx", "chimeric small", "chimeric", *CHAT_PEERS),
        figure="wall",
        each=False,
        floor="socket",
        rounds=3,
        note="Median of 100 calls a round. The server answers at once. `chimeric small` is core + "
        "openai alone.",
    ),
    *SHORT,
    _crowd(200, 200, CHAT_PEERS),
    _crowd(1000, 100, LARGE_CROWD),
    _growth(1000),
    _growth(10000),
    _growth(50000),
    _memory(keep=True),
    _memory(keep=False),
    Case(
        "tools",
        "A tool call whose arguments come in fragments, burst, sync (CPU per fragment)",
        {"do": "stream", "mode": "tools", "asynchronous": False},
        ("chimeric", "openai", "groq", "aisuite", "any-llm", "pydantic-ai", "litellm"),
        floor="",
        note="One call of 20,000 fragments (1,000 for the others). Ours accumulates the arguments; "
        "the SDKs hand out fragments for the caller to join.",
    ),
    _middleware(0),
    _middleware(1),
    _middleware(5),
)
