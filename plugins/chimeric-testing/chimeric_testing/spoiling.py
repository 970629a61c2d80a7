"""Recorded answers with something odd in them, as gateways and the future send it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from .leaves import Path, leaves, nodes, shown
from .recorded import is_array, is_object

__all__ = [
    "BESIDE",
    "CURSORS",
    "END_WORDS",
    "ERROR_MEMBERS",
    "LEFT_OUT",
    "MEMBERS",
    "another",
    "bereft",
    "blanked",
    "crossed",
    "everywhere",
    "few",
    "grown",
    "merged",
    "named_by_type",
    "rearranged",
    "retyped",
    "shape",
    "spoilt",
    "with_item",
    "with_member",
    "with_state",
    "with_word",
]

T = TypeVar("T")

END_WORDS: Final = (
    *("stop", "end_turn", "end", "endturn", "eos", "eos_token", "complete", "completed"),
    *("stop_sequence", "length", "max_tokens", "max_length", "model_length", "max_output_tokens"),
    *("model_context_window_exceeded", "context_window_exceeded", "continuation", "incomplete"),
    *("tool_calls", "tool_call", "tool_use", "function_call", "content_filter", "safety"),
    *("content_filtered", "guardrail_intervened", "sensitive", "recitation", "blocklist", "spii"),
    *("prohibited_content", "image_safety", "language", "other", "refusal", "pause", "pause_turn"),
    *("compaction", "pause_after_compaction", "error", "error_toxic", "error_limit", "abort"),
    *("timeout", "user_cancel", "network_error", "malformed_function_call", "model_armor"),
    *("image_prohibited_content", "image_recitation", "escalation", "pup_limited_disabled"),
    *("unexpected_tool_call", "", " ", "null", "none", "undefined", "unspecified"),
    "finish_reason_unspecified",
)
"""Words that services and gateways tell the end of an answer by."""

CURSORS: Final[tuple[dict[str, Any], ...]] = (
    *({name: "zpage"} for name in ("nextPageToken", "next_page_token", "nextToken", "next_token")),
    *({name: "zpage"} for name in ("next_cursor", "cursor", "next", "after")),
    *({"has_more": more, "last_id": "zpage"} for more in (True, False)),
)
"""What services tell beside a page of a list where another follows it."""

STATES: Final = (
    *("success", "succeeded", "ok", "completed", "done", "failed", "failure", "error", "errored"),
    *("incomplete", "in_progress", "cancelled", "expired", "denied", "unspecified", "queued"),
    *("requires_action", "requires_continuation", "budget_exceeded", "deadline_exceeded"),
)
"""Words that services tell by how something went, or that it is not over."""

STATE_MEMBERS: Final = ("status", "outcome", "state")
"""What the names of members that hold such a word end in."""

FAULT: Final[dict[str, Any]] = {"message": "zfault", "type": "zkind", "code": 429}
TOLD: Final[tuple[Any, ...]] = (None, [], {}, [FAULT], 7, '{"error":{"message":"zin"}}')
WITHIN: Final = (
    *("7", "null", "true", '"zin"', '["zin"]', "{zin", '{"a":"zin"}', ' {"message":"zin"}'),
    *('{"error":{"message":"zin","code":404}}', '[{"error":{"message":"zin","code":404}}]'),
)
"""Messages that are JSON, or begin like it: gateways pass the errors of others on as texts."""

ERROR_MEMBERS: Final[tuple[dict[str, Any], ...]] = (
    *({name: FAULT} for name in ("error", "errors", "detail", "details")),
    *({name: "zfault"} for name in ("error", "errors", "detail", "message", "msg", "title")),
    *({name: "zfault"} for name in ("error_msg", "error_message", "status_msg")),
    *({"error": {name: "zfault"}} for name in ("msg", "detail", "title", "error", "error_msg")),
    *({"error": {name: "zfault"}} for name in ("error_message", "status_msg")),
    *({"error": {"message": "zfault", name: 503}} for name in ("status", "status_code")),
    *({"error": {"message": "zfault", name: 401}} for name in ("error_code", "http_status_code")),
    *({"error": {"message": "zfault", name: "zkind"}} for name in ("error_type", "status")),
    *({"error": value} for value in TOLD),
    *({"error": {"message": "zfault", "code": code}} for code in ("429", 8, "UNAVAILABLE")),
    *({"error": {"message": text}} for text in WITHIN),
    *({name: "error"} for name in ("type", "object")),
    {"message": "zfault", "code": 500, "type": "zkind"},
)
"""What a body or an event that tells an error has, at its top."""

BESIDE: Final = tuple({"error": told} for told in (FAULT, "zfault", {}, False))
"""What may stand beside what any event says."""

TYPES: Final = (
    *("text", "output_text", "input_text", "tool_call", "function_call", "message"),
    *("image", "audio", "video", "document", "file"),
    *("text_delta", "reasoning_delta", "arguments_delta", "json_delta"),
)
"""What services call blocks, parts of them and what is added to them: gateways mix the words."""

MEMBERS: Final = (
    *("cache_control", "citations", "context", "title", "caller", "annotations", "prefix", "phase"),
    *("name", "detail", "id", "index", "status", "signature", "is_error", "isError", "strict"),
    *("defer_loading", "allowed_callers", "eager_input_streaming", "input_examples", "metadata"),
    *("toolset_name", "server_name", "search_type", "retrieval_type", "thought", "resolution"),
    *("thoughtSignature", "partMetadata", "videoMetadata", "mediaResolution", "audioMetadata"),
    *("documentMetadata", "mediaProcessing", "speechMetadata", "spreadsheetMetadata", "behavior"),
    *("scheduling", "willContinue", "displayName", "response", "reasoning_details", "tool_plan"),
    *("extra_content", "mime_type", "filename", "reasoning", "reasoning_content", "thinking"),
)
"""Members that messages, parts, calls, results and tools have in one service's form or another."""

