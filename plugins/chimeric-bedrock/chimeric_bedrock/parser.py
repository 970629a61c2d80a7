"""The parser of the Converse API: its stream events, and whole answers."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Delta, ErrorInfo, Event, HTTPResponse, Request, ToolCallDelta, Usage

from .content import API, Block, echoed, is_plain
from .errors import document_error, stream_error
from .events import Piece, Reasoning, decode_any, decode_begun, decode_grown, decode_object, guess
from .finish import finish_reason
from .values import as_object, as_text


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
                return self._grow(frame.index, piece, event.data)
            if frame.index != self._text_index:
                self._text_block(frame.index)
            if text:
                self._add_text(text)
            return text
        return self._rare(name or "", event.data)

    def _rare(self, name: str, data: bytes) -> Delta | str | None:
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
                return self._document(data)
            case "messageStart":
                return None
            case "":
                name, body = guess(decode_any(data))
                return self.parse(Event(msgspec.json.encode(body), name)) if name else None
            case _ if name.startswith(("exception:", "error:")) or name.lower() == "error":
                return Delta(error=stream_error(name, _lenient(data)))
            case _ if name.lower().endswith("exception"):
                return Delta(error=stream_error(f":{name}", _lenient(data)))
            case _:
                return None

    def _document(self, data: bytes) -> Delta:
        """A JSON document that came in place of a stream: an error, or the whole answer."""
        body = decode_any(data)
        if as_object(as_object(body).get("output")).get("message"):
            return self._whole(as_object(body))
        silent = ErrorInfo(message="the service answered with a document instead of a stream")
        return Delta(error=document_error(body) or silent)

    def _add(self, index: int | None, kind: str, value: dict[str, Any]) -> Block:
        block = Block(kind, value, index)
        self._blocks.append(block)
        self._by_index[index] = block
        self._text_index = -1
        return block

    def _find(self, index: int | None) -> Block | None:
        """The block of an index; the latest one where an event tells none."""
        block = self._by_index.get(index)
        return self._blocks[-1] if block is None and index is None and self._blocks else block

    def _block(self, index: int | None, kind: str) -> Block:
        """The block of a delta: only tool calls and images announce theirs."""
        known = self._by_index.get(index) or self._find(index)
        if known is not None and known.kind == kind:
            return known
        block = self._add(index, kind, {})
        if known is not None and known.kind == "toolUse":
            self._by_index[index] = known  # its arguments may go on
        return block

    def _text_block(self, index: int | None) -> Block:
        block = self._block(index, "text")
        self._text_index, self._add_text = index, block.parts.append
        return block

    def _begin(self, index: int | None, start: dict[str, Any]) -> Delta | None:
        kind = next((name for name, value in start.items() if value is not None), None)
        if kind is None:
            return None
        value = as_object(start[kind])
        if kind == "text":
            text = start[kind]
            self._block(index, kind).fill(text)
            return Delta(text=text) if text else None
        if kind == "toolUse" and (known := self._told_call(value)) is not None:
            known.ahead = "".join(known.parts)
            self._by_index[index] = known
            return None
        block = self._add(index, kind, value)
        return self._call(block) if kind == "toolUse" else None

    def _told_call(self, value: dict[str, Any]) -> Block | None:
        """The call that is announced once more: gateways repeat events."""
        id_, name = as_text(value.get("toolUseId")), as_text(value.get("name"))
        calls = (block for block in self._blocks if block.kind == "toolUse")
        return next((b for b in calls if id_ and _named(b) == (id_, name)), None)

    def _call(self, block: Block) -> Delta | None:
        if block.of_server:
            return None
        call = ToolCallDelta(block.index, *_named(block))
        return Delta(tool_calls=(call,))

    def _grow(self, index: int | None, piece: Piece, data: bytes) -> Delta | None:
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
        elif piece.image:
            self._block(index, "image").value.update(piece.image)
        elif added := as_object(decode_object(data).get("delta")):
            kind = next(iter(added))
            block = self._block(index, kind)
            if isinstance(added[kind], dict):
                block.value.update(added[kind])
            else:
                block.items.append(added[kind])
        return None

    def _arguments(self, index: int | None, given: str | dict[str, Any] | None) -> Delta | None:
        block = self._by_index.get(index) or self._find(index)
        if block is None or block.kind != "toolUse":
            raise msgspec.ValidationError(f"arguments for content block {index}, no tool call")
        if not given:
            return None
        text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
        if block.ahead:
            text = block.fresh(text)
        else:
            block.parts.append(text)
        if block.of_server or not text:
            return None
        return Delta(tool_calls=(ToolCallDelta(block.index, None, None, text),))

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
        block = self._find(index)
        match block.kind if block else None:
            case "toolUse" if block is not None and block.of_server:
                return Delta(server_tools=(block.content(),))
            case "toolUse" if block is not None:
                call = _ended(block)
                return Delta(tool_calls=(call,)) if call.arguments or call.complete else None
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
        reason = finish_reason(native)
        fields = values.get("additionalModelResponseFields")
        metadata = {} if fields is None else {"additional_model_response_fields": fields}
        if unknown := [block.content() for block in self._blocks if not block.known]:
            metadata["other_content"] = unknown
        # Arguments that came with the start of a block that nobody closed.
        left = [_ended(b) for b in self._blocks if b.kind == "toolUse" and not b.of_server]
        return Delta(
            tool_calls=tuple(call for call in left if call.arguments),
            finish_reason=reason,
            finish_reason_native=native if reason else None,
            metadata=metadata or None,
            state=None if is_plain(self._blocks) else echoed(self._blocks),
            error=document_error(values) if values.get("error") else None,
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
        if not as_object(as_object(answer.get("output")).get("message")):
            error = None if "output" in answer else document_error(answer)
            if error is None:
                raise msgspec.ValidationError("the answer holds no output.message")
            return Delta(error=error)
        return self._whole(answer)

    def _whole(self, answer: dict[str, Any]) -> Delta:
        message = as_object(as_object(answer["output"]).get("message"))
        calls: dict[str, ToolCallDelta] = {}
        for index, item in enumerate(message.get("content") or ()):
            block = self._whole_block(index, as_object(item))
            if block.kind == "toolUse" and not block.of_server:
                text = "".join(block.parts)
                call = ToolCallDelta(index, *_named(block), text, True)
                # The same call once more is no second one.
                calls.setdefault(f"{call.id} {call.name} {text}" if call.id else str(index), call)
        stop, count = self._stop(answer), self._count(answer)
        metadata = {**as_object(stop.metadata), **as_object(count.metadata)}
        blocks = self._blocks
        for kind, name in (("toolResult", "server_tool_results"), ("image", "images")):
            if told := [block.value for block in blocks if block.kind == kind]:
                metadata[name] = told
        return Delta(
            text="".join(t for b in blocks if b.kind == "text" for t in b.parts) or None,
            reasoning="".join(t for b in blocks if b.kind == "reasoningContent" for t in b.parts)
            or None,
            tool_calls=tuple(calls.values()),
            citations=tuple(c for b in blocks for c in b.citations),
            server_tools=tuple(b.content() for b in blocks if b.of_server),
            usage=count.usage,
            usage_native=count.usage_native,
            finish_reason=stop.finish_reason,
            finish_reason_native=stop.finish_reason_native,
            metadata=metadata,
            state=stop.state,
            error=stop.error,
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


def _ended(block: Block) -> ToolCallDelta:
    """The end of a call.

    A limit can cut a call short and still close its block: arguments that are no object are not
    told complete, and the finish reason decides about them.
    """
    text = "" if block.parts else block.given_arguments()
    return ToolCallDelta(block.index, None, None, text, block.whole())


def _named(block: Block) -> tuple[str | None, str | None]:
    """Id and name of a call."""
    return as_text(block.value.get("toolUseId")), as_text(block.value.get("name"))


def _lenient(data: bytes) -> Any:
    """An exception's payload; one that is no JSON is its own message."""
    try:
        return decode_any(data)
    except msgspec.DecodeError:
        return {"message": data[:2000].decode("utf-8", "replace")}
