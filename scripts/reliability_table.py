"""Write ``docs/reliability.md`` from the tables that the tests go through.

Run it from the root of the project: ``python scripts/reliability_table.py``; with ``--check`` it
only tells whether the page is up to date. What other libraries make of the same cases is read from
``docs/reliability/peers.json``, which ``python3 run.py protocols-peers`` writes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults.cases import APPLICABLE, CASES, Case  # noqa: E402
from tests.faults.dialects import DIALECTS  # noqa: E402
from tests.faults.life import SECTION as LIFE  # noqa: E402
from tests.faults.observed import MODES  # noqa: E402
from tests.protocols import cases as protocol_cases  # noqa: E402
from tests.protocols.case import Kind  # noqa: E402
from tests.protocols.generator.page import SECTION  # noqa: E402
from tests.protocols.kinds import KINDS  # noqa: E402
from tests.protocols.peers import results  # noqa: E402
from tests.protocols.play import MODES as PROTOCOL_MODES  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"

OUTCOMES = {
    "ok": "the whole answer",
    "auth": "`AuthenticationError`",
    "bad_request": "`BadRequestError`",
    "connection": "`ConnectionFailedError`",
    "incomplete": "`StreamInterruptedError`",
    "not_found": "`NotFoundError`",
    "permission": "`PermissionDeniedError`",
    "protocol": "`ProtocolError`",
    "rate_limit": "`RateLimitError`",
    "server": "`ServerError`",
    "timeout": "`RequestTimeoutError`",
}

KEPT = {"all": "all", "cut": "all that came before", "none": "there was none"}

ELSEWHERE = {"loop-gone": "`tests/protocols/test_lost_loop.py`"}
"""The tests of kinds that no answer of a server can show."""

INTRO = """# Reliability

A stream of Chimeric ends with the provider's own terminal signal, or with an error that carries
everything received so far in `.partial`. This page lists what can go wrong on the way and what
comes of it: faults of the connection and of the framing, what real servers send in their protocols,
and how other libraries fare with both. It is written by `scripts/reliability_table.py` from what
the tests go through.

"""

FAULTS = """## Faults

`tests/faults/test_faults.py` goes through this table: every row is served over real sockets in each
protocol that it applies to ({protocols}), sync and async: {count} checks.

In each of them the text that was delivered is exact and in `.partial`, nothing is delivered twice,
the number of requests is the one in the table (with `max_retries=2`), the connection is given up
within a second, the exception is a `ChimericError`, and the API key is nowhere in it.

The faults are part of `chimeric_testing`: see `FAULTS`, `FaultServer` and `Script` there to play
them against a plugin of your own.

"""

SERVERS = """## What real servers send

Servers that speak a provider's protocol, and at times the providers themselves, send what its
documentation does not describe. Each row is one way in which they were seen to, with the public
reports of it; a row without reports is a neighbour that was found beside them. A case is the bytes
of one answer and all that must come of it: the text, the reasoning, the calls that are completed
and the tools that run, the finish reason, or the class of the error and words of its message.
`tests/protocols/test_protocols.py` plays each of the {cases} cases over real sockets, sync and
async; `-k` and the row's word picks its cases.

"""

PEERS = """## Chimeric beside other libraries

The cases of the two tables above, played to other libraries at the newest versions that
`python3 run.py protocols-peers` found on {date}, when there were {cases} cases of real servers.
Each library is in an environment and a process of its own and is used as its own documentation
shows, synchronously; the server is on a loopback socket. Chimeric's row is measured in the same way
by the same judge, through its public interface. Every case that is not right is listed, with the
reason, in [peers.json](reliability/peers.json).

"""

RULES = """
The cases were collected for Chimeric, and it was mended until it was right in all of them; a list
that others had made would show other things. A case applies to a client that speaks its protocol,
whichever service it came from. An answer that is tried with several of Chimeric's providers counts
once for a library that reads them all in the same way.

- **Right** is a case of which the user is told everything. The text is the case's: that of the
  pieces as they came, or that of the object that the library makes of the whole. The calls that the
  case takes for complete are there, and no others are told complete or run. The answer ends as the
  case says: normally, or by an exception of the library, of the SDK that it builds on or of httpx,
  with the words that the server gave. An event or a word that the library documents for failures,
  such as `response.failed`, is as good as an exception.
- **Silently wrong** is one in which something is wrong and nothing says so: text was lost or
  doubled; an error, a cut or another bad end was told as an ordinary end; a call was lost, or run
  twice; or a call was told complete or run that was half received, or whose turn ended badly.
- **Bare or foreign** is an exception of another library or of Python itself, such as
  `JSONDecodeError` or `IndexError`; also where it comes out of the loop over the client's chunks,
  because they are not what their types say.
- **No end** had come after 8 seconds; after 12 in a transport fault, or 30 in one that sends
  megabytes.
- **Kinds right** are the rows of the table above of which all cases that apply are right: a row
  with a hundred cases counts as much as one with a single case.

