"""How what a client's user saw is held against what was right."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from .clients import Client
from .outcome import Call, Outcome

__all__ = ["ORDINARY", "Verdict", "Wanted", "judge"]

HTTPX = {"httpx", "httpx2"}
ORDINARY = {
    "stop",
    "end",
    "end_turn",
    "stop_sequence",
    "complete",
    "completed",
    "tool_calls",
    "tool_call",
    "tool_use",
    "function_call",
}
"""Words for an ordinary end, in small letters, of the protocols and of the libraries."""


@dataclass
class Wanted:
    """What is right."""

    text: str
    reasoning: str | None = None
    calls: tuple[tuple[str, str], ...] = ()
    runs: tuple[str, ...] = ()
    ends_well: bool = True
    """Whether it may end without an exception."""
    fails: bool = False
    """Whether it may end with one."""
    ordinary: bool = True
    """Whether an ordinary finish reason is right."""
    says: str = ""
    stream: bool = True


@dataclass
class Verdict:
    """Everything that was not right, and which of it the user was not told."""

    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    foreign: str = ""
    """The name of an exception that is neither the library's own nor httpx's."""
    hung: bool = False

    @property
    def right(self) -> bool:
        """Whether nothing was wrong."""
        return not (self.wrong or self.silent or self.foreign or self.hung)


def judge(wanted: Wanted, client: Client, seen: Outcome | None) -> Verdict:
    """Hold what was seen against what is right."""
    verdict = Verdict()
    if seen is None:
        verdict.hung = True
        return verdict
    _judge_ending(wanted, client, seen, verdict)
    _judge_text(wanted, seen, verdict)
    _judge_calls(wanted, seen, verdict)
    _judge_runs(wanted, seen, verdict)
    return verdict


def _judge_ending(wanted: Wanted, client: Client, seen: Outcome, verdict: Verdict) -> None:
    error = seen.error
    ordinary = (seen.finish or "").lower() in ORDINARY
    if error is None:
        if not wanted.ends_well:
            # A word of the server that is handed on says at least that something is wrong.
            told = seen.finish is not None and not ordinary
            (verdict.wrong if told else verdict.silent).append("a failure told as an end")
        elif ordinary and not wanted.ordinary:
            verdict.silent.append(f"a bad end told as {seen.finish!r}")
        return
    if not {*client.own, *HTTPX}.intersection(error.origins):
        verdict.foreign = error.name
    if not wanted.fails:
        # What the exception says, without a traceback that a library puts into its words.
        words = " ".join(error.message.partition("Traceback")[0].split())
        verdict.wrong.append(f"failed: {error.name}: {words[:120]}")
    elif wanted.says.lower() not in error.message.lower():
        verdict.wrong.append("the reason's words are lost")


def _judge_text(wanted: Wanted, seen: Outcome, verdict: Verdict) -> None:
    if seen.error is not None and not wanted.stream:
        return  # an exception in the place of a whole answer has no text
    good = {wanted.text, wanted.text + "over"}  # the second where the client went on by itself
    texts = {_sound(seen.text), _sound(seen.spoken + seen.text)}
    if seen.final is not None:
        texts.add(_sound(seen.final))
    if not texts & good:
        (verdict.silent if seen.error is None else verdict.wrong).append(
            f"text {seen.text[:80]!r}, not {wanted.text[:80]!r}"
        )
    if wanted.reasoning and seen.reasoning is not None and seen.error is None:
        if seen.reasoning.split() != wanted.reasoning.split():
            verdict.wrong.append(f"reasoning {seen.reasoning[:80]!r}")


def _judge_calls(wanted: Wanted, seen: Outcome, verdict: Verdict) -> None:
    right = Counter((name, _plain(arguments)) for name, arguments in wanted.calls)
    complete = Counter(_key(call) for call in seen.calls if call.complete)
    for name, arguments in (complete - right).elements():
        verdict.silent.append(f"call told complete: {name}({arguments})")
    if seen.error is None:
        for name, arguments in (right - Counter(map(_key, seen.calls))).elements():
            if name not in (seen.runs or ()):
                verdict.silent.append(f"call lost: {name}({arguments})")


def _judge_runs(wanted: Wanted, seen: Outcome, verdict: Verdict) -> None:
    if seen.runs is None:
        return
    right, ran = Counter(wanted.runs), Counter(seen.runs)
    for name in (ran - right).elements():
        verdict.silent.append(f"ran {name}")
    if seen.error is None:
        told = {call.name for call in seen.calls}
        for name in (right - ran).elements():
            # A call that is handed over instead of being run is not lost.
            (verdict.wrong if name in told else verdict.silent).append(f"did not run {name}")


def _sound(text: str) -> str:
    """Text with U+FFFD for halves of surrogate pairs, which JSON can say and no one can print."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _key(call: Call) -> tuple[str, str]:
    return call.name, _plain(call.arguments)


def _plain(arguments: str) -> str:
    """Arguments in one spelling; what is no JSON stays as it is."""
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except ValueError:
        return arguments
