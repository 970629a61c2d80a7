"""Faults inside the events that need no knowledge of the protocol: what is no JSON object."""

from __future__ import annotations

from collections.abc import Iterable

from chimeric_testing.script import Script
from chimeric_testing.server import SeenRequest, Step

from .fault import fault, streamed

__all__: list[str] = []


def _instead(answer: Script, data: bytes) -> Iterable[Step]:
    """The answer with other data at the cut, in an event of the name that stands there."""
    return streamed(answer, [answer.before(), answer.next_frame(data), answer.after()])


@fault("malformed-json", "An event that is no JSON.", outcome="protocol", kept="cut")
def malformed_json(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, b'{"choices": oops}')


@fault("truncated-json", "A whole event that holds half its JSON.", outcome="protocol", kept="cut")
def truncated_json(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    data = answer.next_data()
    return _instead(answer, data[: len(data) // 2])


@fault("nul-in-json", "A raw NUL inside a JSON string.", outcome="protocol", kept="cut")
def nul_in_json(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, answer.next_data().replace(b'"', b'"\0', 1))


@fault("json-number", "An event that is the number 42.", outcome="protocol", kept="cut")
def json_number(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, b"42")


@fault("json-string", 'An event that is the text "hello".', outcome="protocol", kept="cut")
def json_string(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, b'"hello"')


@fault("json-null", "An event that is null.", outcome="protocol", kept="cut")
def json_null(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, b"null")


@fault("json-list", "An event that is a list.", outcome="protocol", kept="cut")
def json_list(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return _instead(answer, b"[1, 2]")


@fault(
    "deep-json",
    "100,000 nested lists in an unknown field.",
    outcome="protocol",
    kept="cut",
)
def deep_json(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    deep = b"[" * 100_000 + b"]" * 100_000
    return _instead(answer, b'{"future": ' + deep + b", " + answer.next_data().lstrip()[1:])
