"""Cases: the bytes of the text."""

from __future__ import annotations

from chimeric_testing import Script
from chimeric_testing.script import Payload

from .case import Cases
from .dialects import KEPT, TEXT, Dialect

__all__ = ["CASES"]

CASES = Cases()
case = CASES.case

SEPARATORS = ("a\u2028b", "c\u2029d", "e\u0085f", "g\x7fh")


@case("unicode-separators", "Raw U+2028, U+2029 and U+0085 in the text.", text="".join(SEPARATORS))
def unicode_separators(dialect: Dialect) -> Script | None:
    return dialect.script(deltas=SEPARATORS)


LOOKALIKES = ("[DONE]", "\n\ndata: [DONE]\n\n", "data: {", "event: error\n", '{"done": true}')


@case("done-in-text", "The text looks like the end of a stream.", text="".join(LOOKALIKES))
def done_in_text(dialect: Dialect) -> Script | None:
    return dialect.script(deltas=LOOKALIKES)


def _spelt(dialect: Dialect, raw: bytes) -> Payload:
    """A text event with these bytes in the place of its text."""
    payload = dialect.say("PLACE")
    if isinstance(payload, tuple):
        return payload[0], payload[1].replace(b"PLACE", raw)
    return payload.replace(b"PLACE", raw)


REPLACED = KEPT + "\N{REPLACEMENT CHARACTER}" + TEXT[len(KEPT) :]


@case("invalid-utf8-text", "A byte FF in the text becomes U+FFFD.", text=REPLACED)
def invalid_utf8_text(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, b"\xff"))


@case("lone-surrogate", "An escaped lone surrogate in the text becomes U+FFFD.", text=REPLACED)
def lone_surrogate(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, b"\\ud83d"))


@case("big-event-1mib", "An event of 1 MiB.", text=KEPT + "x" * 2**20 + TEXT[len(KEPT) :])
def big_event(dialect: Dialect) -> Script | None:
    return dialect.script(dialect.say("x" * 2**20))


@case("many-events", "2,000 events of text.", text=KEPT + "word " * 2000 + TEXT[len(KEPT) :])
def many_events(dialect: Dialect) -> Script | None:
    return dialect.script(*[dialect.say("word ")] * 2000)


@case(
    "terminal-escapes",
    "Escape sequences in the text are handed on.",
    text=KEPT + "\x1b[31mred\x1b[0m\x07\r" + TEXT[len(KEPT) :],
)
def terminal_escapes(dialect: Dialect) -> Script | None:
    return dialect.script(_spelt(dialect, rb"\u001b[31mred\u001b[0m\u0007\r"))
