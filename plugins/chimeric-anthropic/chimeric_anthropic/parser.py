"""The parser of the Messages API: its stream events, and whole answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from chimeric import (
    Delta,
    Event,
    FinishReason,
    HTTPResponse,
    Request,
    ToolCallDelta,
)

from .blocks import Blocks
from .citations import citation
from .content import API, Block, string, typed
from .counts import overlay, unified_usage
from .deltas import failed, folded
from .errors import event_error, read_error
from .events import (
    EVENTS,
    Whole,
    decode_any,
    decode_frame,
    decode_kind,
    decode_object,
    decode_whole,
    kind_of,
)
from .finish import finish_reason
from .items import Items
from .values import as_list, as_object, as_text

NO_BLOCK = -1

THOUGHTS = ("thinking", "reasoning", "reasoning_content")
"""Members of a delta that hold reasoning."""

FAMILIAR = ("text", "thinking", "reasoning", "json", "argument")
"""What the type of a delta holds whose meaning is plain, however a server spells it."""


class MessageState:
    """What has to be remembered of one answer."""

    api: str = API

    def __init__(self, request: Request | None = None) -> None:
        self._request = request
        self._id: str | None = None
        self._open = False
        self._usage: dict[str, Any] = {}
        self._counted = False
        self._stop: str | None = None
        self._blocks = Blocks()
        self._items = Items(self._blocks)
        # The text block that was told last, where nearly every event goes.
        self._text_index: int | None = NO_BLOCK
        unread: list[str] = []
        self._add_text = unread.append

    def parse(self, event: Event) -> Delta | ToolCallDelta | str | list[Delta] | None:
        """What a stream event adds."""
        try:
            frame = decode_frame(event.data)
        except msgspec.DecodeError:
            return self._odd(event)
        piece = frame.delta
        if piece is not None and frame.type == "content_block_delta":
            if piece.type == "text_delta":
                text = piece.text
                if frame.index != self._text_index:
                    return self._say(frame.index, text)
                if text:
                    self._add_text(text)
                return text
            if piece.type == "input_json_delta":
                return self._arguments(frame.index, piece.partial_json)
            if piece.type == "thinking_delta":
                return self._thinking(frame.index, piece.thinking)
        return self._rare(event, kind_of(event, frame.type))

    def _odd(self, event: Event) -> Delta | str | list[Delta] | None:
        """An event that the lean view does not fit: of the future, an error, or broken."""
        if event.data.strip() == b"[DONE]":
            return None  # gateways end every protocol with it; only message_stop counts
        try:
            seen = decode_kind(event.data)
        except msgspec.DecodeError:
            if event.name == "error":
                return Delta(error=event_error(None, event.data))
            raise
        ordinary = isinstance(seen.type, str) and seen.type in EVENTS
        if seen.error or (event.name == "error" and not ordinary):
            info = event_error(decode_any(event.data), event.data)
            return failed(self._rare(event, seen.type) if ordinary else None, info)
        if ordinary and seen.error is None:
            decode_frame(event.data)
        return self._rare(event, seen.type) if ordinary else None

    def _rare(self, event: Event, kind: str | None) -> Delta | str | list[Delta] | None:
        if kind == "ping":
            return None
        if kind == "error":
            return Delta(error=event_error(decode_any(event.data), event.data))
        if kind not in EVENTS:
            info = read_error(decode_any(event.data)) if kind is None else None
            return None if info is None else Delta(error=info)
        whole = decode_whole(event.data)
        match kind:
            case "message_start":
                return self._start(whole.message or {})
            case "content_block_start":
                return self._begin(whole.index, whole.content_block or {})
            case "content_block_delta":
                return self._detail(whole.index, whole.delta or {})
            case "content_block_stop":
                return self._end(whole.index)
            case "message_delta":
                return self._finish(whole)
            case _:
                return self._close()

    def _start(self, message: dict[str, Any]) -> Delta | list[Delta] | None:
        id_ = as_text(message.get("id"))
        if self._open:
            # Proxies repeat the event; two messages spliced into one stream are broken.
            if id_ and self._id and id_ != self._id:
                raise msgspec.ValidationError(
                    f"message {id_!r} begins before message {self._id!r} has ended"
                )
            return None
        self._stop = as_text(message.get("stop_reason"))
        head, *content = self._take(message)
        if finish_reason(self._stop) is None or not self._told(content):
            partial = unified_usage(self._usage, final=False) if self._usage else None
            counts = Delta(usage=partial, usage_native=self._usage or None)
            return folded([head, counts, *content])
        # Caches answer so, and calls that code makes: complete where others begin.
        ending = Delta(**self._ending(message, counted=bool(self._usage)))
        return folded([head, *content, ending])

    def _take(self, message: dict[str, Any]) -> list[Delta]:
        """What a message says of itself, and the content that it has already."""
        self._open = True
        self._id = as_text(message.get("id"))
        self._usage = as_object(message.get("usage"))
        container = message.get("container")
        head = Delta(
            id=self._id,
            model=as_text(message.get("model")),
            metadata={"container": container} if container else None,
        )
        content = list(self._content(message.get("content")))
        if self._told(content):
            self._blocks.keep()
        return [head, *content]

    @staticmethod
    def _told(content: list[Delta]) -> bool:
        return any(d.text or d.reasoning or d.tool_calls for d in content)

    def _content(self, content: Any) -> Iterator[Delta]:
        """Whole content blocks, as if they had been streamed."""
        if content and not isinstance(content, list):
            raise msgspec.ValidationError(f"content is {type(content).__name__}, expected list")
        for index, block in enumerate(as_list(content)):
            if not isinstance(block, dict):
                raise msgspec.ValidationError(f"content holds {type(block).__name__}, no block")
            value = as_object(block)
            for delta in (self._begin(index, value), self._end(index, whole=True)):
                if delta is not None:
                    yield delta

    def _block(self, index: int | None, kind: str) -> Block:
        return self._opened(self._blocks.of_kind(index, kind))

    def _opened(self, block: Block) -> Block:
        """Another block goes on: text has to say where it belongs."""
        self._text_index = NO_BLOCK
        return block

    def _say(self, index: int | None, text: str | None) -> Delta | None:
        """Text that does not go to the block that was told last."""
        block = self._block(index, "text")
        fresh = block.fresh(text) if text else ""
        return self._spoken(block, index, fresh) if fresh else None

    def _spoken(self, block: Block, index: int | None, text: str, *citations: Any) -> Delta:
        """Text with its block's name. What may be told again goes the long way always."""
        if text and not block.ahead:
            self._text_index, self._add_text = index, block.parts.append
        cited = tuple(map(citation, citations))
        return Delta(text=text or None, block=block.key, citations=cited)

    def _begin(self, index: int | None, told: dict[str, Any]) -> Delta | None:
        value = typed(told)
        known = self._blocks.announced_before(index, value)
        if known is not None:
            return self._again(self._opened(known), value)
        block = self._opened(self._blocks.add(index, value))
        match block.kind:
            case "text":
                text, citations = block.initial("text"), block.citations
                told_now = text or citations
                return self._spoken(block, index, text, *citations) if told_now else None
            case "thinking":
                text = block.initial("thinking")
                return Delta(reasoning=text, block=block.key) if text else None
            case "tool_use":
                call = ToolCallDelta(index, as_text(value.get("id")), as_text(value.get("name")))
                return Delta(tool_calls=(call,))
            case _:
                return self._items.begin(block, value)

    def _again(self, block: Block, value: dict[str, Any]) -> Delta | None:
        """A block that is announced once more."""
        of_call = block.kind.endswith("tool_use")
        if of_call and value.get("input") and not block.value.get("input"):
            block.value["input"] = value["input"]
        if block.kind not in ("text", "thinking"):
            return None
        text = block.fresh(string(value.get(block.kind), block.kind))
        if not text:
            return None
        if block.kind == "text":
            return Delta(text=text, block=block.key)
        return Delta(reasoning=text, block=block.key)

    def _thinking(self, index: int | None, text: str | None) -> Delta | None:
        if not text:
            return None
        block = self._blocks.by_index.get(index)
        if block is not None and block.kind == "thinking" and not block.ahead:
            self._text_index = NO_BLOCK
            block.parts.append(text)
            return Delta(reasoning=text, block=block.key)
        block = self._block(index, "thinking")
        fresh = block.fresh(text)
        return Delta(reasoning=fresh, block=block.key) if fresh else None

    def _arguments(self, index: int | None, fragment: str | None) -> Delta | ToolCallDelta | None:
        block = self._blocks.by_index.get(index) or self._blocks.find(index)
        if block is None or block.kind in ("text", "thinking"):
            raise msgspec.ValidationError(f"arguments for content block {index}, which is no call")
        if not fragment:
            return None
        if block.ahead:
            fragment = block.fresh(fragment)
        else:
            block.parts.append(fragment)
        if not fragment:
            return None
        if block.of_server:
            return self._items.grow(block, fragment)
        if block.kind != "tool_use":
            return None
        return ToolCallDelta(block.index, None, None, fragment)

    def _detail(self, index: int | None, delta: dict[str, Any]) -> Delta | str | None:
        """The deltas that come once for a block, and those whose type is not known."""
        match delta.get("type"):
            case "signature_delta":
                self._block(index, "thinking").value["signature"] = delta.get("signature")
            case "citations_delta" if delta.get("citation"):
                return self._cite(self._block(index, "text"), delta["citation"])
            case "compaction_delta":
                block = self._block(index, "compaction")
                block.value.update({k: v for k, v in delta.items() if k != "type" and v})
            case kind:
                return self._untyped(index, as_text(kind) or "", delta)
        return None

    @staticmethod
    def _cite(block: Block, native: Any) -> Delta | None:
        """A citation, which comes before the text that it stands for, once."""
        if native in block.citations:
            return None
        block.citations.append(native)
        return Delta(citations=(citation(native),), block=block.key)

    def _untyped(self, index: int | None, kind: str, delta: dict[str, Any]) -> Delta | str | None:
        """A delta without a type, or of another one: what it holds says what it is.

        Words of the future are left alone, since nobody knows what their text is.
        """
        block = self._blocks.find(index)
        if block is not None and not block.known:
            block.deltas.append(delta)
            return None
        if kind and not any(word in kind.lower() for word in FAMILIAR):
            self._blocks.strays.append(delta)
            return None
        if fragment := string(delta.get("partial_json"), "partial_json"):
            told = self._arguments(index, fragment)
            return Delta(tool_calls=(told,)) if isinstance(told, ToolCallDelta) else told
        thought = next((t for n in THOUGHTS if (t := string(delta.get(n), n))), "")
        text = string(delta.get("text"), "text")
        if "thinking" in kind or "reasoning" in kind:
            thought, text = thought or text, ""
        return self._thinking(index, thought) if thought else self._say(index, text)

    def _end(self, index: int | None, *, whole: bool = False) -> Delta | None:
        block = self._blocks.find(index)
        if block is None:
            return None
        if block.kind == "tool_use":
            call = self._ended(block, whole=whole)
            return Delta(tool_calls=(call,)) if call.arguments or call.complete else None
        item = self._items.end(block)
        return None if item is None else Delta(server_tools=(item,))

    @staticmethod
    def _ended(block: Block, *, whole: bool = False) -> ToolCallDelta:
        """The end of a call.

        A limit can cut a call short and still close its block: arguments that are no object are
        not told complete, and the finish reason decides about them.
        """
        text = "" if block.ended or block.parts else block.given_arguments()
        if whole and not block.parts and "input" in block.value:
            text = "{}"
            block.parts.append(text)
        block.ended = True
        return ToolCallDelta(block.index, None, None, text, block.whole())

    def _finish(self, whole: Whole) -> Delta | list[Delta]:
        delta = whole.delta or {}
        if whole.usage:
            self._usage = overlay(self._usage, whole.usage)
        ending = {**delta, "context_management": whole.context_management}
        told = Delta(**self._ending(ending, counted=bool(whole.usage)))
        return failed(told, read_error(delta)) if delta.get("error") else told

    def _close(self) -> Delta:
        self._open = False
        end = Delta(**self._ending({"stop_reason": self._stop}, counted=self._uncounted), done=True)
        text = end.text or self._blocks.only_strays()
        return msgspec.structs.replace(end, text=text, state=self._blocks.echo(self._request))

    @property
    def _uncounted(self) -> bool:
        """Whether only the message's start counted, and that more than a placeholder."""
        return not self._counted and bool(self._usage.get("output_tokens"))

    def _ending(self, source: dict[str, Any], *, counted: bool) -> dict[str, Any]:
        """What the end of an answer tells: of ``message_delta``, or of a whole message."""
        stop = as_text(source.get("stop_reason"))
        reason = self._reason(stop)
        if reason is not None:
            self._stop = stop
        self._counted = self._counted or counted
        category = as_object(source.get("stop_details")).get("category")
        known = ("stop_details", "container", "context_management")
        metadata = {name: source[name] for name in known if source.get(name)}
        if unknown := self._blocks.unknown():
            metadata["other_content"] = unknown
        # Arguments that came with the start of a block that nobody closed.
        left = [self._ended(block) for block in self._blocks.calls() if not block.ended]
        return {
            "text": self._blocks.only_strays() if reason else None,
            "tool_calls": tuple(call for call in left if call.arguments),
            "server_tools": self._items.left() if reason else (),
            "usage": unified_usage(self._usage, final=True) if counted else None,
            "usage_native": self._usage or None,
            "finish_reason": reason,
            "finish_reason_native": stop if reason else None,
            "finish_detail": source.get("stop_sequence") or category,
            "metadata": metadata or None,
            "state": self._blocks.echo(self._request) if reason else None,
        }

    def _reason(self, native: str | None) -> FinishReason | None:
        reason = finish_reason(native)
        if reason == "tool_calls" and not self._blocks.calls():
            return "pause"  # only tools of the server wait: the turn is to be continued
        return reason

    def parse_whole(self, response: HTTPResponse) -> Delta | list[Delta]:
        """What a whole answer holds."""
        message = decode_object(response.body)
        content: Any = message.get("content")
        failed = message.get("error") or message.get("type") == "error" or content is None
        info = read_error(message) if failed else None
        if not isinstance(content, list):
            if info is not None:
                return Delta(error=info)
            raise msgspec.ValidationError("the answer holds no message: there is no content list")
        told = self._take(message)
        ending = self._ending(message, counted=bool(self._usage))
        return folded([*told, Delta(**ending, error=info, done=True)])
