"""Conversations as ``system`` and ``messages`` of the Converse API."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from chimeric_models import (
    GO_ON,
    NO_PREFILL,
    CallIds,
    Claude,
    converse_id,
    is_own_thought,
    left_out,
    nine_characters,
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
)

from .content import API, input_object
from .values import as_object

IMAGES: Final = ("png", "jpeg", "gif", "webp")
DOCUMENTS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
SUBTYPES: Final = {
    "jpg": "jpeg",
    "quicktime": "mov",
    "x-matroska": "mkv",
    "x-flv": "flv",
    "x-ms-wmv": "wmv",
    "3gpp": "three_gp",
    "x-wav": "wav",
    "mpeg": "mpeg",
}
BESIDE: Final = "See the document."
SHOWN: Final = ("image", "document", "video", "audio")
SYSTEM: Final = ("system", "developer")
MEMBERS: Final = frozenset(
    (
        *("cachePoint", "citationsContent", "guardContent", "reasoningContent", "searchResult"),
        *("toolAddition", "toolRemoval", "toolResult", "toolUse"),
    )
)
"""Members of a content block that are no unified parts (``ContentBlock`` of the service)."""
FOREIGN_THOUGHT: Final = "reasoning of another model in an assistant message: it was left out"
_BAD_NAME = re.compile(r"[^a-zA-Z0-9 ()\[\]-]+")


class Turns:
    """Translates the messages of one request."""

    def __init__(self, request: Request, asked: Request) -> None:
        self._request, model = asked, request.model
        # Mistral's models take call ids of nine letters and digits only.
        self._ids = CallIds(nine_characters if "mistral." in model else converse_id)
        # The families that take a result's status; others refuse the field.
        self.claude = "anthropic." in model
        self._prefills = not self.claude or Claude.of(model).prefills
        self._status = "anthropic." in model or "amazon." in model
        self._caches = self.claude or "amazon.nova" in model
        self._documents = 0
        self.dropped: list[str] = []
        self.tools: set[str] = set()
        self.thoughtless = False

    def system(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The system prompt's blocks: there is no other place for what the system says."""
        told = [m for m in messages if m.role in SYSTEM]
        if not told:
            return []
        start = next((n for n, m in enumerate(messages) if m.role not in SYSTEM), len(messages))
        if any(m.role in SYSTEM for m in messages[start:]):
            self.dropped.append(
                "the place of a later system message: bedrock takes none there; it was sent before "
                "the conversation"
            )
        return [block for m in told for block in self._said(self._readable(m))]

    def messages(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """All other messages, neighbours of one role as one: the API wants them to alternate.

        The results of a turn's tools stand together, before any other content of the user.
        """
        turns: list[dict[str, Any]] = []
        spoken = [self._readable(m) for m in messages if m.role not in SYSTEM]
        for is_answer, group in groupby(spoken, key=lambda m: m.role == "assistant"):
            members = list(group)
            content: list[dict[str, Any]] = []
            if is_answer:
                self._ids.begin_turn()
                for message in members:
                    content += self._answer(message)
            else:
                results = [self._result(m) for m in members if m.role == "tool"]
                content += [block for blocks in results for block in blocks]
                for message in members:
                    content += self._said(message) if message.role == "user" else []
                self._accompany(content)
            role = "assistant" if is_answer else "user"
            if content and turns and turns[-1]["role"] == role:  # between them nothing was said
                turns[-1]["content"] += content
            elif content:
                turns.append({"role": role, "content": content})
        if not self._prefills and turns and turns[-1]["role"] == "assistant":
            turns.append({"role": "user", "content": [{"text": GO_ON}]})
            self.dropped.append(NO_PREFILL)
        self._strip_prefill(turns)
        self.thoughtless = _answers_without_thinking(turns)
        return turns

    def _accompany(self, content: list[dict[str, Any]]) -> None:
        """Put a text beside a document, which is not taken without one (botocore's ``Message``)."""
        if content and "text" in content[0]:
            return  # most say something first
        if any("document" in block for block in content) and not any("text" in b for b in content):
            content.append({"text": BESIDE})
            self.dropped.append(f"a document stands alone: the text {BESIDE!r} was put beside it")

    def _readable(self, message: Message) -> Message:
        if isinstance(message.content, str):
            return message
        keeps = ("cache_control",)  # it becomes a cache point
        return readable(message, MEMBERS, self.dropped, keeps=keeps, untyped=True)

    def _strip_prefill(self, turns: list[dict[str, Any]]) -> None:
        """Claude refuses the beginning of an answer that ends in white space."""
        if not turns or turns[-1]["role"] != "assistant" or not self.claude:
            return
        content = turns[-1]["content"]
        # A cache point behind the text is none of the answer.
        last = max((n for n, block in enumerate(content) if "cachePoint" not in block), default=0)
        text = content[last].get("text")
        if isinstance(text, str) and text != text.rstrip():
            stripped = {"text": text.rstrip()}
            turns[-1]["content"] = [*content[:last], stripped, *content[last + 1 :]]
            self.dropped.append("the white space at the end of the last assistant message")

    def _answer(self, message: Message) -> list[dict[str, Any]]:
        items = message.items_for(API)
        if items is not None:
            return self._sent_back(message, items)
        if message.state is not None:
            self.dropped.append(
                f"the opaque state of {message.state.api} in an earlier assistant message"
            )
        elif message.reasoning:
            self.dropped.append(FOREIGN_THOUGHT)
        blocks = self._said(message)
        if message.refusal and not blocks:
            blocks.append({"text": message.refusal})
        for call in message.tool_calls:
            self.tools.add(call.name)
            use = {"toolUseId": self._ids.call(call.id, call.name), "name": call.name}
            blocks.append({"toolUse": {**use, "input": input_object(call.arguments)}})
            blocks += self.cache_point(call.extra)
        return blocks

    def _sent_back(self, message: Message, items: list[Any]) -> list[dict[str, Any]]:
        """The blocks of an answer as they came; reasoning that nobody signed is not among them."""
        blocks = unmarked(items)
        thinks = any("reasoningContent" in block for block in blocks)
        if message.reasoning and not thinks and not is_own_thought(items, self._request):
            self.dropped.append(FOREIGN_THOUGHT)
        self.tools.update(i["toolUse"].get("name", "") for i in blocks if "toolUse" in i)
        return [self._echoed(item) for item in blocks if not self._shown(item)]

    def _shown(self, item: dict[str, Any]) -> bool:
        """Whether an answer shows something that only a user may send.

        400 "The image block at messages.1.content.0 is only allowed if the role is user."
        """
        kind = next((name for name in SHOWN if name in item), None)
        if kind is not None:
            self.dropped.append(f"the {kind} of an earlier answer: only users may send one")
        return kind is not None

    def _echoed(self, item: dict[str, Any]) -> dict[str, Any]:
        use = item.get("toolUse")
        if not use or use.get("type") == "server_tool_use":
            return item
        identity = str(use.get("toolUseId") or "")
        sent = self._ids.call(identity, str(use.get("name") or ""))
        return item if sent == identity else {**item, "toolUse": {**use, "toolUseId": sent}}

    def _result(self, message: Message) -> list[dict[str, Any]]:
        # The list must not be empty, nor may a text be.
        inner = [self._inside_result(part) for part in message.parts]
        content = [block for block in inner if block is not None] or [{"json": {"output": ""}}]
        result: dict[str, Any] = {
            "toolUseId": self._ids.result(message.tool_call_id or "", message.name or ""),
            "content": content,
        }
        if message.is_error and self._status:
            result["status"] = "error"
        return [{"toolResult": result}, *self.cache_point(message.extra)]

    def _said(self, message: Message) -> list[dict[str, Any]]:
        """The content of a message, and the cache point that Anthropic's form sets at its end."""
        if isinstance(message.content, str) and not message.extra:
            return [{"text": message.content}] if message.content.strip() else []
        blocks = self._blocks(message.parts)
        return blocks + self.cache_point(message.extra) if blocks else blocks

    def cache_point(self, extra: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        """The block for the ``cache_control`` of a part, a message, a call or a tool."""
        return cache_points(extra, caches=self._caches, dropped=self.dropped) if extra else []

    def _inside_result(self, part: Part) -> dict[str, Any] | None:
        """A part of a result, where a note stands for what the API does not take there."""
        if not isinstance(part, NativePart) and "cache_control" in (part.extra or {}):
            self.dropped.append("cache_control: no cache point can stand inside a tool's result")
        if isinstance(part, (TextPart, NativePart)):
            return self._block(part)
        try:
            block = self._block(part)
            if block is not None and "audio" not in block:
                return block
            reason = "bedrock takes no sound in it"
        except ModelNotSupportedError as error:
            reason = error.message
        self.dropped.append(f"a tool's result has a note for {part.label}: {reason}")
        return {"text": part.stand_in}

    def _blocks(self, parts: Sequence[Part]) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = []
        for part in parts:
            block = self._block(part)
            if block is not None:
                blocks.append(block)
                if not isinstance(part, NativePart) and part.extra:
                    blocks += self.cache_point(part.extra)
        return blocks

    def _block(self, part: Part) -> dict[str, Any] | None:
        match part:
            case TextPart():
                return {"text": part.text} if part.text.strip() else None
            case NativePart():
                return self._native(part.value)
            case ImagePart():
                return {"image": _media(settled(part), IMAGES)}
            case AudioPart():
                return {"audio": _media(settled(part))}
            case FilePart():
                return self._file(settled(part))

    def _native(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """A block in Converse's own form, none of which has a type; others are not its own."""
        if "type" not in value:
            return value
        self.dropped.append(left_out(value, "bedrock"))
        return None

    def _file(self, part: FilePart) -> dict[str, Any]:
        main = (part.media_type or "").partition("/")[0]
        if main == "image":
            return {"image": _media(part, IMAGES)}
        if main in ("video", "audio"):
            return {main: _media(part)}
        form = DOCUMENTS.get(part.media_type or "")
        if form is None and main == "text":
            form = "txt"
        if form is None:
            raise ModelNotSupportedError(
                "bedrock takes PDF, text, Word, Excel, CSV, HTML and Markdown files, not "
                f"{part.media_type or 'a file of unknown type'}"
            )
        self._documents += 1
        stem = _BAD_NAME.sub(" ", (part.filename or "").rpartition(".")[0]).strip()
        # No blank may follow another in a name.
        stem = " ".join(stem.split())[:180].strip()
        name = f"{stem} {self._documents}" if stem else f"Document {self._documents}"
        return {"document": {"format": form, "name": name, "source": _source(part)}}


def cache_points(
    extra: Mapping[str, Any] | None, *, caches: bool, dropped: list[str]
) -> list[dict[str, Any]]:
    """Anthropic's ``cache_control`` as the block that stands behind what is cached here.

    Source: the Converse API's ``CachePointBlock``; only Claude and Nova take one.
    """
    mark = as_object((extra or {}).get("cache_control"))
    if not mark:
        return []
    if not caches:
        sentence = "cache_control: this model takes no cache points"
        if sentence not in dropped:
            dropped.append(sentence)
        return []
    ttl = {"ttl": mark["ttl"]} if mark.get("ttl") else {}
    return [{"cachePoint": {"type": "default", **ttl}}]


def _answers_without_thinking(turns: list[dict[str, Any]]) -> bool:
    """Whether results come last, of calls at whose beginning no signed thinking stands."""
    if len(turns) < 2 or turns[-1]["role"] != "user":
        return False
    if not any("toolResult" in block for block in turns[-1]["content"]):
        return False
    return "reasoningContent" not in turns[-2]["content"][0]


def _media(
    part: ImagePart | AudioPart | FilePart, formats: tuple[str, ...] | None = None
) -> dict[str, Any]:
    kind, _, subtype = (part.media_type or "").partition("/")
    form = SUBTYPES.get(subtype, subtype)
    if not form or (formats is not None and form not in formats):
        raise ModelNotSupportedError(f"bedrock takes no {kind or 'media'} of type {subtype!r}")
    return {"format": form, "source": _source(part)}


def _source(part: ImagePart | AudioPart | FilePart) -> dict[str, Any]:
    if part.url is not None and part.url.startswith("s3://"):
        return {"s3Location": {"uri": part.url}}
    if part.data is None:
        raise ModelNotSupportedError(
            "bedrock does not download from the web: send the bytes (data), or an s3:// URL"
        )
    # The service takes standard base64 only; this also finds out what is none.
    try:
        base64.b64decode(part.data, validate=True)
    except ValueError:
        raise ModelNotSupportedError("the data of a part is not base64") from None
    return {"bytes": part.data}
