"""The section on generated streams of ``docs/reliability.md``."""

from __future__ import annotations

__all__ = ["SECTION"]

SECTION = """## Streams by a grammar

Cases hold what was seen; the next server does something else. `tests/protocols/generator` therefore
writes streams by a grammar of all that servers do, in each protocol: items numbered right, from 1,
all 0, as text or not at all; ids that are stable, new with each event, null or missing; items that
are interleaved or never announced; texts and calls told as deltas, as wholes, as both, and again at
the end; every finish reason that is known, early, twice, missing or unheard of; errors in every
shape; events parted by one newline, comments, byte order marks; and the end of the body, or of the
connection, at any event and any byte.

While it writes, it notes what each event truly tells, and from that follows what may be seen:

- the text, the reasoning and the refusal are exactly those that arrived, each once;
- a call is completed and run once if all of it arrived in a turn that ended well, and else never;
- an answer ends well only if its provider said so; a stream that was cut off, or told an error, is
  an exception of the right class, with the server's words and all that was received in `.partial`;
- nothing but a `ChimericError` leaves a call;
- all of this is the same however the bytes are cut, and with middleware in between.

Where more than one outcome can be argued for (a connection that breaks after the finish reason and
before `[DONE]`), each of these is right.

The test suite plays 3,000 streams of each protocol; `CHIMERIC_STREAMS=100000` plays more. A stream
is its seed: `python -m tests.protocols.generator chat 12345` prints its bytes, what was wanted and
what was seen, and `python -m tests.protocols.generator --all 100000 --features` plays that many of
each protocol on two processes and counts what the grammar reached. `python -m
tests.protocols.mutants` shows that it finds what it is for: each fault that was ever found in a
parser is put back into a copy of the source, one at a time, and the number of streams is printed
after which the generator finds it.
"""