SCHEMAS: Final = ("parameters", "input_schema", "inputSchema", "schema", "parametersJsonSchema")
"""Members that hold a schema: a member more would make a wrong one of it, which is refused."""

LEFT_OUT: Final = object()
ODD: Final[tuple[Any, ...]] = (None, "zodd", 7, [], {"zodd": 1})


def spoilt(value: Any, most: int) -> Iterator[tuple[str, Any]]:
    """The same data with one thing changed, and what it is in words.

    Args:
        value: plain data.
        most: so many at most, of all that can be changed.
    """
    for path, item in few([*_changes(value)], most):
        told = "is left out" if item is LEFT_OUT else f"is {item!r}"
        yield f"{shown(path)} {told}", with_item(value, path, item)


def _changes(value: Any) -> Iterator[tuple[Path, Any]]:
    for path, found in nodes(value):
        if path:
            yield path, LEFT_OUT
        yield from ((path, odd) for odd in ODD if odd != found)
        if isinstance(found, str) and found.lower() != found.upper():
            yield path, found.swapcase()
        if isinstance(found, bool):
            yield path, not found
        if isinstance(found, (bool, int, float)):
            yield path, str(found).lower()
            yield path, "1" * 12
            yield path, -1
        if is_object(found):
            yield path, [found, found]
            yield path, [found]
        if is_array(found) and found:
            yield path, found[0]


def bereft(value: Any) -> Iterator[tuple[str, Any]]:
    """The same data without one of its members or items, each in turn."""
    for path, _ in nodes(value):
        if path:
            yield f"{shown(path)} is left out", with_item(value, path, LEFT_OUT)


def blanked(value: Any) -> Iterator[tuple[str, Any]]:
    """The same data with one of its texts blank: services refuse to take such a text back."""
    for path, found in leaves(value):
        if isinstance(found, str) and found.strip():
            yield f"{shown(path)} is blank", with_item(value, path, " ")