In doubt the other library is right. What it has no place for, such as reasoning, is not asked of
it; nor is the number of requests, whether it tries again, or how much memory it takes. Where a
library gives chunks and leaves it to its user to join calls, they are joined as its documentation
shows, and count as complete only where the finish reason is that of calls. For a turn that ended
badly an exception is as good as a finish reason. A server's own word for an error, handed on as a
finish reason, is not right where an error is due, but not silent either. A fault that a client gets
over, so that the whole answer arrives, is right. Cases are short; the fields and events that all
servers send, such as ids or the announcement of an item, are added to them here, for Chimeric too,
so that no client stumbles over anything but what a case is about.
"""


def result(case: Case) -> str:
    """What comes out, with the protocols that have their own result."""
    outcome = OUTCOMES[case.fault.outcome]
    if case.fault.limit:
        outcome += f" (`limit={case.fault.limit!r}`)"
    others = [f"{name}: {OUTCOMES[own]}" for name, (own, _) in case.differs.items()]
    return f"{outcome}; {'; '.join(others)}" if others else outcome


def fault_row(case: Case) -> str:
    """A line of the table of faults."""
    fault = case.fault
    applies = [dialect.name for other, dialect in APPLICABLE if other is case]
    where = "all" if len(applies) == len(DIALECTS) else ", ".join(applies)
    kept = "" if fault.outcome == "ok" else KEPT[fault.kept]
    requests = fault.requests if fault.calls == 1 else f"{fault.requests} in {fault.calls} calls"
    what = fault.what.replace("|", "\\|")
    return f"| `{fault.name}` | {what} | {result(case)} | {kept} | {requests} | {where} |"


def faults() -> str:
    """The table of faults."""
    count = len(APPLICABLE) * len(MODES)
    head = "| fault | what is served | what comes out | text kept | requests | protocols |"
    lines = [head, "|---|---|---|---|---|---|", *map(fault_row, CASES)]
    return FAULTS.format(protocols=", ".join(DIALECTS), count=f"{count:,}") + "\n".join(lines)


def link(report: str) -> str:
    """A report on GitHub, ``owner/repo#number``; an issue's address leads to a pull request too."""
    repository, _, number = report.partition("#")
    return f"[{report}](https://github.com/{repository}/issues/{number})"


def kind_row(kind: Kind) -> str:
    """A line of the table of what servers send."""
    cases = [case for case in protocol_cases.CASES if case.kind == kind.name]
    providers = ", ".join(dict.fromkeys(case.provider for case in cases))
    what = kind.title + (f"<br>*{kind.why}*" if kind.why else "")
    test = ELSEWHERE.get(kind.name, f"`-k {kind.name}`")
    reports = ", ".join(map(link, kind.reports))
    shown = what.replace("|", "\\|")
    return f"| {shown} | {reports} | {providers} | {len(cases) or ''} | {test} |"


def servers() -> str:
    """The table of what servers send."""
    lines = [
        "| what is sent | reported in | providers tried | cases | test |",
        "|---|---|---|---|---|",
        *map(kind_row, KINDS.values()),
    ]
    count = f"{len(protocol_cases.CASES):,}"
    assert PROTOCOL_MODES == ("sync", "async")
    return SERVERS.format(cases=count) + "\n".join(lines)


def figures(found: dict[str, Any]) -> str:
    """Cells of one part of a client's row."""
    if not found:
        return "| | | | |"
    right = f"{found['right']}/{found['cases']}"
    if found.get("not played"):
        right += f" ({found['not played']} not played)"
    return f"| {right} | {found['silent']} | {found['foreign']} | {found['hung']} |"


def by_protocol(found: dict[str, Any]) -> str:
    """The right ones of each protocol."""
    counts = found["protocols"].items()
    return ", ".join(f"{name} {right}/{count}" for name, (right, count) in counts)


def peer_row(client: dict[str, Any]) -> str:
    """A line of the table of libraries."""
    found = client["cases"]
    name = f"{client['library']} {client['version']}"
    if client["library"] == "chimeric":
        name = f"**Chimeric {client['version']}**"
    kinds = f"{found['kinds right']}/{found['kinds']}"
    rest = f"{kinds} {figures(client['faults'])}"
    return f"| {name}, {client['how']} {figures(found)} {rest} {by_protocol(found)} |"


def peers() -> str:
    """The table of libraries."""
    data = results.read()
    lines = [
        "| client | real servers: right | silently wrong | bare or foreign | no end | kinds right "
        "| faults: right | silently wrong | bare or foreign | no end | real servers, by protocol |",
        "|---" * 11 + "|",
        *map(peer_row, data["clients"]),
    ]
    missing = "".join(
        f"\n{name} could not be measured: {why}.\n" for name, why in data["not installed"].items()
    )
    intro = PEERS.format(date=data["date"], cases=f"{data['cases']:,}")
    return intro + "\n".join(lines) + "\n" + missing + RULES


def page() -> str:
    """The whole page."""
    return INTRO + "\n\n".join([faults(), servers(), SECTION.rstrip(), LIFE.rstrip(), peers()])


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether it is up to date")
    text = page()
    if parser.parse_args().check:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if current else f"{PAGE} is out of date: run this script")
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
