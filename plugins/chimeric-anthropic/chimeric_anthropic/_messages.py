"""The parser of the Messages API: its stream events, and whole answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from chimeric import Delta, Event, FinishReason, HTTPResponse, Request, ToolCallDelta

from ._content import API, Block, echoed, is_plain
from ._counts import overlay, unified_usage
from ._faults import event_error, read_error
from ._values import as_object, as_text

FINISH: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "pause_turn": "pause",
}

NO_BLOCK = -1


class Piece(msgspec.Struct, gc=False):
    """``delta`` of the events that make up nearly all of a stream."""

    type: str | None = None
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None


class Frame(msgspec.Struct, gc=False):
    """The lean view of an event."""

    type: str | None = None
    index: int | None = None
    delta: Piece | None = None


class Whole(msgspec.Struct):
    """The full view of an event, for those that come a few times in a stream."""

    type: str | None = None
    index: int | None = None
    message: dict[str, Any] | None = None
    content_block: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    context_management: Any = None


class Kind(msgspec.Struct):
    """Only the type: enough to see whether an event concerns us at all."""

    type: Any = None


EVENTS = frozenset(
    {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "error",
    }
)

decode_frame = msgspec.json.Decoder(Frame).decode
decode_whole = msgspec.json.Decoder(Whole).decode
decode_kind = msgspec.json.Decoder(Kind).decode
decode_any = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class MessageState:
    """What has to be remembered of one answer."""

    api: str = API

    def __init__(self, request: Request | None = None) -> None:
        self._id: str | None = None
        self._open = False
        self._usage: dict[str, Any] = {}
        self._stop: str | None = None
        self._blocks: list[Block] = []
        self._by_index: dict[int | None, Block] = {}
        self._results: list[Any] = []
        # The open text block, where nearly every event goes.
        self._text_index: int | None = NO_BLOCK
        unread: list[str] = []
        self._add_text = unread.append

    def parse(self, event: Event) -> Delta | str | None:
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
                    self._block(frame.index, "text")
                if text:
                    self._add_text(text)
                return text
            if piece.type == "input_json_delta":
                return self._arguments(frame.index, piece.partial_json)
            if piece.type == "thinking_delta":
                return self._thinking(frame.index, piece.thinking)
        return self._rare(event, frame.type or event.name)

    def _odd(self, event: Event) -> Delta | None:
        """An event that the lean view does not fit: of the future, an error, or broken."""
        if event.name == "error":
            return Delta(error=event_error(None, event.data))
        if event.data.strip() == b"[DONE]":
            return None  # gateways end every protocol with it; only message_stop counts
        if decode_kind(event.data).type in EVENTS:
            decode_frame(event.data)
        return None

    def _rare(self, event: Event, kind: str | None) -> Delta | None:
        if kind == "ping":
            return None
        if kind == "error" or event.name == "error":
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

    def _start(self, message: dict[str, Any]) -> Delta | None:
        id_ = as_text(message.get("id"))
        if self._open:
            # Proxies repeat the event; two messages spliced into one stream are broken.
            if id_ and self._id and id_ != self._id:
                raise msgspec.ValidationError(
                    f"message {id_!r} begins before message {self._id!r} has ended"
                )
            return None
        self._open = True
        self._id = id_
        self._stop = as_text(message.get("stop_reason"))
        self._usage = message.get("usage") or {}
        added = list(self._content(message.get("content") or ()))
        return Delta(
            id=self._id,
            model=as_text(message.get("model")),
            usage=unified_usage(self._usage, final=False) if self._usage else None,
            usage_native=self._usage or None,
            **_joined(added),
        )

    def _content(self, content: Iterable[Any]) -> Iterator[Delta]:
        """Whole content blocks, as if they had been streamed."""
        for index, block in enumerate(content):
            if not isinstance(block, dict):
                raise msgspec.ValidationError(f"content holds {type(block).__name__}, no block")
            for delta in (self._begin(index, as_object(block)), self._end(index)):
                if delta is not None:
                    yield delta

    def _block(self, index: int | None, kind: str) -> Block:
        """The block that a delta belongs to; text and thinking may come unannounced."""
        block = self._by_index.get(index)
        if block is None and index is None and self._blocks:
            block = self._blocks[-1]
        if block is None or (block.kind != kind and kind in ("text", "thinking")):
            block = self._add(index, {"type": kind})
        if kind == "text":
            self._text_index, self._add_text = index, block.parts.append
        return block

    def _add(self, index: int | None, value: dict[str, Any]) -> Block:
        block = Block(value)
        self._blocks.append(block)
        self._by_index[index] = block
        self._text_index = NO_BLOCK
        if block.kind == "text":
            self._text_index, self._add_text = index, block.parts.append
        return block

    def _begin(self, index: int | None, value: dict[str, Any]) -> Delta | None:
        block = self._add(index, value)
        match block.kind:
            case "text":
                citations = tuple(block.citations)
                text = block.initial("text")
                return Delta(text=text, citations=citations) if text or citations else None
            case "thinking":
                text = block.initial("thinking")
                return Delta(reasoning=text) if text else None
            case "tool_use":
                call = ToolCallDelta(index, as_text(value.get("id")), as_text(value.get("name")))
                return Delta(tool_calls=(call,))
            case kind if kind.endswith("_tool_result"):
                self._results.append(value)
                return Delta(metadata={"server_tool_results": self._results})
            case _:
                return None

    def _thinking(self, index: int | None, text: str | None) -> Delta | None:
        if not text:
            return None
        self._block(index, "thinking").parts.append(text)
        return Delta(reasoning=text)

    def _arguments(self, index: int | None, fragment: str | None) -> Delta | None:
        block = self._by_index.get(index)
        if block is None and index is None and self._blocks:
            block = self._blocks[-1]
        if block is None:
            raise msgspec.ValidationError(f"arguments for content block {index}, never opened")
        if not fragment:
            return None
        block.parts.append(fragment)
        if block.kind != "tool_use":
            return None
        return Delta(tool_calls=(ToolCallDelta(index, None, None, fragment),))

    def _detail(self, index: int | None, delta: dict[str, Any]) -> Delta | None:
        """The deltas that come once for a block; unknown ones are skipped."""
        match delta.get("type"):
            case "signature_delta":
                self._block(index, "thinking").value["signature"] = delta.get("signature")
            case "citations_delta" if delta.get("citation"):
                self._block(index, "text").citations.append(delta["citation"])
                return Delta(citations=(delta["citation"],))
            case "compaction_delta":
                block = self._block(index, "compaction")
                block.value.update({k: v for k, v in delta.items() if k != "type" and v})
            case _:
                pass
        return None

    def _end(self, index: int | None) -> Delta | None:
        block = self._by_index.get(index)
        if block is None or not block.kind.endswith("tool_use"):
            return None
        if block.kind != "tool_use":
            return Delta(server_tools=(block.content(),))
        text = "" if block.parts else block.given_arguments()
        # A limit can cut a call short and still close its block: arguments that are not whole
        # stay open, and the finish reason decides about them.
        call = ToolCallDelta(index, None, None, text, block.whole())
        return Delta(tool_calls=(call,)) if text or call.complete else None

    def _finish(self, whole: Whole) -> Delta:
        delta = whole.delta or {}
        if whole.usage:
            self._usage = overlay(self._usage, whole.usage)
        ending = {**delta, "context_management": whole.context_management}
        return Delta(**self._ending(ending, counted=bool(whole.usage)))

    def _close(self) -> Delta:
        self._open = False
        stop = self._stop
        return Delta(
            finish_reason=self._reason(stop) if stop else None,
            finish_reason_native=stop,
            state=self._echo(),
            done=True,
        )

    def _ending(self, source: dict[str, Any], *, counted: bool) -> dict[str, Any]:
        """What ``message_delta`` and a whole message tell of the end of an answer."""
        stop = as_text(source.get("stop_reason"))
        self._stop = stop or self._stop
        category = as_object(source.get("stop_details")).get("category")
        known = ("stop_details", "container", "context_management")
        return {
            "usage": unified_usage(self._usage, final=True) if counted else None,
            "usage_native": self._usage or None,
            "finish_reason": self._reason(stop) if stop else None,
            "finish_reason_native": stop,
            "finish_detail": source.get("stop_sequence") or category,
            "metadata": {name: source[name] for name in known if source.get(name)} or None,
            "state": self._echo() if stop else None,
        }

    def _reason(self, native: str) -> FinishReason:
        if native == "tool_use" and not any(block.kind == "tool_use" for block in self._blocks):
            return "pause"  # only tools of the server wait: the turn is to be continued
        return FINISH.get(native, "other")

    def _echo(self) -> list[Any] | None:
        return None if is_plain(self._blocks) else echoed(self._blocks)

    def parse_whole(self, response: HTTPResponse) -> Delta:
        """What a whole answer holds."""
        message = decode_object(response.body)
        if message.get("type") == "error" or (message.get("error") and "content" not in message):
            return Delta(error=event_error(message, response.body))
        if not isinstance(message.get("content"), list):
            raise msgspec.ValidationError("the answer holds no message: there is no content list")
        start = self._start({**message, "stop_reason": None})
        parts = _joined([start] if start else [])
        ending = self._ending(message, counted=bool(self._usage))
        metadata = {**as_object(parts.pop("metadata")), **as_object(ending.pop("metadata"))}
        return Delta(
            **parts,
            **ending,
            id=self._id,
            model=as_text(message.get("model")),
            metadata=metadata,
            done=True,
        )


def _joined(deltas: list[Delta]) -> dict[str, Any]:
    """The content of several deltas as the fields of one."""
    return {
        "text": "".join(d.text or "" for d in deltas) or None,
        "reasoning": "".join(d.reasoning or "" for d in deltas) or None,
        "tool_calls": tuple(call for d in deltas for call in d.tool_calls),
        "citations": tuple(item for d in deltas for item in d.citations),
        "server_tools": tuple(item for d in deltas for item in d.server_tools),
        "metadata": next((d.metadata for d in reversed(deltas) if d.metadata), None),
    }