def crossed(value: Any, others: Iterable[Any], most: int) -> Iterator[tuple[str, Any]]:
    """The same data with one word or number that other events have in its place.

    Args:
        value: plain data of one event.
        others: those of the other events of the stream.
        most: so many at most.
    """
    told = [leaf for other in others for leaf in leaves(other)]
    made: list[tuple[Path, Any]] = []
    for path, found in leaves(value):
        values = [v for p, v in told if p == path and type(v) is type(found) and v != found]
        made += [(path, item) for item in dict.fromkeys(map(_short, values)) if item is not None]
    for path, item in few(made, most):
        yield f"{shown(path)} is {item!r}, as elsewhere", with_item(value, path, item)


def merged(value: Any, others: Iterable[Any], most: int) -> Iterator[tuple[str, Any]]:
    """The same data with the members of an object that stands in its place elsewhere, as well.

    Args:
        value: plain data of one event.
        others: those of the other events of the stream.
        most: so many at most.
    """
    told = [place for other in others for place in nodes(other) if is_object(place.value)]
    made: dict[tuple[Path, tuple[str, ...]], Any] = {}
    for path, found in nodes(value):
        for place, other in told if is_object(found) else ():
            if place == path and (more := tuple(name for name in other if name not in found)):
                made.setdefault((path, more), {**other, **found})
    for (path, more), item in few([*made.items()], most):
        yield f"{shown(path)} has {', '.join(more)} too", with_item(value, path, item)


def rearranged(value: Any) -> Iterator[tuple[str, Any]]:
    """The same data with an item of a list told twice, and with two neighbours the other way."""
    for path, found in nodes(value):
        for place in range(len(found) if is_array(found) else 0):
            before, (item, *after) = found[:place], found[place:]
            yield (
                f"{shown(path)} has {place} twice",
                with_item(value, path, [*before, item, *found[place:]]),
            )
            if after:
                changed = [*before, after[0], item, *after[1:]]
                yield f"{shown(path)} has {place} later", with_item(value, path, changed)


def few(made: Sequence[T], most: int) -> Iterable[T]:
    """So many of what can be made, the same ones each time."""
    if len(made) <= most:
        return made
    chosen = random.Random(most).sample(range(len(made)), most)  # noqa: S311 - no secret
    return [made[place] for place in sorted(chosen)]


