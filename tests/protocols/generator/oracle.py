"""Holds what was seen of a stream against what may be seen."""

from __future__ import annotations

import json
from typing import Any

from .generated import Generated, pieces_of
from .player import OVER, Seen, play
from .telling import Outcome

__all__ = ["check", "complaints", "seen_of"]


def seen_of(stream: Generated, reads: str | None = None, *, middleware: bool | None = None) -> Seen:
    """Play a stream, perhaps read or looked at in another way than drawn."""
    return play(
        stream.protocol,
        pieces_of(stream, reads or stream.reads),
        broken=stream.broken,
        document=stream.document,
        middleware=stream.middleware if middleware is None else middleware,
    )


def check(stream: Generated) -> list[str]:
    """What is wrong with what comes of a stream; nothing, if nothing is.

    One stream in eight is played again, with the bytes cut in another way and the middleware in
    or out: the two must not differ.
    """
    try:
        seen = seen_of(stream)
        wrong = complaints(stream, seen)
        if not wrong and stream.seed % 8 == 0:
            again = seen_of(stream, "at random", middleware=not stream.middleware)
            wrong = _differences(seen, again)
    except Exception as error:  # that nothing else leaves the exchange is what is checked
        return [f"no ChimericError left the exchange, but {error!r}"]
    return wrong


def complaints(stream: Generated, seen: Seen) -> list[str]:
    """What is wrong, by the outcome that is nearest."""
    wrong = _inconsistent(seen)
    if wrong:
        return wrong
    return min((_mismatches(outcome, seen) for outcome in stream.outcomes), key=len)


def _inconsistent(seen: Seen) -> list[str]:
    """What is wrong whatever was sent."""
    wrong: list[str] = []
    told = "".join(chunk.delta or "" for chunk in seen.chunks)
    response, error = seen.response, seen.error
    if response.content != told:
        wrong.append(f"the response says {response.content!r}, the chunks said {told!r}")
    if error is not None and (error.partial is None or error.partial.content != told):
        wrong.append(f"partial is {error.partial!r}, the chunks said {told!r}")
    completed = [
        (chunk.turn, call.index)
        for chunk in seen.chunks
        for call in chunk.tool_calls
        if call.status == "completed"
    ]
    if len(set(completed)) != len(completed):
        wrong.append(f"completed twice: {completed}")
    finishes = [chunk.turn for chunk in seen.chunks if chunk.finish_reason]
    if len(set(finishes)) != len(finishes):
        wrong.append("a turn ended twice")
    return wrong


def _mismatches(outcome: Outcome, seen: Seen) -> list[str]:
    """In what an outcome differs from what was seen."""
    wrong: list[str] = []

    def compare(what: str, is_: Any, wanted: Any) -> None:
        if is_ != wanted:
            wrong.append(f"{what}: {is_!r}, wanted {wanted!r}")

    first = [chunk for chunk in seen.chunks if chunk.turn == 0]
    runs = outcome.runs and bool(outcome.calls)
    over = OVER if runs else ""
    response = seen.response
    compare("text", "".join(chunk.delta or "" for chunk in first), outcome.text)
    compare("content", response.content, outcome.text + over)
    compare("reasoning", "".join((response.reasoning or "").split()), outcome.reasoning)
    compare("refusal", response.refusal or "", outcome.refusal)
    # In any order: where calls are not announced, two orders are as good.
    wanted = sorted((name, canonical(arguments)) for name, arguments in outcome.calls)
    ran = sorted((name, canonical(arguments)) for name, arguments in seen.runs)
    compare("runs", ran, wanted if runs else [])
    completed = [
        (call.name, canonical(call.arguments))
        for chunk in first
        for call in chunk.tool_calls
        if call.status == "completed"
    ]
    compare("completed", sorted(completed), wanted)
    listed = [(call.name, canonical(call.arguments)) for call in response.tool_calls]
    compare("tool_calls", sorted(listed), wanted)
    kept = {name for chunk in first for name in chunk.metadata}
    compare("metadata", sorted(set(outcome.metadata) - kept), [])
    compare("requests", seen.requests, 2 if runs else 1)
    return wrong + _end_mismatches(outcome, seen)


def _end_mismatches(outcome: Outcome, seen: Seen) -> list[str]:
    error = seen.error
    finish = [c.finish_reason for c in seen.chunks if c.finish_reason and c.turn == 0]
    if not outcome.errors:
        if error is not None:
            return [f"error: {error!r}, wanted none"]
        if len(finish) != 1 or finish[0] not in outcome.finish:
            return [f"finish: {finish}, wanted {outcome.finish}"]
        return []
    if error is None:
        return [f"no error, but {finish}; wanted {outcome.errors}"]
    wrong: list[str] = []
    if type(error).__name__ not in outcome.errors:
        wrong.append(f"error: {error!r}, wanted {outcome.errors}")
    if outcome.says not in error.message:
        wrong.append(f"message: {error.message!r}, wanted {outcome.says!r}")
    if finish:
        wrong.append(f"finish: {finish} before an error")
    return wrong


def canonical(arguments: str) -> str:
    """Arguments in one spelling: protocols that send objects have no text of theirs."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _differences(one: Seen, other: Seen) -> list[str]:
    """In what two ways of reading the same bytes differ."""
    wrong: list[str] = []
    pairs = {
        "content": (one.response.content, other.response.content),
        "reasoning": (one.response.reasoning, other.response.reasoning),
        "finish": (one.response.finish_reason, other.response.finish_reason),
        "runs": (one.runs, other.runs),
        "error": (type(one.error), type(other.error)),
        "message": (getattr(one.error, "message", ""), getattr(other.error, "message", "")),
    }
    for what, (first, second) in pairs.items():
        if first != second:
            wrong.append(f"{what} depends on the reads or on middleware: {first!r}, {second!r}")
    return wrong
