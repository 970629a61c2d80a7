"""Plays cases and transport faults to one client, and judges what its user saw."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, TypeAlias

import msgspec
from chimeric_testing import FaultServer

from tests.faults.cases import APPLICABLE
from tests.faults.cases import Case as FaultCase
from tests.faults.dialects import Dialect
from tests.protocols.case import Case

from .clients import OURS, Client
from .outcome import Order, Outcome
from .process import Process
from .scripts import fuller
from .serving import order_of, protocol_of, serving
from .verdict import ORDINARY, Verdict, Wanted, judge

__all__ = ["Judged", "applies", "play_cases", "play_faults"]

LIMIT, FAULT_LIMIT, LARGE_LIMIT = 8.0, 12.0, 30.0
"""Seconds after which a client that has come to no end is given up: in a case, in a fault, and in a
fault that sends megabytes."""

Judged: TypeAlias = tuple[str, str, str, Verdict | None]
"""Protocol, kind, name of the case, and what became of it; None if there was no time left."""

WORDS = {
    "end_turn": "stop",
    "completed": "stop",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "max_tokens": "length",
    "max_output_tokens": "length",
}
"""The libraries' words for finish reasons, in Chimeric's."""


def applies(case: Case, client: Client) -> bool:
    """Whether a client speaks a case's protocol and has a place for what it is about."""
    if case.custom_tools and not client.custom:
        return False
    return protocol_of(case) in client.protocols and case.stream in client.modes


def distinct(cases: Iterable[Case], client: Client) -> Iterator[Case]:
    """The cases that apply to a client, each once.

    An answer that is tried with several of Chimeric's providers is one for a library that reads
    them all in the same way.
    """
    met: set[Case] = set()
    for case in cases:
        plain = case
        if client.library != OURS:
            what = protocol_of(case)
            plain = msgspec.structs.replace(case, name="", provider=what, api=None, check=None)
        if applies(case, client) and plain not in met:
            met.add(plain)
            yield case


def wanted_of(case: Case) -> Wanted:
    """What a case says is right, as widely as other libraries can mean it."""
    ordinary = bool({"stop", "tool_calls"}.intersection(case.finish))
    # Words of Chimeric's own, for a server that gave none, are not asked of others.
    words = case.says if case.says.lower().encode() in case.body.lower() else ""
    return Wanted(
        text=case.text,
        reasoning=case.reasoning,
        calls=case.calls,
        runs=case.runs,
        ends_well=bool(case.finish) or not case.errors,
        fails=bool(case.errors) or not ordinary,
        # A refusal is an ordinary end to most, which say what it is in another place.
        ordinary=ordinary or not case.finish or "refusal" in case.finish,
        says=words if case.errors else "",
        stream=case.stream,
    )


def play_cases(
    client: Client, process: Process, cases: Iterable[Case], until: float
) -> Iterable[Judged]:
    """The cases of this suite that apply to a client."""
    for case in distinct(cases, client):
        verdict = None
        if time.monotonic() < until:
            with serving(case) as server:
                seen = process.play(order_of(case, server.url), LIMIT)
            verdict = judge(wanted_of(case), client, seen)
        yield protocol_of(case), case.kind, case.name, verdict


def play_faults(client: Client, process: Process, until: float) -> Iterable[Judged]:
    """The transport faults in the protocols that a client speaks."""
    for case, dialect in APPLICABLE:
        if dialect.name in client.protocols:
            played = time.monotonic() < until
            verdict = _fault(case, dialect, client, process) if played else None
            yield dialect.name, case.name, case.name, verdict


def _fault(case: FaultCase, dialect: Dialect, client: Client, process: Process) -> Verdict:
    script = case.script(dialect)
    assert script is not None
    if case.name != "missing-fields":
        script = fuller(script, dialect.name)
    with FaultServer(script, case.fault) as server:
        order = Order(
            case=case.name,
            url=server.url,
            protocol=dialect.name,
            provider=dialect.provider,
            api=dialect.options.get("api"),
            tools=False,
            timeout=case.fault.timeout,
            calls=case.fault.calls,
        )
        seen = process.play(order, LARGE_LIMIT if case.fault.memory else FAULT_LIMIT)
    if seen is not None and got_over(case, seen):
        return Verdict()
    verdict = judge(_fault_wanted(case, dialect, seen), client, seen)
    if case.expected(dialect)[0] == "ok":
        verdict.silent = [word for word in verdict.silent if not word.startswith("call told")]
        if seen is not None and seen.error is None and case.check is not None:
            _check(case, seen, verdict)
    return verdict


def got_over(case: FaultCase, seen: Outcome) -> bool:
    """Whether the whole answer arrived although Chimeric would not take it."""
    whole = case.fault.kept == "none" and seen.text == case.text
    return whole and seen.error is None and (seen.finish or "").lower() in ORDINARY


def _fault_wanted(case: FaultCase, dialect: Dialect, seen: Outcome | None) -> Wanted:
    """Calls and finish reasons are left to the case's own check."""
    outcome, text = case.expected(dialect)
    if outcome != "ok":
        return Wanted(text=text, ends_well=False, fails=True)
    failed = seen is not None and seen.error is not None
    if failed and case.fault.requests > case.fault.calls:
        return Wanted(text="", fails=True)  # whether to try again is up to the library
    return Wanted(text=text, fails=case.name.startswith("finish-"))


def _check(case: FaultCase, seen: Outcome, verdict: Verdict) -> None:
    """The check that a case makes of Chimeric's response, made of what this client's user saw."""
    assert case.check is not None
    finish = (seen.finish or "").lower()
    calls = [call for call in seen.calls if call.complete]
    response: Any = SimpleNamespace(
        finish_reason=WORDS.get(finish, finish if finish in (*ORDINARY, "length") else "other"),
        reasoning=seen.reasoning,
        tool_calls=tuple(
            SimpleNamespace(id=call.id or place, name=call.name, arguments=call.arguments or "{}")
            for place, call in enumerate(calls)
        ),
    )
    try:
        case.check(response)
    except (AssertionError, ValueError):
        if "reasoning" in case.name:
            if seen.reasoning is not None:
                verdict.wrong.append("reasoning")
        else:
            made = ", ".join(f"{call.name}({call.arguments})" for call in calls)
            verdict.silent.append(f"calls: {made or 'none'}; finish: {seen.finish}")
