"""A conversation as ``UIMessage``s, for a page that shows what was said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from chimeric import AudioPart, FilePart, ImagePart, Message, Part, TextPart, ToolCall

from .media import media_type_of, media_url
from .results import json_text, parts_value
from .shown import TOOL_FAILED
from .ui_blocks import REFUSAL
from .ui_parts import source_of

__all__ = ["to_ui_messages"]


def to_ui_messages(
    messages: Iterable[Message],
    *,
    pending: Iterable[ToolCall] = (),
    ids: Callable[[int], str] | None = None,
    tool_errors: bool = False,
) -> list[dict[str, Any]]:
    """The messages as ``useChat`` takes them (``initialMessages``), and as ``UIMessage``s are kept.

    The turns of one answer, with the results of their tools, are one message.

    Args:
        messages: a conversation, such as ``response.messages``.
        pending: the calls that wait for an approval, such as ``response.pending``: the page asks
            for it again.
        ids: makes the id of a message of its number; without it ``message-0`` and so on.
        tool_errors: whether the words of tools that failed are in it.

    Example:
        >>> to_ui_messages([Message("user", "Hi")])
        [{'id': 'message-0', 'role': 'user', 'parts': [{'type': 'text', 'text': 'Hi'}]}]
    """
    history = _History(tool_errors=tool_errors)
    for message in messages:
        history.add(message)
    for call in pending:
        history.ask(call)
    name = ids or "message-{}".format
    return [
        {"id": name(number), "role": role, "parts": parts}
        for number, (role, parts) in enumerate(history.found)
        if parts
    ]


class _History:
    def __init__(self, *, tool_errors: bool) -> None:
        self.found: list[tuple[str, list[dict[str, Any]]]] = []
        self._calls: dict[str, dict[str, Any]] = {}
        self._sources = 0
        self._tool_errors = tool_errors

    def add(self, message: Message) -> None:
        if message.role == "tool":
            self._result(message)
        elif message.role == "assistant":
            self._answer(message)
        else:
            role = "user" if message.role == "user" else "system"
            self.found.append((role, [*_shown(message.parts)]))

    def _answer(self, message: Message) -> None:
        if not self.found or self.found[-1][0] != "assistant":
            self.found.append(("assistant", []))
        parts = self.found[-1][1]
        parts.append({"type": "step-start"})
        if message.reasoning:
            parts.append({"type": "reasoning", "text": message.reasoning, "state": "done"})
        for part in message.parts:
            parts += _shown([part])
            if isinstance(part, TextPart):
                for citation in part.citations:
                    self._sources += 1
                    parts.append(source_of(citation, f"s{self._sources}"))
        if message.refusal:
            told = {"type": "text", "text": message.refusal, "state": "done"}
            parts.append({**told, "providerMetadata": REFUSAL})
        for call in message.tool_calls:
            shown = self._calls[call.id] = _call(call)
            parts.append(shown)

    def ask(self, call: ToolCall) -> None:
        """A call waits for an approval."""
        shown = self._calls.get(call.id)
        if shown is not None:
            shown.update(state="approval-requested", approval={"id": call.id})

    def _result(self, message: Message) -> None:
        shown = self._calls.get(message.tool_call_id or "")
        if shown is None:
            return  # of a call that this conversation does not have
        if message.is_error:
            text = message.text if self._tool_errors else TOOL_FAILED
            shown.update(state="output-error", errorText=text)
        else:
            shown.update(state="output-available", output=_output(message))


def _call(call: ToolCall) -> dict[str, Any]:
    told = {"type": f"tool-{call.name}", "toolCallId": call.id, "state": "input-available"}
    if call.kind == "function":
        try:
            return {**told, "input": call.parsed()}
        except msgspec.DecodeError:
            return {**told, "input": call.arguments}
    metadata = {"chimeric": {"kind": call.kind}}
    return {**told, "input": call.arguments, "callProviderMetadata": metadata}


def _output(message: Message) -> Any:
    if not isinstance(message.content, str):
        return parts_value(message.content)
    text = message.content
    if text[:1] not in ("{", "["):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _shown(parts: Iterable[Part]) -> Iterable[dict[str, Any]]:
    for part in parts:
        if isinstance(part, TextPart):
            yield {"type": "text", "text": part.text}
        elif isinstance(part, (ImagePart, AudioPart, FilePart)):
            url, kind = media_url(part), media_type_of(part)
            if url is None:
                data = {"fileId": part.file_id, "mediaType": kind}
                yield {"type": "data-file", "data": data}
                continue
            told = {"type": "file", "url": url, "mediaType": kind}
            name = part.filename if isinstance(part, FilePart) else None
            yield {**told, "filename": name} if name else told
        else:
            yield {"type": "data-native", "data": msgspec.json.decode(json_text(part.value))}
