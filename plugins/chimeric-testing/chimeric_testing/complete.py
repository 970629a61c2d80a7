"""Events that hold a whole answer, and models of whom much is told: more than was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .leaves import leaves, nodes, shown
from .recorded import is_array, is_object
from .spoiling import LEFT_OUT, another, bereft, few, with_item

__all__ = ["begun", "complete", "described", "preceded", "told_again", "untyped"]

FEW: Final = 8
"""Of a whole answer so many of the first leaves are cut."""

TWICE: Final = 10
"""So many members of an event are left out where it is told twice."""

CAN: Final = ("vision", "image_input", "tools", "thinking", "structured_outputs", "batch", "zodd")
FACTS: Final[tuple[dict[str, Any], ...]] = (
    *({name: 7} for name in ("context_length", "context_window", "max_input_tokens", "created")),
    *({name: 7} for name in ("max_tokens", "inputTokenLimit", "outputTokenLimit", "maxTokens")),
    *({name: True} for name in ("thinking", "is_deprecated", "deprecated", "active", "archived")),
    *({name: "zname"} for name in ("name", "display_name", "displayName", "description", "type")),
    *({name: "2026-01-02T00:00:00Z"} for name in ("created_at", "retires_at", "deprecation")),
    *({"lifecycle": word} for word in ("active", "deprecated", None)),
    *({name: {can: {"supported": True} for can in CAN}} for name in ("capabilities", "features")),
    *({name: dict.fromkeys(CAN, True)} for name in ("capabilities", "features", "supports")),
    *({name: [*CAN]} for name in ("capabilities", "features", "supported_parameters")),
    {"supportedGenerationMethods": ["embedContent"]},
    {"pricing": {"prompt": "0.1", "completion": "0.2"}},
    {"architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]}},
)
"""What services tell of a model."""


def complete(value: Any, wholes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The same data with a whole answer in the place of an object that has its members.

    Args:
        value: plain data of an event.
        wholes: whole answers as plain data, by name.

    Example:
        >>> begun = {"type": "begin", "answer": {"id": "a", "text": "", "why": None}}
        >>> dict(complete(begun, {"text": {"id": "b", "text": "Hi", "why": "stop"}}))
        {'$.answer is the answer text': \
{'type': 'begin', 'answer': {'id': 'b', 'text': 'Hi', 'why': 'stop'}}}
    """
    for path, found in nodes(value):
        if not is_object(found) or len(found) < 3:
            continue
        for name, whole in wholes.items():
            if is_object(whole) and len(found.keys() & whole.keys()) * 2 > len(found):
                yield f"{shown(path)} is the answer {name}", with_item(value, path, whole)


def described(value: Any, ids: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The same list of models, where more is told of one.

    Example:
        >>> next(described({"data": [{"id": "a"}]}, ("a",)))
        ("$.data[0] has {'context_length': 7}", {'data': [{'id': 'a', 'context_length': 7}]})
    """
    for path, found in nodes(value):
        if not is_object(found) or not path or isinstance(path[-1], str):
            continue  # a page names its first and its last model, too
        if any(str(word).endswith(ids) for word in found.values()):
            for fact in FACTS:
                yield f"{shown(path)} has {fact}", with_item(value, path, {**found, **fact})
            return


def preceded(value: Any) -> Iterator[tuple[str, Any]]:
    """The same data where another object stands before the first of a list, with other numbers.

    Example:
        >>> dict(preceded({"choices": [{"index": 0, "text": "a"}]}))
        {'$.choices[0] comes second': \
{'choices': [{'index': 1, 'text': 'az'}, {'index': 0, 'text': 'a'}]}}
    """
    for path, found in nodes(value):
        if is_array(found) and found and is_object(found[0]):
            odd = with_item(value, path, [another(found[0]), *found])
            yield f"{shown(path)}[0] comes second", odd


def untyped(value: Any) -> Iterator[tuple[str, Any]]:
    """The same data where an object says not what it is, and lacks another member or has it odd.

    Example:
        >>> [odd for _, odd in untyped({"type": "text", "text": "a"})]
        [{}, {'text': 7}]
    """
    for path, found in nodes(value):
        if not is_object(found) or "type" not in found:
            continue
        for name in [name for name in found if name != "type"]:
            bare = {key: item for key, item in found.items() if key not in ("type", name)}
            yield f"{shown(path)} has no type and {name}", with_item(value, path, bare)
            odd = with_item(value, path, {**bare, name: 7})
            yield f"{shown(path)} has no type, and {name} is 7", odd


def told_again(
    value: Any, end: str | None, seen: set[str]
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The same data told twice: without one of its members, or with a text that grows.

    Args:
        value: plain data of one event.
        end: the word for the end of the answer, which the first one leaves out.
        seen: texts that were tried in an event of such members.

    Example:
        >>> [pair for _, pair in told_again({"say": "Once"}, None, set())]
        [({}, {}), ({'say': 'On'}, {'say': 'Once'}), ({'say': 'Once'}, {'say': 'Oncez'})]
    """
    for name, bare in few([*bereft(value)], TWICE):
        yield f"{name}, twice", (bare, bare)
    for path, found in leaves(value):
        names = [step for step in path if isinstance(step, str)]
        place = f"text {names} of {sorted(map(str, value)) if is_object(value) else ''}"
        if isinstance(found, str) and len(found) > 1 and names[-1:] != ["type"]:
            if place in seen or found == end:
                continue
            seen.add(place)
            half = with_item(value, path, found[: len(found) // 2])
            yield f"{shown(path)} grows", (_unended(half, end), value)
            more = with_item(value, path, f"{found}z")
            yield f"{shown(path)} grows on", (_unended(value, end), more)


def begun(value: Any, wholes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The same data with the beginning of a whole answer in it: one of its texts is cut.

    Args:
        value: plain data of the event that begins a stream.
        wholes: whole answers as plain data, by name.

    Example:
        >>> begun_so = {"answer": {"id": "a", "text": "", "why": None}}
        >>> [odd for _, odd in begun(begun_so, {"all": {"id": 1, "text": "Once", "why": None}})]
        [{'answer': {'id': 1, 'text': 'On', 'why': None}}]
    """
    cut = {
        f"{name} with half of {shown(path)}": with_item(whole, path, text[: len(text) // 2])
        for name, whole in wholes.items()
        for path, text in [*leaves(whole)][:FEW]
        if isinstance(text, str) and len(text) > 1 and path[-1:] != ("type",)
    }
    yield from complete(value, {**wholes, **cut})


def _unended(value: Any, end: str | None) -> Any:
    """The same data without the word for the end."""
    for path, found in [*leaves(value)] if end is not None else ():
        if found == end:
            value = with_item(value, path, LEFT_OUT)
    return value
