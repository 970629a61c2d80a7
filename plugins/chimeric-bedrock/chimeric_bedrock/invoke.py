"""The parser of InvokeModel for Claude: events of the Messages API inside an AWS event stream."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from chimeric_anthropic.parser import MessageState

from chimeric import Delta, ErrorInfo, Event, HTTPResponse, ToolCallDelta, Usage

from .errors import document_error, stream_error
from .parser import count, lenient
from .values import as_object

METRICS: Final = b'"amazon-bedrock-invocationMetrics"'

METRICS_KEY: Final = "amazon-bedrock-invocationMetrics"


class Frame(msgspec.Struct, gc=False):
    """``chunk``: the bytes of one event, and padding."""

    data: bytes = msgspec.field(default=b"", name="bytes")


class Stop(msgspec.Struct):
    """What the service adds to the last event."""

    metrics: dict[str, Any] | None = msgspec.field(default=None, name=METRICS_KEY)


_decode_frame = msgspec.json.Decoder(Frame).decode
_decode_stop = msgspec.json.Decoder(Stop).decode
_decode_any = msgspec.json.Decoder().decode


def unwrapped(event: Event) -> Event:
    """The event of the Messages API that a frame holds; any other one as it is."""
    return Event(_decode_frame(event.data).data) if event.name == "chunk" else event


class InvokeState(MessageState):
    """Reads Claude's events out of their frames."""

    def parse(self, event: Event) -> Delta | ToolCallDelta | str | list[Delta] | None:
        """What a frame adds."""
        if event.name != "chunk":
            return self._other(event)
        data = _decode_frame(event.data).data
        told = super().parse(Event(data))
        if isinstance(told, Delta) and told.done and METRICS in data:
            return self._measured(told, _decode_stop(data).metrics)
        return told

    def _other(self, event: Event) -> Delta | list[Delta] | None:
        name = event.name or ""
        if name.startswith(("exception:", "error:")):
            return Delta(error=stream_error(name, lenient(event.data)))
        if name != "document":
            return None
        body = _decode_any(event.data)
        if isinstance(as_object(body).get("content"), list):
            return self.parse_whole(HTTPResponse(status=200, headers={}, body=event.data))
        silent = ErrorInfo(message="the service answered with a document instead of a stream")
        return Delta(error=document_error(body) or silent)

    def _measured(self, told: Delta, metrics: dict[str, Any] | None) -> Delta:
        """The last event with what the service measured; its counts where Claude told none."""
        if not metrics:
            return told
        metadata = {**(told.metadata or {}), "invocation_metrics": metrics}
        usage = told.usage
        if usage is None and not self._counted:
            usage = _usage(metrics)
        return msgspec.structs.replace(told, metadata=metadata, usage=usage)


def _usage(metrics: dict[str, Any]) -> Usage | None:
    """``inputTokenCount`` leaves out what was read from the cache."""
    names = ("inputTokenCount", "outputTokenCount", "cacheReadInputTokenCount")
    fresh, output, read = (count(metrics.get(name)) for name in names)
    write = count(metrics.get("cacheWriteInputTokenCount"))
    if fresh is None or output is None:
        return None
    return Usage.of(fresh + (read or 0) + (write or 0), output, cached=read, cache_write=write)
