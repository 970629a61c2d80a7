"""The parser of the Converse API: its stream events, and whole answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chimeric import Delta, Event, FinishReason, HTTPResponse, Request, ToolCallDelta, Usage

from ._content import API, Block, echoed, is_plain
from ._faults import document_error, stream_error
from ._values import as_object, as_text

FINISH: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
}


class Reasoning(msgspec.Struct, gc=False):
    """``delta.reasoningContent``."""

    text: str | None = None
    signature: str | None = None
    redacted: str | None = msgspec.field(default=None, name="redactedContent")


class Input(msgspec.Struct, gc=False):
    """``delta.toolUse``."""

    input: str | None = None


class Piece(msgspec.Struct):
    """``delta``: one of its members is set."""

    text: str | None = None
    tool: Input | None = msgspec.field(default=None, name="toolUse")
    reasoning: Reasoning | None = msgspec.field(default=None, name="reasoningContent")
    citation: dict[str, Any] | None = None
    result: list[Any] | None = msgspec.field(default=None, name="toolResult")
    image: dict[str, Any] | None = None


class Grown(msgspec.Struct):
    """``contentBlockDelta``."""

    index: int | None = msgspec.field(default=None, name="contentBlockIndex")
    delta: Piece | None = None


class Begun(msgspec.Struct):
    """``contentBlockStart``, and ``contentBlockStop``."""

    index: int | None = msgspec.field(default=None, name="contentBlockIndex")
    start: dict[str, Any] | None = None


decode_grown = msgspec.json.Decoder(Grown).decode
decode_begun = msgspec.json.Decoder(Begun).decode
decode_any = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ConverseState:
    """What has to be remembered of one answer."""

    api: str = API

    def __init__(self, request: Request | None = None) -> None:
        self._blocks: list[Block] = []
        self._by_index: dict[int | None, Block] = {}
        self._results: list[Any] = []
        self._images: list[Any] = []
        self._stopped = False
        self._counted = False
        self._text_index: int | None = -1
        unread: list[str] = []
        self._add_text = unread.append

    def parse(self, event: Event) -> Delta | str | None:
        """What a stream event adds."""
        name = event.name
        if name == "contentBlockDelta":
            frame = decode_grown(event.data)
            piece = frame.delta
            if piece is None:
                return None
            text = piece.text
            if text is None:
                return self._grow(frame.index, piece)
            if frame.index != self._text_index:
                self._text_block(frame.index)
            if text:
                self._add_text(text)
            return text
        return self._rare(name or "", event.data)

    def _rare(self, name: str, data: bytes) -> Delta | None:
        match name:
            case "contentBlockStart":
                frame = decode_begun(data)
                return self._begin(frame.index, frame.start or {})
            case "contentBlockStop":
                return self._end(decode_begun(data).index)
            case "messageStop":
                return self._stop(decode_object(data))
            case "metadata":
                return self._count(decode_object(data))
            case "document":
                return Delta(error=document_error(decode_any(data)))
            case _ if name.startswith(("exception:", "error:")):
                return Delta(error=stream_error(name, _lenient(data)))
            case _:
                return None

    def _add(self, index: int | None, kind: str, value: dict[str, Any]) -> Block:
        block = Block(kind, value)
        self._blocks.append(block)
        self._by_index[index] = block
        self._text_index = -1
        return block

    def _block(self, index: int | None, kind: str) -> Block:
        """The block of a delta: only tool calls and images announce theirs."""
        block = self._by_index.get(index)
        if block is None or block.kind != kind:
            block = self._add(index, kind, {})
        return block

    def _text_block(self, index: int | None) -> Block:
        block = self._block(index, "text")
        self._text_index, self._add_text = index, block.parts.append
        return block

    def _begin(self, index: int | None, start: dict[str, Any]) -> Delta | None:
        for kind in ("toolUse", "toolResult", "image"):
            if (value := start.get(kind)) is not None:
                block = self._add(index, kind, as_object(value))
                return self._call(index, block) if kind == "toolUse" else None
        return None

    def _call(self, index: int | None, block: Block) -> Delta | None:
        if block.of_server:
            return None
        call = ToolCallDelta(index, *_named(block))
        return Delta(tool_calls=(call,))

    def _grow(self, index: int | None, piece: Piece) -> Delta | None:
        """The deltas that are no text."""
        if piece.tool is not None:
            return self._arguments(index, piece.tool.input)
        if piece.reasoning is not None:
            return self._think(index, piece.reasoning)
        if piece.citation:
            self._text_block(index).citations.append(piece.citation)
            return Delta(citations=(piece.citation,))
        if piece.result:
            self._block(index, "toolResult").items.extend(piece.result)
        if piece.image:
            self._block(index, "image").value.update(piece.image)
        return None

    def _arguments(self, index: int | None, fragment: str | None) -> Delta | None:
        block = self._by_index.get(index)
        if block is None or block.kind != "toolUse":
            raise msgspec.ValidationError(f"arguments for content block {index}, no tool call")
        if not fragment:
            return None
        block.parts.append(fragment)
        if block.of_server:
            return None
        return Delta(tool_calls=(ToolCallDelta(index, None, None, fragment),))

    def _think(self, index: int | None, piece: Reasoning) -> Delta | None:
        block = self._block(index, "reasoningContent")
        if piece.signature:
            block.signature += piece.signature
        if piece.redacted:
            block.items.append(piece.redacted)
        if not piece.text:
            return None
        block.parts.append(piece.text)
        return Delta(reasoning=piece.text)

    def _end(self, index: int | None) -> Delta | None:
        block = self._by_index.get(index)
        match block.kind if block else None:
            case "toolUse" if block is not None and block.of_server:
                return Delta(server_tools=(block.content(),))
            case "toolUse" if block is not None and block.whole():
                # Arguments that a limit cut short stay open: the finish reason decides.
                return Delta(tool_calls=(ToolCallDelta(index, complete=True),))
            case "toolResult" if block is not None:
                self._results.append(block.content())
                return Delta(metadata={"server_tool_results": self._results})
            case "image" if block is not None:
                self._images.append(block.value)
                return Delta(metadata={"images": self._images})
            case _:
                return None

    def _stop(self, values: dict[str, Any]) -> Delta:
        self._stopped = True
        native = as_text(values.get("stopReason"))
        fields = values.get("additionalModelResponseFields")
        return Delta(
            finish_reason=FINISH.get(native, "other") if native else None,
            finish_reason_native=native,
            metadata=None if fields is None else {"additional_model_response_fields": fields},
            state=None if is_plain(self._blocks) else echoed(self._blocks),
            done=self._counted,
        )

    def _count(self, values: dict[str, Any]) -> Delta:
        """``metadata`` comes last; some gateways send it before ``messageStop``."""
        self._counted = True
        usage = as_object(values.get("usage"))
        names = {
            "metrics": "metrics",
            "trace": "trace",
            "performanceConfig": "performance_config",
            "serviceTier": "service_tier",
        }
        return Delta(
            usage=unified_usage(usage) if usage else None,
            usage_native=usage or None,
            metadata={key: values[name] for name, key in names.items() if values.get(name)},
            done=self._stopped,
        )

    def parse_whole(self, response: HTTPResponse) -> Delta:
        """What a whole answer holds."""
        answer = decode_object(response.body)
        message = as_object(as_object(answer.get("output")).get("message"))
        if not message:
            if "output" not in answer and ("message" in answer or "__type" in answer):
                return Delta(error=document_error(answer))
            raise msgspec.ValidationError("the answer holds no output.message")
        calls: list[ToolCallDelta] = []
        for index, item in enumerate(message.get("content") or ()):
            block = self._whole_block(index, as_object(item))
            if block.kind == "toolUse" and not block.of_server:
                text = "".join(block.parts)
                calls.append(ToolCallDelta(index, *_named(block), text, True))
        stop, count = self._stop(answer), self._count(answer)
        metadata = {**as_object(stop.metadata), **as_object(count.metadata)}
        results = [block.value for block in self._blocks if block.kind == "toolResult"]
        if results:
            metadata["server_tool_results"] = results
        blocks = self._blocks
        return Delta(
            text="".join(t for b in blocks if b.kind == "text" for t in b.parts) or None,
            reasoning="".join(t for b in blocks if b.kind == "reasoningContent" for t in b.parts)
            or None,
            tool_calls=tuple(calls),
            citations=tuple(c for b in blocks for c in b.citations),
            server_tools=tuple(b.content() for b in blocks if b.of_server),
            usage=count.usage,
            usage_native=count.usage_native,
            finish_reason=stop.finish_reason,
            finish_reason_native=stop.finish_reason_native,
            metadata=metadata,
            state=stop.state,
            done=True,
        )

    def _whole_block(self, index: int, item: dict[str, Any]) -> Block:
        kind = next((name for name, value in item.items() if value is not None), "")
        for known in ("text", "toolUse", "reasoningContent", "citationsContent", "toolResult"):
            if item.get(known) is not None:
                kind = known
        block = self._add(index, kind, {})
        block.fill(item.get(kind))
        return block


def unified_usage(native: dict[str, Any]) -> Usage:
    """Unified counts: ``inputTokens`` leaves cache reads and writes out."""
    read, write = native.get("cacheReadInputTokens"), native.get("cacheWriteInputTokens")
    fresh = native.get("inputTokens")
    return Usage.of(
        None if fresh is None else fresh + (read or 0) + (write or 0),
        native.get("outputTokens"),
        native.get("totalTokens"),
        cached=read,
        cache_write=write,
    )


def _named(block: Block) -> tuple[str | None, str | None]:
    """Id and name of a call."""
    return as_text(block.value.get("toolUseId")), as_text(block.value.get("name"))


def _lenient(data: bytes) -> Any:
    """An exception's payload; one that is no JSON is its own message."""
    try:
        return decode_any(data)
    except msgspec.DecodeError:
        return {"message": data[:2000].decode("utf-8", "replace")}
