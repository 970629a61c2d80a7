"""Events that hold a whole answer, and models of whom much is told: more than was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .leaves import nodes, shown
from .recorded import is_array, is_object
from .spoiling import another, with_item

__all__ = ["complete", "described", "preceded", "untyped"]

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
    """The same data where an object says not what it is, and lacks another member, too.

    Example:
        >>> dict(untyped({"type": "text", "id": 1, "text": "a"}))
        {'$ has no type and id': {'text': 'a'}, '$ has no type and text': {'id': 1}}
    """
    for path, found in nodes(value):
        if not is_object(found) or "type" not in found:
            continue
        for name in [name for name in found if name != "type"]:
            bare = {key: item for key, item in found.items() if key not in ("type", name)}
            yield f"{shown(path)} has no type and {name}", with_item(value, path, bare)
