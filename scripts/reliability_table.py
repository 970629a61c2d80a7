"""Write ``docs/reliability.md`` from the table of faults that the tests go through.

Run it from the root of the project: ``python scripts/reliability_table.py``; with ``--check`` it
only tells whether the page is up to date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults.cases import APPLICABLE, CASES, Case  # noqa: E402
from tests.faults.dialects import DIALECTS  # noqa: E402
from tests.faults.observed import MODES  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"

KINDS = {
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

INTRO = """# Reliability

A stream of Chimeric ends with the provider's own terminal signal, or with an error that carries
everything received so far in `.partial`. This page lists what can go wrong on the way and what
comes of it. It is written by `scripts/reliability_table.py` from the table that
`tests/faults/test_faults.py` goes through: every row is served over real sockets in each protocol
that it applies to ({protocols}), sync and async: {count} checks.

In each of them the text that was delivered is exact and in `.partial`, nothing is delivered twice,
the number of requests is the one in the table (with `max_retries=2`), the connection is given up
within a second, the exception is a `ChimericError`, and the API key is nowhere in it.

The faults are part of `chimeric_testing`: see `FAULTS`, `FaultServer` and `Script` there to play
them against a plugin of your own.

"""

PEERS = """## Other libraries

How other clients fare on a list of faults of the same kinds: 151 cases in OpenAI's protocol, 140 in
Anthropic's, played on 2026-11-22 over real sockets. A case counts as right when outcome, kind of
error, text, number of requests, waits, memory, closing and tool calls are all right.

| client | cases right | silently wrong | bare or foreign exceptions | cut, taken for whole (of 6) \
| empty, taken for whole (of 4) | most memory, MiB |
|---|---|---|---|---|---|---|
| openai 3.54, `create(stream=True)` | 111/151 | 22 | 18 | 5 | 4 | 1024 |
| openai 3.54, `chat.completions.stream()` | 108/151 | 17 | 25 | 5 | 0 | 1024 |
| anthropic 2.12, `create(stream=True)` | 94/140 | 15 | 28 | 5 | 4 | 1029 |
| anthropic 2.12, `messages.stream()` | 90/140 | 11 | 36 | 5 | 0 | 1031 |
| httpx 0.28.1 + httpx-sse 0.4.3, by hand | 92/129 | 19 | 18 | 6 | 2 | 845 |
| litellm 1.109.1, openai | 108/151 | 11 | 0 | 0 | 4 | 1087 |
| litellm 1.109.1, anthropic | 99/140 | 9 | 0 | 0 | 3 | 768 |
| any-llm 1.40.2, openai | 107/151 | 20 | 24 | 5 | 4 | 1024 |
| pydantic-ai 2.68.0, OpenAI chat | 123/151 | 17 | 8 | 5 | 0 | 1024 |
"""


def result(case: Case) -> str:
    """What comes out, with the protocols that have their own result."""
    outcome = KINDS[case.fault.outcome]
    if case.fault.limit:
        outcome += f" (`limit={case.fault.limit!r}`)"
    others = [f"{name}: {KINDS[own]}" for name, (own, _) in case.differs.items()]
    return f"{outcome}; {'; '.join(others)}" if others else outcome


def row(case: Case) -> str:
    """A line of the table."""
    fault = case.fault
    applies = [dialect.name for other, dialect in APPLICABLE if other is case]
    where = "all" if len(applies) == len(DIALECTS) else ", ".join(applies)
    kept = "" if fault.outcome == "ok" else KEPT[fault.kept]
    requests = fault.requests if fault.calls == 1 else f"{fault.requests} in {fault.calls} calls"
    what = fault.what.replace("|", "\\|")
    return f"| `{fault.name}` | {what} | {result(case)} | {kept} | {requests} | {where} |"


def page() -> str:
    """The whole page."""
    count = len(APPLICABLE) * len(MODES)
    head = "| fault | what is served | what comes out | text kept | requests | protocols |"
    lines = [head, "|---|---|---|---|---|---|", *(row(case) for case in CASES)]
    intro = INTRO.format(protocols=", ".join(DIALECTS), count=f"{count:,}")
    return intro + "## Faults\n\n" + "\n".join(lines) + "\n\n" + PEERS


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
