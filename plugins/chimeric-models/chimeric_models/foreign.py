"""Parts in the form of one protocol, as what a model of another can read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from chimeric import (
    ConfigurationError,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    TextPart,
)

__all__ = ["echoed_items", "left_out", "readable"]

ELSEWHERE: Final = frozenset(
    (
        # Anthropic's blocks
        *("container_upload", "document.source", "search_result", "thinking", "redacted_thinking"),
        *("server_tool_use", "tool_reference", "compaction", "fallback"),
        # OpenAI's, in chat completions and in Responses
        *("refusal", "computer_screenshot", "item_reference", "reasoning"),
        # Cohere's and Mistral's
        *(
            "document.document",
            "document.text",
            "document_url",
            "reference",
            "resource",
            "resource_link",
        ),
        # OpenRouter's, and that of servers that follow it
        *("video_url", "input_video", "video"),
    )
)
"""Types of parts that belong to a protocol; any other may be a new one of the service asked.
Two protocols have a ``document``, which holds another thing."""

KEYS: Final = frozenset(
    (
        # Converse's members of a content block
        *("cachePoint", "citationsContent", "guardContent", "reasoningContent", "searchResult"),
        *("toolAddition", "toolRemoval", "toolResult", "toolUse"),
        # Gemini's data of a part
        *("codeExecutionResult", "executableCode", "fileData", "functionCall"),
        *("functionResponse", "inlineData", "toolCall", "toolResponse"),
    )
)
"""Keys of parts without a type, one of which each has."""

MARKS: Final = ("cachePoint",)
"""Parts that say nothing themselves."""

WRAPPED: Final = ("type", "source", "title", "content", "text", "refusal", "document", "data")
"""Keys that the text made of a part has the values of."""


def readable(
    message: Message,
    own: Container[str],
    dropped: list[str],
    *,
    keeps: Container[str] = (),
    untyped: bool = False,
) -> Message:
    """The message with texts for parts that only another protocol knows.

    Documents and search results of text, and refusals, are texts; what cannot be one is an error in
    a question, and is left out of an answer and of a tool's result, which is told. Nothing is
    looked at in a message of plain text, and a type that nobody is known to have stays.

    Args:
        message: any message.
        own: those of the types below that the protocol takes, or keys where it knows no types.
        dropped: gets a sentence for what is left out.
        keeps: keys beside a part's text that the protocol has a form for.
        untyped: whether the protocol knows a part by its one key, and never by a type.

    Raises:
        ModelNotSupportedError: for a part of a question that the protocol cannot carry, or that
            none has.

    Example:
        >>> part = NativePart({"type": "refusal", "refusal": "No."})
        >>> readable(Message("assistant", (part,)), (), []).text
        'No.'
    """
    content = message.content
    if isinstance(content, str) or not any(_is_foreign(p, own, untyped) for p in content):
        return message
    parts: list[Part] = []
    for part in content:
        if not _is_foreign(part, own, untyped):
            parts.append(part)
            continue
        value = cast("NativePart", part).value
        text = "\n".join(_texts(value))
        if text:
            parts.append(TextPart(text, extra=_rest(value, keeps, dropped)))
        elif message.role == "assistant" or any(mark in value for mark in MARKS):
            where = f"in a message of the role {message.role!r}"
            dropped.append(f"{_name(value)} {where}: no form here; it was left out")
        elif message.role == "tool":
            dropped.append(f"a tool's result has a note for {_name(value)}: no form here")
            parts.append(TextPart(f"[{_name(value)}, which could not be sent]"))
        else:
            raise _error(value)
    return msgspec.structs.replace(message, content=tuple(parts))


def left_out(value: Mapping[str, Any], provider: str) -> str:
    """The sentence for a part that says nothing to the model, and so can be left out.

    Raises:
        ModelNotSupportedError: for any other: what a provider cannot take is not left out.

    Example:
        >>> left_out({"cachePoint": {"type": "default"}}, "Gemini")
        'Gemini has no cachePoint: the cache point was left out'
    """
    if "cachePoint" in value:
        return f"{provider} has no cachePoint: the cache point was left out"
    name = value.get("type") or next(iter(value), None)
    raise ModelNotSupportedError(f"{provider} takes no part {name!r} in messages")


def echoed_items(
    message: Message, items: Iterable[dict[str, Any]], known: Container[str]
) -> list[dict[str, Any]]:
    """Items of an answer without the keys that a caller's dict had, and the protocol has not.

    The core tells of each that is not sent. What an answer itself had stays as it was.

    Args:
        message: the answer.
        items: its parts in the protocol's own form.
        known: keys of ``extra`` that the protocol has.
    """
    parts = () if isinstance(message.content, str) else message.content
    extras = [getattr(said, "extra", None) for said in (*parts, *message.tool_calls)]
    unknown = {key for extra in extras if extra for key in extra if key not in known}
    if not unknown:
        return list(items)
    return [{k: v for k, v in item.items() if k not in unknown} for item in items]


def _is_foreign(part: Part, own: Container[str], untyped: bool) -> bool:
    if not isinstance(part, NativePart):
        return False
    kind = part.value.get("type")
    if isinstance(kind, str):
        if kind == "document":
            kind = _kind_of_document(part.value)
        return untyped or (kind in ELSEWHERE and kind not in own)
    if untyped:
        return any(key in KEYS and key not in own for key in part.value)
    return True


def _kind_of_document(value: Mapping[str, Any]) -> str:
    if "source" in value:
        return "document.source"
    document = value.get("document")
    data = cast("Mapping[str, Any]", document).get("data") if isinstance(document, Mapping) else 0
    return "document.document" if isinstance(data, Mapping) else "document.text"


def _as_json(data: Any) -> str:
    try:
        return msgspec.json.encode(data).decode()
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"the data of a document cannot be said in JSON: {error}"
        ) from error


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    """The words of a part: of a refusal, a document of text or a search result."""
    source = value.get("source")
    document = value.get("document")
    if isinstance(document, Mapping):  # Cohere's
        data = cast("Mapping[str, Any]", document).get("data")
        yield data if isinstance(data, str) else _as_json(data)
        return
    guarded = value.get("guardContent")
    if isinstance(guarded, Mapping):  # Converse's
        value = cast("Mapping[str, Any]", guarded)
    inner = cast("Mapping[str, Any]", source) if isinstance(source, Mapping) else value
    said = [inner.get(name) for name in ("data", "content", "text", "refusal")]
    words = [word for entry in said for word in _words(entry)]
    if words and inner.get("type") != "base64":
        heads = (value.get("title"), source, value.get("context"))
        yield from (head for head in heads if isinstance(head, str) and head)
        yield from words


def _words(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, (list, tuple)):
        for item in cast("list[Any]", entry):
            yield from _words(item)
    elif isinstance(entry, Mapping):
        yield from _words(cast("Mapping[str, Any]", entry).get("text"))


def _rest(
    value: Mapping[str, Any], keeps: Container[str], dropped: list[str]
) -> dict[str, Any] | None:
    """What stays beside the text. The rest is told."""
    left = [key for key in value if key not in WRAPPED and key not in ("context", "type")]
    lost = [key for key in left if key not in keeps]
    if lost:
        dropped.append(f"{', '.join(lost)} of {_name(value)}: no form here; it was left out")
    return {key: value[key] for key in left if key in keeps} or None


def _name(value: Mapping[str, Any]) -> str:
    kind = value.get("type")
    return f"a part of the type {kind!r}" if kind else f"a part with the keys {sorted(value)}"


def _error(value: Mapping[str, Any]) -> ModelNotSupportedError:
    hint = ": send its text or bytes" if "type" in value else " that is known"
    return ModelNotSupportedError(f"{_name(value)} has no form here{hint}")