def retyped(value: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
    """The same data with a type as other protocols call it; each place and word once.

    Args:
        value: plain data.
        seen: places and words that were tried.
    """
    like = shape(value)
    for path, found in leaves(value):
        place = f"{[step for step in path if isinstance(step, str)]} {found} {like}"
        if len(path) > 1 and path[-1] == "type" and isinstance(found, str) and place not in seen:
            seen.add(place)
            for word in TYPES:
                if word != found:
                    yield f"{shown(path)} is {word!r}", with_item(value, path, word)


def _short(value: Any) -> Any:
    return value if isinstance(value, int) or (isinstance(value, str) and len(value) < 64) else None


def shape(value: Any) -> str:
    """What an event is like: events of one shape are spoilt once."""
    told: list[str] = []
    for path, found in nodes(value):
        kind = found if path[-1:] == ("type",) else type(found).__name__
        kind = kind if found or not isinstance(found, str) else "nothing"
        told.append(f"{path}{kind}")
    return " ".join(told)


def everywhere(value: Any, name: str) -> Any:
    """The same data with one member more in every object that has not got it; schemas stay."""
    if is_object(value):
        more = {} if name in value else {name: "zmore"}
        said = {k: v if k in SCHEMAS else everywhere(v, name) for k, v in value.items()}
        return said | more
    return [everywhere(item, name) for item in value] if is_array(value) else value


def named_by_type(value: Any) -> Any:
    """The same data, where each object that has a type has a text in a member of that name, too.

    Example:
        >>> named_by_type({"type": "text"})
        {'type': 'text', 'text': 'zmore'}
    """
    if is_object(value):
        name = value.get("type")
        more = {name: "zmore"} if isinstance(name, str) and name not in value else {}
        return {key: named_by_type(item) for key, item in value.items()} | more
    return [named_by_type(item) for item in value] if is_array(value) else value


def with_member(value: Any) -> Iterator[tuple[str, Any]]:
    """An error in it, and beside what it says."""
    for member in ERROR_MEMBERS:
        yield f"{member} alone", member
        if is_object(value):
            yield f"{member} beside it", {**value, **member}


def with_word(value: Any, word: str) -> Iterator[tuple[str, Any]]:
    """Other words for the end, where one stands."""
    for path, found in list(nodes(value)):
        if found == word:
            for other in END_WORDS:
                yield f"{shown(path)} is {other!r}", with_item(value, path, other)
                yield f"{shown(path)} is {other.upper()!r}", with_item(value, path, other.upper())
            # A failure that is told beside the word for the end.
            for other in (word, *END_WORDS[::6]):
                yield f"{shown(path)} is {other!r}, with an error", _beside(value, path, other)


def with_state(value: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
    """The same data with another word for how something went; each place once.

    Args:
        value: plain data.
        seen: places that were tried.

    Example:
        >>> dict(with_state({"outcome": "OUTCOME_OK"}, set()))["$.outcome is 'OUTCOME_FAILED'"]
        {'outcome': 'OUTCOME_FAILED'}
    """
    for path, found in leaves(value):
        place = _names(path)
        if not isinstance(found, str) or not place.lower().endswith(STATE_MEMBERS) or place in seen:
            continue
        seen.add(place)
        head = f"{found.rpartition('_')[0]}_" if "_" in found and found.isupper() else ""
        for word in STATES:
            said = f"{head}{word.upper()}" if found.isupper() else word
            if said != found:
                yield f"{shown(path)} is {said!r}", with_item(value, path, said)


def grown(value: Any, end: str | None, seen: set[str]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The same data told twice, first as no end yet, then with a list that has an item more.

    Args:
        value: plain data of one event.
        end: the word for the end of the answer, which the first one leaves out.
        seen: places of lists that were tried in an event of such members.

    Example:
        >>> [*grown({"found": ["a"], "why": "stop"}, "stop", set())]
        [('$.found is longer', ({'found': ['a']}, {'found': ['a', 'az'], 'why': 'stop'}))]
    """
    before = value
    for path, found in leaves(value):
        if found == end and end is not None:
            before = with_item(before, path, LEFT_OUT)
    members = sorted({_names(path) for path, _ in nodes(value)})
    for path, found in nodes(value):
        if is_array(found) and found and (place := f"{_names(path)} of {members}") not in seen:
            seen.add(place)
            longer = [*found, another(found[-1])]
            yield f"{shown(path)} is longer", (before, with_item(value, path, longer))


def another(item: Any) -> Any:
    """An item like this one, of other words and numbers."""
    if is_object(item):
        return {k: v if k == "type" else another(v) for k, v in item.items()}
    if is_array(item):
        return [another(inner) for inner in item]
    if isinstance(item, str):
        return f"{item}z"
    return item if isinstance(item, bool) or item is None else item + 1


def _names(path: Path) -> str:
    """The way to a place, whatever items of lists are on it."""
    return ".".join(step for step in path if isinstance(step, str))


def _beside(value: Any, path: Path, word: str) -> Any:
    changed = with_item(value, path, word)
    _at(changed, path)["error"] = "zfault"
    return changed


def with_item(value: Any, path: Path, item: Any) -> Any:
    """The same data with one thing changed; what is not on the way to it is not copied."""
    if not path:
        return item
    changed = copy.copy(value)
    step, rest = path[0], path[1:]
    if rest:
        changed[step] = with_item(value[step], rest, item)
    elif item is LEFT_OUT:
        del changed[step]
    else:
        changed[step] = item
    return changed


def _at(value: Any, path: Path) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value
