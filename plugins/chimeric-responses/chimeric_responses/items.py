"""Messages as the input items of the Responses protocol."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from chimeric_models import CallIds, left_out, readable, settled, short_id

from chimeric import (
    AudioPart,
    ConfigurationError,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    TextPart,
    ToolCall,
    own_keys,
)

from .dialect import PICTURES, Dialect

__all__ = ["InputItems"]

CONTENT = ("input_text", "input_image", "input_file", "input_audio", "output_text", "refusal")
"""Types of native parts that stand inside a message; others are items of their own."""


IDS = {"message": "msg", "function_call": "fc", "custom_tool_call": "ctc"}
"""What the ids of items begin with, of those that may be without one."""

ITEMS = frozenset(("computer_screenshot", "item_reference", "reasoning", "compaction"))
"""Types of native parts that are the protocol's, though others have some of these names."""

MESSAGE_KEYS = ("phase",)
"""Keys of a message besides its role and content."""


class InputItems:
    """Collects input items, and what could not be carried over.

    Attributes:
        items: the items, in the order of the conversation.
        dropped: one sentence for each kind of loss.
    """

    def __init__(self, dialect: Dialect, model: str) -> None:
        self.items: list[dict[str, Any]] = []
        self.dropped: list[str] = []
        self._dialect = dialect
        self._reasons = dialect.reasons(model)
        self._calls: dict[str, ToolCall] = {}
        self._asked: dict[str, dict[str, Any]] = {}
        self._custom: set[str] = set()
        self._ids = CallIds(short_id)
        self._answering = False

    def add(self, message: Message) -> None:
        """Append a message.

        Raises:
            ModelNotSupportedError: for a part that the protocol cannot carry.
            ConfigurationError: for a tool result that does not say which call it answers.
        """
        if not isinstance(message.content, str):
            message = readable(message, ITEMS, self.dropped)
        if message.role == "assistant":
            if not self._answering:
                self._ids.begin_turn()
            self._add_assistant(message)
        elif message.role == "tool":
            self._add_result(message)
        else:
            self._add_input(message)
        self._answering = message.role == "assistant"

    def _add_input(self, message: Message) -> None:
        inside: list[Part] = []
        items: list[dict[str, Any]] = []
        for part in message.parts:
            if isinstance(part, NativePart) and part.value.get("type") not in CONTENT:
                if "type" in part.value:
                    items.append(part.value)
                else:
                    self._drop_native(part)
            else:
                inside.append(part)
        if inside or not items:
            item = {"role": message.role, "content": _content(inside)}
            self.items.append({**item, **own_keys(message.extra, MESSAGE_KEYS)})
        self.items += items

    def _add_assistant(self, message: Message) -> None:
        echoed = message.items_for(self._dialect.api)
        self._calls.update((call.id, call) for call in message.tool_calls)
        if echoed is not None:
            items = cast("list[dict[str, Any]]", echoed)
            self._asked.update((str(i.get("call_id") or i.get("id")), i) for i in items)
            self.items += self._echo(items)
            return
        if message.state is not None and _is_opaque(message.state.items):
            self._drop(
                f"the encrypted or signed reasoning of an earlier turn ({message.state.api}) "
                f"cannot be read by {self._dialect.api} and was left out"
            )
        elif message.reasoning:
            self._drop("reasoning of another model in an assistant message: it was left out")
        elif message.state is not None and any(map(_tells_more, message.state.items)):
            self._drop(
                f"what the service's own tools did in an earlier turn ({message.state.api}) was "
                f"left out: {self._dialect.api} cannot read it"
            )
        for part in message.parts:
            if isinstance(part, NativePart) and "type" not in part.value:
                self._drop_native(part)
        said = _assistant_content(message)
        if said:
            item = {"role": "assistant", "content": said}
            self.items.append({**item, **own_keys(message.extra, MESSAGE_KEYS)})
        for call in message.tool_calls:
            if call.kind not in ("function", "custom"):
                self.items.append(_call_item(call, call.id))
                continue
            sent = self._ids.call(call.id, call.name)
            if call.kind == "custom":
                self._custom.add(sent)
            self.items.append(_call_item(call, sent))

    def _echo(self, items: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """Output items go back as they came, unless this model does not take their reasoning."""
        items = [_identified(self._named(item) if "call_id" in item else item) for item in items]
        thoughts = [item for item in items if item.get("type") == "reasoning"]
        if self._reasons is None or not thoughts:
            return items
        if self._reasons is False:
            self._drop(
                "reasoning of an earlier turn was left out, since this model does not reason"
            )
        elif all(str(item.get("id") or "rs").startswith("rs") for item in thoughts):
            return items
        else:
            self._drop("reasoning of an earlier turn was left out: another server made it")
        return [kept for item in items if (kept := self._without_thought(item)) is not None]

    def _without_thought(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """An item whose reasoning is left out: with its id it is refused without it.

        Items of the provider's own tools are refused without an id as well, and left out.
        """
        kind = str(item.get("type"))
        if kind in IDS:
            return _without_id(item)
        if kind == "mcp_list_tools" or (kind.endswith("_call") and "call_id" not in item):
            self._drop(f"the {kind} of an earlier turn was left out with its reasoning")
            return None
        return None if kind == "reasoning" else item

    def _named(self, item: dict[str, Any]) -> dict[str, Any]:
        """A call under an id of its own."""
        kind, identity = str(item.get("type")), str(item["call_id"] or "")
        if kind not in ("function_call", "custom_tool_call"):
            return item
        sent = self._ids.call(identity, str(item.get("name") or ""))
        if kind == "custom_tool_call":
            self._custom.add(sent)
            # An answer has it, and ``ResponseCustomToolCallParam`` has not.
            item = {name: value for name, value in item.items() if name != "status"}
        return item if sent == identity else {**item, "call_id": sent}

    def _add_result(self, message: Message) -> None:
        call = self._calls.get(message.tool_call_id or "")
        if call is not None and call.kind not in ("function", "custom"):
            self._add_answer(call, message)
            return
        call_id = self._ids.result(message.tool_call_id or "", message.name or "")
        if not call_id:
            raise ConfigurationError("a tool message needs the tool_call_id of the call it answers")
        custom = call_id in self._custom
        self.items.append(
            {
                "type": "custom_tool_call_output" if custom else "function_call_output",
                "call_id": call_id,
                "output": _content(self._inside_result(part) for part in message.parts),
            }
        )

    def _add_answer(self, call: ToolCall, message: Message) -> None:
        """The answer to a call that is no function's."""
        from .tools.call_results import result_item  # few conversations have one

        lost: list[str] = []
        content = _content(message.parts)
        asked = self._asked.get(call.id)
        result = result_item(call, asked, message, content, lost)
        for sentence in lost:
            self._drop(sentence)
        if result is not None:
            self.items.append(result)
            return
        self._take_back(call.id)
        self.items.append({"role": "user", "content": content})

    def _take_back(self, id: str) -> None:
        """Leave a call out that has no answer, and the reasoning that may not stand without it."""
        place = next((n for n, i in enumerate(self.items) if i.get("call_id") == id), None)
        if place is None:
            return
        del self.items[place]
        while place and self.items[place - 1].get("type") == "reasoning":
            place -= 1
            del self.items[place]

    def _inside_result(self, part: Part) -> Part:
        """A part of a result, where a note stands for a sound."""
        if not isinstance(part, AudioPart):
            return part
        self._drop(
            "a tool's result has a note for its sound, which the Responses API does not take"
        )
        return TextPart(part.stand_in)

    def _drop_native(self, part: NativePart) -> None:
        """Report a part that is no item of this protocol, all of which have a type."""
        self._drop(left_out(part.value, "the Responses API"))

    def _drop(self, sentence: str) -> None:
        if sentence not in self.dropped:
            self.dropped.append(sentence)


def _identified(item: dict[str, Any]) -> dict[str, Any]:
    """An item without another server's id: 400 "Expected an ID that begins with 'fc'"."""
    prefix = IDS.get(str(item.get("type")))
    if prefix is None or "id" not in item or str(item["id"]).startswith(prefix):
        return item
    return _without_id(item)


def _without_id(item: dict[str, Any]) -> dict[str, Any]:
    """An item as one that no server has made: a message is then its text (``EasyInputMessage``)."""
    rest = {name: value for name, value in item.items() if name != "id"}
    content = item.get("content")
    if item.get("type") != "message" or not isinstance(content, list):
        return rest
    said = [
        part.get("text") or part.get("refusal") for part in cast("list[dict[str, Any]]", content)
    ]
    kept = {name: rest[name] for name in ("role", *MESSAGE_KEYS) if name in rest}
    return {**kept, "content": "".join(map(str, filter(None, said)))}


def _content(parts: Iterable[Part]) -> str | list[dict[str, Any]]:
    """Plain text where there is one piece of text or none, which every server takes."""
    listed = list(parts)
    if not listed:
        return ""
    first = listed[0]
    if len(listed) == 1 and isinstance(first, TextPart) and not _own(first):
        return first.text
    return [_part(part) for part in listed]


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "input_text", "text": part.text, **_own(part)}
        case ImagePart():
            part = settled(part, PICTURES)
            if part.data is not None and part.media_type is None:
                raise ModelNotSupportedError(
                    "the media_type of an image is missing and cannot be told from its bytes"
                )
            where = (
                {"file_id": part.file_id} if part.file_id else {"image_url": _url(part, "image")}
            )
            return {"type": "input_image", "detail": part.detail or "auto", **where, **_own(part)}
        case FilePart():
            part = settled(part)
            return {"type": "input_file", **_file(part), **_own(part)}
        case AudioPart():
            raise ModelNotSupportedError("the Responses API takes no audio; send text or a file")
        case NativePart():
            return part.value


def _own(part: TextPart | ImagePart | FilePart) -> dict[str, Any]:
    return own_keys(part.extra, ("prompt_cache_breakpoint",))


def _url(part: ImagePart | FilePart, what: str) -> str:
    url = part.url or part.data_url
    if url is None:
        raise ConfigurationError(f"the {what} has neither a URL, nor data, nor a file id")
    return url


def _file(part: FilePart) -> dict[str, Any]:
    if part.file_id:
        return {"file_id": part.file_id}
    if part.data is None:
        return {"file_url": _url(part, "file")}
    # Inline data is refused without a name.
    ending = mimetypes.guess_extension(part.media_type or "") or ""
    return {"filename": part.filename or f"file{ending}", "file_data": _url(part, "file")}


def _assistant_content(message: Message) -> str | list[dict[str, Any]]:
    parts = message.parts
    if not any(isinstance(part, NativePart) for part in parts):
        lost = next((part for part in parts if not isinstance(part, TextPart)), None)
        if lost is not None:
            raise ModelNotSupportedError(
                f"an assistant message cannot hold a {type(lost).__name__}; "
                "put it into a user message"
            )
        return message.text or message.refusal or ""
    return [
        {"type": "output_text", "text": part.text} if isinstance(part, TextPart) else _part(part)
        for part in parts
        if not (isinstance(part, NativePart) and "type" not in part.value)
    ]


def _call_item(call: ToolCall, call_id: str) -> dict[str, Any]:
    if call.kind == "custom":
        return {
            "type": "custom_tool_call",
            "call_id": call_id,
            "name": call.name,
            "input": call.arguments,
        }
    if call.kind != "function":
        from .tools.call_results import call_item

        return call_item(call)
    return {
        "type": "function_call",
        "call_id": call_id,
        "name": call.name,
        "arguments": call.arguments or "{}",
    }


def _is_opaque(value: object) -> bool:
    """Whether state holds something that only its own provider can read, and so is lost."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        for name, inner in entries.items():
            if inner and (
                "signature" in str(name).lower() or name in ("encrypted_content", "redacted")
            ):
                return True
        return entries.get("type") == "redacted_thinking" or any(map(_is_opaque, entries.values()))
    if isinstance(value, list):
        return any(map(_is_opaque, cast("list[object]", value)))
    return False


PLAIN: Final = (
    # Types of blocks and items, and keys of those that have none.
    *("text", "thinking", "tool_use", "message", "reasoning", "function_call", "custom_tool_call"),
    *("thought", "functionCall", "toolUse", "reasoningContent", "citationsContent", "thought_by"),
    *("reasoning_details", "tool_calls", "role", "content", "tool_plan", "citations"),
)
"""What text, reasoning and calls of a message say as well."""


def _tells_more(item: object) -> bool:
    """Whether an item of another protocol's state holds what no field of its message does."""
    if not isinstance(item, Mapping):
        return True
    entries = cast("Mapping[str, Any]", item)
    kind = entries.get("type")
    return kind not in PLAIN if isinstance(kind, str) else any(key not in PLAIN for key in entries)
