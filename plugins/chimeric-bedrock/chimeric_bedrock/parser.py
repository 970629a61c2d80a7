"""The parser of the Converse API: its stream events, and whole answers."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_models import thought_by

from chimeric import Delta, ErrorInfo, Event, HTTPResponse, Request, ToolCallDelta, Usage

from .citations import citation
from .content import API, Block, echoed, is_plain, is_unsigned
from .errors import document_error, stream_error
from .events import Piece, Reasoning, decode_any, decode_begun, decode_grown, decode_object, guess
from .finish import finish_reason
from .items import Items
from .values import as_list, as_object, as_text


class ConverseState:
    """What has to be remembered of one answer."""

    api: str = API

    def __init__(self, request: Request | None = None) -> None:
        self._request = request
        self._blocks: list[Block] = []
        self._by_index: dict[int | None, Block] = {}
        self._items = Items(self._blocks)
        self._stopped = False
        self._counted = False
        # The text block that was told last, where nearly every event goes.
        self._text_index: int | None = -1
        unread: list[str] = []
        self._add_text = unread.append

    def parse(self, event: Event) -> Delta | str | list[Delta] | None:
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
                return self._say(self._block(frame.index, "text"), text)
            if text:
                self._add_text(text)
            return text
        return self._rare(name or "", event.data)

    def _rare(self, name: str, data: bytes) -> Delta | str | list[Delta] | None:
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
                return Delta(error=stream_error(name, lenient(data)))
            case _ if name.lower().endswith("exception"):
                return Delta(error=stream_error(f":{name}", lenient(data)))
            case _:
                return None

    def _document(self, data: bytes) -> Delta | list[Delta]:
        """A JSON document that came in place of a stream: an error, or the whole answer."""
        body = decode_any(data)
        if as_object(as_object(body).get("output")).get("message"):
            return self._whole(as_object(body))
        silent = ErrorInfo(message="the service answered with a document instead of a stream")
        return Delta(error=document_error(body) or silent)

    def _add(self, index: int | None, kind: str, value: dict[str, Any]) -> Block:
        place = len(self._blocks)
        again = index is None or index in self._by_index
        block = Block(kind, value, index, place, (index, place) if again else index)
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
        self._text_index = -1
        if known is not None and known.kind == kind:
            return known
        block = self._add(index, kind, {})
        if known is not None and known.kind == "toolUse":
            self._by_index[index] = known  # its arguments may go on
        return block

    def _say(self, block: Block, text: str) -> Delta | None:
        """Text with its block's name: what follows there is plain."""
        if not text:
            return None
        self._text_index, self._add_text = block.index, block.parts.append
        block.parts.append(text)
        return Delta(text=text, block=block.key)

    def _begin(self, index: int | None, start: dict[str, Any]) -> Delta | None:
        kind = next((name for name, value in start.items() if value is not None), None)
        if kind is None:
            return None
        value = as_object(start[kind])
        if kind == "text":
            block = self._block(index, kind)
            told = len(block.parts)
            block.fill(start[kind])
            text = "".join(block.parts[told:])
            return Delta(text=text, block=block.key) if text else None
        if kind == "toolUse" and (known := self._told_call(value)) is not None:
            known.ahead = "".join(known.parts)
            self._by_index[index] = known
            return None
        block = self._add(index, kind, value)
        if kind == "toolUse" and not block.of_server:
            return Delta(tool_calls=(ToolCallDelta(block.index, *_named(block)),))
        return self._items.begin(block)

    def _told_call(self, value: dict[str, Any]) -> Block | None:
        """The call that is announced once more: gateways repeat events."""
        id_, name = as_text(value.get("toolUseId")), as_text(value.get("name"))
        calls = (block for block in self._blocks if block.kind == "toolUse")
        return next((b for b in calls if id_ and _named(b) == (id_, name)), None)

    def _grow(self, index: int | None, piece: Piece, data: bytes) -> Delta | None:
        """The deltas that are no text."""
        if piece.tool is not None:
            return self._arguments(index, piece.tool.input)
        if piece.reasoning is not None:
            return self._think(index, piece.reasoning)
        if piece.citation is not None:
            return self._cite(self._block(index, "text"), piece.citation)
        if piece.result is not None:
            self._block(index, "toolResult").items.extend(piece.result)
        elif piece.image is not None:
            self._block(index, "image").add_picture(piece.image)
        elif added := as_object(decode_object(data).get("delta")):
            kind, before = next(iter(added)), len(self._blocks)
            block = self._block(index, kind)
            if isinstance(added[kind], dict):
                block.value.update(added[kind])
            else:
                block.items.append(added[kind])
            return self._items.begin(block) if len(self._blocks) > before else None
        return None

    @staticmethod
    def _cite(block: Block, native: Any) -> Delta | None:
        """A citation of the block's text, once."""
        if not native or native in block.citations:
            return None
        block.citations.append(native)
        return Delta(citations=(citation(native),), block=block.key)

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
        if not text:
            return None
        if block.of_server:
            return self._items.grow(block, text)
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
        return Delta(reasoning=piece.text, block=block.key)

    def _end(self, index: int | None) -> Delta | None:
        block = self._find(index)
        if block is None:
            return None
        if block.kind != "toolUse" or block.of_server:
            return self._items.end(block)
        call = _ended(block)
        return Delta(tool_calls=(call,)) if call.arguments or call.complete else None

    def _stop(self, values: dict[str, Any]) -> list[Delta]:
        self._stopped = True
        unclosed = self._items.left()
        native = as_text(values.get("stopReason"))
        reason = finish_reason(native)
        fields = values.get("additionalModelResponseFields")
        metadata = {} if fields is None else {"additional_model_response_fields": fields}
        if unknown := [block.content() for block in self._blocks if not block.known]:
            metadata["other_content"] = unknown
        # Arguments that came with the start of a block that nobody closed.
        left = [_ended(b) for b in self._blocks if b.kind == "toolUse" and not b.of_server]
        end = Delta(
            tool_calls=tuple(call for call in left if call.arguments),
            finish_reason=reason,
            finish_reason_native=native if reason else None,
            metadata=metadata or None,
            state=self._state(),
            error=document_error(values) if values.get("error") else None,
            done=self._counted,
        )
        return [*unclosed, end]

    def _state(self) -> list[Any] | None:
        """The blocks for a later turn; None where the message says all of them."""
        if is_plain(self._blocks):
            return None
        items = echoed(self._blocks)
        thoughts = [block for block in self._blocks if block.kind == "reasoningContent"]
        if self._request is not None and any(map(is_unsigned, thoughts)):
            items.append(thought_by(self._request))
        return items or None

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

    def parse_whole(self, response: HTTPResponse) -> Delta | list[Delta]:
        """What a whole answer holds."""
        answer = decode_object(response.body)
        if not as_object(as_object(answer.get("output")).get("message")):
            error = None if "output" in answer else document_error(answer)
            if error is None:
                raise msgspec.ValidationError("the answer holds no output.message")
            return Delta(error=error)
        return self._whole(answer)

    def _whole(self, answer: dict[str, Any]) -> list[Delta]:
        message = as_object(as_object(answer["output"]).get("message"))
        content: list[Delta | None] = []
        calls: set[str] = set()
        items = message.get("content")
        if items and not isinstance(items, list):
            raise msgspec.ValidationError(f"content is {type(items).__name__}, expected list")
        for index, item in enumerate(as_list(items)):
            block = self._whole_block(index, as_object(item))
            content += self._whole_content(block, calls)
        kinds = (("toolResult", "server_tool_results"), ("image", "images"))
        told = {n: [b.value for b in self._blocks if b.kind == kind] for kind, n in kinds}
        metadata = Delta(metadata={name: values for name, values in told.items() if values})
        ends = [metadata, self._count(answer), *self._stop(answer)]
        return [delta for delta in (*content, *ends) if delta is not None]

    def _whole_content(self, block: Block, calls: set[str]) -> list[Delta | None]:
        """What a whole block says; the same call once more is no second one."""
        text, key = "".join(block.parts), block.key
        if block.kind == "text":
            citations = tuple(map(citation, block.citations))
            told = bool(text or citations)
            return [Delta(text=text or None, citations=citations, block=key)] if told else []
        if block.kind == "reasoningContent":
            return [Delta(reasoning=text, block=key)] if text else []
        if block.kind != "toolUse" or block.of_server:
            return [self._items.begin(block), self._items.end(block)]
        call = ToolCallDelta(block.index, *_named(block), text, True)
        same = f"{call.id} {call.name} {text}" if call.id else str(block.index)
        if same in calls:
            return []
        calls.add(same)
        return [Delta(tool_calls=(call,))]

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
    names = ("cacheReadInputTokens", "cacheWriteInputTokens", "inputTokens")
    read, write, fresh = (count(native.get(name)) for name in names)
    return Usage.of(
        None if fresh is None else fresh + (read or 0) + (write or 0),
        count(native.get("outputTokens")),
        count(native.get("totalTokens")),
        cached=read,
        cache_write=write,
    )


def count(value: Any) -> int | None:
    """A number of tokens, where it is one."""
    return value if isinstance(value, int) else None


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


def lenient(data: bytes) -> Any:
    """An exception's payload; one that is no JSON is its own message."""
    try:
        return decode_any(data)
    except msgspec.DecodeError:
        return {"message": data[:2000].decode("utf-8", "replace")}
