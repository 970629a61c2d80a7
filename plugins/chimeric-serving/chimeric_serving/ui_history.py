"""A conversation as ``UIMessage``s, for a page that shows what was said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from chimeric import (
    AudioPart,
    CompletionResponse,
    FilePart,
    GeneratedFile,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    ServerToolChunk,
    TextPart,
    ToolCall,
    ToolExecutionResult,
)

from .media import media_type_of, media_url
from .results import json_text, output_of, parts_value
from .shown import TOOL_FAILED
from .ui_blocks import REFUSAL
from .ui_parts import file_of, server_tool_of, source_of

__all__ = ["to_ui_messages"]

AnswerPart = TextPart | ReasoningPart | ToolCall | ServerToolChunk | GeneratedFile


def to_ui_messages(
    messages: Iterable[Message | CompletionResponse[Any]],
    *,
    pending: Iterable[ToolCall] = (),
    ids: Callable[[int], str] | None = None,
    tool_errors: bool = False,
) -> list[dict[str, Any]]:
    """The messages as ``useChat`` takes them (``initialMessages``), and as ``UIMessage``s are kept.

    The turns of one answer, with the results of their tools, are one message. A response in the
    list stands for its answer, and has what messages do not tell: tools that the provider ran,
    sources, files that the model made, and what waits for an approval.

    Args:
        messages: a conversation, such as ``response.messages``; or what the user said, with the
            responses to it.
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
        if isinstance(message, Message):
            history.add(message)
        else:
            history.response(message)
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

    def response(self, response: CompletionResponse[Any]) -> None:
        """An answer as it was given."""
        results = {result.call_id: result for result in response.tool_results}
        parts = self._begun()
        for call_id, result in results.items():
            self._told(call_id, result)  # of calls before this answer, which somebody allowed
        for part in response.parts:
            if isinstance(part, (TextPart, ReasoningPart)) and _is_over(parts):
                parts.append({"type": "step-start"})
            parts += self._part(part)
            if isinstance(part, ToolCall):
                self._told(part.id, results.get(part.id))
        for call in response.pending:
            self.ask(call)

    def _part(self, part: AnswerPart) -> Iterable[dict[str, Any]]:
        if isinstance(part, TextPart):
            yield from self._text(part)
        elif isinstance(part, ReasoningPart):
            yield {"type": "reasoning", "text": part.reasoning, "state": "done"}
        elif isinstance(part, ToolCall):
            self._calls[part.id] = shown = _call(part)
            yield shown
        elif isinstance(part, ServerToolChunk):
            yield server_tool_of(part)
        else:
            told = file_of(part)
            told.pop("transient", None)
            yield told

    def _text(self, part: TextPart) -> Iterable[dict[str, Any]]:
        yield {"type": "text", "text": part.text}
        for citation in part.citations:
            self._sources += 1
            yield source_of(citation, f"s{self._sources}")

    def _told(self, call_id: str, result: ToolExecutionResult | None) -> None:
        shown = self._calls.get(call_id)
        if shown is None or result is None:
            return
        shown.pop("approval", None)
        if result.is_error:
            text = result.output if self._tool_errors else TOOL_FAILED
            shown.update(state="output-error", errorText=text)
        else:
            shown.update(state="output-available", output=output_of(result))

    def _begun(self) -> list[dict[str, Any]]:
        """The parts of the assistant's message, in which another step begins."""
        if not self.found or self.found[-1][0] != "assistant":
            self.found.append(("assistant", []))
        parts = self.found[-1][1]
        parts.append({"type": "step-start"})
        return parts

    def _answer(self, message: Message) -> None:
        parts = self._begun()
        if message.reasoning:
            parts.append({"type": "reasoning", "text": message.reasoning, "state": "done"})
        for part in message.parts:
            parts += self._text(part) if isinstance(part, TextPart) else _shown([part])
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


def _is_over(parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the last of the parts is a call of ours that has its result: another turn begins."""
    return parts[-1].get("state") in ("output-available", "output-error") and not parts[-1].get(
        "providerExecuted"
    )


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
