"""Conversations as ``system`` and ``messages`` of the Messages API."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from chimeric_models import (
    GO_ON,
    NO_PREFILL,
    CallIds,
    echoed_items,
    is_own_thought,
    left_out,
    plain_id,
    readable,
    settled,
    unmarked,
)

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    Request,
    TextPart,
    own_keys,
)

from .content import API, input_object

IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
TEXT_KEYS: Final = ("cache_control",)
ANSWER_KEYS: Final = ("cache_control", "citations")
DOCUMENT_KEYS: Final = ("cache_control", "citations", "context")
CALL_KEYS: Final = ("cache_control", "caller")
SYSTEM: Final = ("system", "developer")
BLOCKS: Final = frozenset(
    (
        *("compaction", "container_upload", "document.source", "fallback"),
        *("redacted_thinking", "search_result", "server_tool_use", "thinking", "tool_reference"),
    )
)
"""Blocks that are no unified parts (``ContentBlockParam``)."""


THINKING: Final = ("thinking", "redacted_thinking")
FOREIGN_THOUGHT: Final = "reasoning of another model in an assistant message: it was left out"


class Turns:
    """The conversation of one request.

    Neighbours of one role become one turn, as the server would do. The results of a turn's tools
    must stand together, before any other content of the user.

    Attributes:
        turns: the ``messages``.
        thoughtless: whether results of tools come last, and the answer that called them has no
            thinking at its beginning: then no budget of thinking is taken.
    """

    def __init__(
        self,
        request: Request,
        dropped: list[str],
        *,
        system_turns: bool,
        prefills: bool = True,
    ) -> None:
        self._request = request
        self._dropped = dropped
        self._system_turns = system_turns
        self._toolsets: dict[str, str] = {}
        self._ran = False
        self._ids = CallIds(plain_id)
        messages = [
            m if isinstance(m.content, str) else readable(m, BLOCKS, dropped)
            for m in request.messages
        ]
        start = next((n for n, m in enumerate(messages) if m.role not in SYSTEM), len(messages))
        self._front = list(messages[:start])
        self.turns: list[dict[str, Any]] = []
        for is_answer, group in groupby(messages[start:], key=lambda m: m.role == "assistant"):
            members = list(group)
            if is_answer:
                self._answers(members)
            else:
                self._asked(members)
        if self._ran:
            from .server_history import paired  # few conversations have such tools

            self.turns = paired(self.turns, dropped)
        if not prefills and _is_begun(self.turns):
            self._add("user", GO_ON)
            dropped.append(NO_PREFILL)
        _strip_prefill(self.turns, dropped)
        self.thoughtless = _answers_without_thinking(self.turns)
        dropped += _foreign(messages)

    @property
    def system(self) -> str | list[dict[str, Any]] | None:
        """The system prompt: text, or blocks where a part is in Anthropic's own form."""
        told = self._front
        if not told:
            return None
        parts = [p for m in told for p in m.parts]
        if all(isinstance(part, TextPart) and not part.extra for part in parts) and not any(
            m.extra for m in told
        ):
            return "\n\n".join(m.text for m in told if m.text.strip()) or None
        return [block for m in told for block in _said(m)]

    def _add(self, role: str, content: str | list[dict[str, Any]]) -> None:
        last = self.turns[-1] if self.turns else None
        if last is not None and last["role"] == role and role != "system":
            last["content"] = [*_listed(last["content"]), *_listed(content)]
        elif content:
            self.turns.append({"role": role, "content": content})

    def _asked(self, members: list[Message]) -> None:
        """What the user says between two answers, with the system's messages in it."""
        content: list[dict[str, Any]] = [self._result(m) for m in members if m.role == "tool"]
        said = [m for m in members if m.role == "user"]
        if not content and len(said) == 1 and _is_plain(said[0]):
            self._add("user", said[0].text)
        else:
            self._add("user", content + [block for m in said for block in _said(m)])
        if told := [m for m in members if m.role in SYSTEM]:
            self._interject(told, is_last=members[-len(told) :] == told)

    def _interject(self, told: list[Message], *, is_last: bool) -> None:
        """Put system messages after the user's turn: nowhere else are they taken."""
        blocks = [block for m in told for block in _said(m)]
        if not blocks:
            return
        if self._system_turns and self.turns and self.turns[-1]["role"] == "user":
            self._add("system", blocks)
            if not is_last:
                self._dropped.append(
                    "the place of a system message: it can only follow what the user says, or the "
                    "results of all calls; it was sent after them"
                )
            return
        self._front += told
        self._dropped.append(
            "the place of a later system message: this model takes none there; it was sent before "
            "the conversation"
        )

    def _answers(self, members: list[Message]) -> None:
        self._ids.begin_turn()
        self._add("assistant", [block for m in members for block in self._answer(m)])

    def _answer(self, message: Message) -> list[dict[str, Any]]:
        items = message.items_for(API)
        if items is not None:
            blocks = unmarked(items)
            kinds = {block.get("type") for block in blocks}
            if message.reasoning and kinds.isdisjoint(THINKING):
                if not is_own_thought(items, self._request):
                    self._dropped.append(FOREIGN_THOUGHT)
            said = echoed_items(message, blocks, (*TEXT_KEYS, *CALL_KEYS))
            return [block for item in said if (block := self._echoed(item)) is not None]
        if message.state is not None:
            self._dropped.append(
                f"the opaque state of {message.state.api} in an earlier assistant message"
            )
        elif message.reasoning:
            self._dropped.append(FOREIGN_THOUGHT)
        for part in message.parts:
            if not isinstance(part, (TextPart, NativePart)):
                raise ModelNotSupportedError(
                    f"an assistant message for anthropic can hold text only, not {_kind(part)}"
                )
            if isinstance(part, NativePart):
                self._ran = self._ran or _is_of_server(part.value)
        blocks = _blocks(message.parts, ANSWER_KEYS)
        if message.refusal and not blocks:
            blocks.append({"type": "text", "text": message.refusal})
        for call in message.tool_calls:
            use: dict[str, Any] = {
                "type": "tool_use",
                "id": self._ids.call(call.id, call.name),
                "name": call.name,
                "input": input_object(call.arguments),
            }
            blocks.append({**use, **own_keys(call.extra, CALL_KEYS)})
        return _marked(blocks, message)

    def _echoed(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """A block as it came; the API refuses blank text and thinking that is not signed."""
        match item.get("type"):
            case "text":
                return item if str(item.get("text") or "").strip() else None
            case "thinking" if not item.get("signature"):
                self._dropped.append("thinking without its signature in an earlier answer")
                return None
            case "tool_use":
                identity = str(item.get("id") or "")
                sent = self._ids.call(identity, str(item.get("name") or ""))
                if toolset := item.get("toolset_name"):
                    self._toolsets[sent] = toolset
                return item if sent == identity else {**item, "id": sent}
            case _:
                self._ran = self._ran or _is_of_server(item)
                if toolset := item.get("toolset_name"):
                    self._toolsets[item.get("id", "")] = toolset
                return item

    def _result(self, message: Message) -> dict[str, Any]:
        call_id = self._ids.result(message.tool_call_id or "", message.name or "")
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": call_id}
        if isinstance(message.content, str):
            block["content"] = message.content
        else:
            failed = message.is_error
            inner = [_inside_result(p, self._dropped, failed=failed) for p in message.content]
            block["content"] = [part for part in inner if part is not None]
        if message.is_error:
            block["is_error"] = True
        if call_id in self._toolsets:
            block["toolset_name"] = self._toolsets[call_id]
        return {**block, **own_keys(message.extra, ("cache_control",))}


def _is_plain(message: Message) -> bool:
    return isinstance(message.content, str) and not message.extra


def _foreign(messages: Sequence[Message]) -> list[str]:
    """A sentence for each part in another provider's form: all of Anthropic's have a type."""
    return [
        left_out(part.value, "anthropic")
        for message in messages
        if not isinstance(message.content, str) and message.items_for(API) is None
        for part in message.content
        if isinstance(part, NativePart) and "type" not in part.value
    ]


def _is_of_server(block: dict[str, Any]) -> bool:
    return str(block.get("type")).endswith(("_tool_use", "_tool_result"))


def _listed(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _is_begun(turns: list[dict[str, Any]]) -> bool:
    """Whether the beginning of an answer comes last; after ``pause_turn`` it is gone on with."""
    last = turns[-1] if turns else {}
    return last.get("role") == "assistant" and not _is_of_server(last["content"][-1])


def _strip_prefill(turns: list[dict[str, Any]], dropped: list[str]) -> None:
    """The beginning of an answer may not end in white space (the API's error says so)."""
    last = turns[-1] if turns else {}
    if last.get("role") != "assistant" or last["content"][-1].get("type") != "text":
        return
    block = last["content"][-1]
    if (text := block["text"]) != text.rstrip():
        last["content"] = [*last["content"][:-1], {**block, "text": text.rstrip()}]
        dropped.append("the white space at the end of the last assistant message")


def _answers_without_thinking(turns: list[dict[str, Any]]) -> bool:
    if len(turns) < 2 or isinstance(turns[-1]["content"], str):
        return False
    asked = next((turn for turn in reversed(turns) if turn["role"] == "user"), turns[-1])
    called = next((turn for turn in reversed(turns) if turn["role"] == "assistant"), None)
    answers = any(block.get("type") == "tool_result" for block in _listed(asked["content"]))
    if called is None or not answers or turns[-1]["role"] == "assistant":
        return False
    return called["content"][0].get("type") not in THINKING


def _said(message: Message) -> list[dict[str, Any]]:
    return _marked(_blocks(message.parts), message)


def _marked(blocks: list[dict[str, Any]], message: Message) -> list[dict[str, Any]]:
    """Blocks with the cache point of their message, which stands on the last of them here."""
    mark = own_keys(message.extra, ("cache_control",))
    return [*blocks[:-1], {**blocks[-1], **mark}] if mark and blocks else blocks


def _inside_result(part: Part, dropped: list[str], *, failed: bool) -> dict[str, Any] | None:
    """A part of a tool's result, where a note stands for what cannot be sent."""
    if failed and not isinstance(part, (TextPart, NativePart)):
        # 400 "all content must be type `text` if `is_error` is true"
        dropped.append(f"a failed tool's result has a note for its {_kind(part)}: text alone fits")
        return {"type": "text", "text": part.stand_in}
    try:
        return _block(part)
    except ModelNotSupportedError as error:
        assert isinstance(part, (ImagePart, FilePart, AudioPart))
        dropped.append(f"a tool's result has a note for its {_kind(part)}: {error.message}")
        return {"type": "text", "text": part.stand_in}


def _blocks(parts: Sequence[Part], keys: Sequence[str] = TEXT_KEYS) -> list[dict[str, Any]]:
    return [block for part in parts if (block := _block(part, keys)) is not None]


def _block(part: Part, keys: Sequence[str] = TEXT_KEYS) -> dict[str, Any] | None:
    """A part as a block; the texts of answers alone may have citations.

    "A non-empty citations on a text of the user: Extra inputs are not permitted."
    """
    match part:
        case TextPart():
            # The API refuses text blocks of nothing but white space.
            if not part.text.strip():
                return None
            return {"type": "text", "text": part.text, **own_keys(part.extra, keys)}
        case NativePart():
            return part.value if "type" in part.value else None
        case ImagePart():
            return _image(settled(part))
        case FilePart():
            part = settled(part)
            if (part.media_type or "").startswith("image/"):
                return _image(part)
            title = {"title": part.filename} if part.filename else {}
            own = own_keys(part.extra, DOCUMENT_KEYS)
            return {"type": "document", "source": _document_source(part), **title, **own}
        case AudioPart():
            raise ModelNotSupportedError("anthropic takes no audio; send a transcript instead")


def _image(part: ImagePart | FilePart) -> dict[str, Any]:
    mark = own_keys(part.extra, ("cache_control",))
    return {"type": "image", "source": _image_source(part), **mark}


def _image_source(part: ImagePart | FilePart) -> dict[str, Any]:
    if part.file_id:
        return {"type": "file", "file_id": part.file_id}
    if part.url:
        return {"type": "url", "url": part.url}
    if part.data is None or part.media_type not in IMAGES:
        raise ModelNotSupportedError(
            f"anthropic takes PNG, JPEG, GIF and WebP images, not {part.media_type!r}"
        )
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _document_source(part: FilePart) -> dict[str, Any]:
    media_type = part.media_type or ""
    if part.file_id:
        return {"type": "file", "file_id": part.file_id}
    if part.url:
        return {"type": "url", "url": part.url}
    if part.data is not None and media_type == "application/pdf":
        return {"type": "base64", "media_type": media_type, "data": part.data}
    if part.data is not None and (media_type.startswith("text/") or media_type in _TEXTUAL):
        text = base64.b64decode(part.data).decode("utf-8", "replace")
        return {"type": "text", "media_type": "text/plain", "data": text}
    raise ModelNotSupportedError(
        f"anthropic takes PDF and text files, not {media_type or 'a file of unknown type'}"
    )


_TEXTUAL: Final = ("application/json", "application/xml", "application/yaml")


def _kind(part: Part) -> str:
    return type(part).__name__.removesuffix("Part").lower()
