"""Events to chunks: the parser, the accumulator and the middleware, compiled for one response.

This is the path of every event, so it is a closure over what it needs, calls the plugins'
functions directly, and leaves early for the common event, which is nothing but text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import msgspec

from .answer import Answer, Turn
from .chunks import StreamChunk, ToolCallChunk
from .deltas import Delta, Event
from .errors import ChimericError, PluginError, ProtocolError
from .hookspecs import StreamProcessor

__all__ = ["ChunkHook", "Emitted", "Pipeline", "apply_hooks"]

Emitted: TypeAlias = "StreamChunk | list[StreamChunk] | None"
ParseEvent: TypeAlias = Callable[[Event, Any], Delta | str | None]

PARSE_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    AssertionError,
)
"""What a parser raises on bytes that it did not expect (``msgspec.DecodeError`` is a ValueError)."""


class ChunkHook(msgspec.Struct):
    """One link of the middleware chain: a stateless hook, or a processor with its flush."""

    plugin: str
    hook: str
    process: Callable[[StreamChunk], Any]
    flush: Callable[[], Any] | None = None

    @classmethod
    def of_processor(cls, plugin: str, processor: StreamProcessor) -> ChunkHook:
        """The link of a stateful processor."""
        return cls(plugin, "chimeric_stream_processor", processor.process, processor.flush)


class Pipeline:
    """Turns the events of one response into delivered chunks.

    ``step`` takes an event; ``whole`` a whole answer's delta; ``flush`` gives out what middleware
    held back; ``finish`` makes the turn's last chunk.
    """

    def __init__(
        self,
        parse: ParseEvent,
        native: Callable[[Event], Any],
        state: Any,
        turn: Turn,
        answer: Answer,
        hooks: list[ChunkHook],
        partial: Callable[[StreamChunk], Any] | None = None,
        *,
        native_only: bool = False,
    ) -> None:
        self._parse = parse
        self._native = native
        self._state = state
        self._turn = turn
        self._answer = answer
        self._hooks = hooks
        self._partial = partial
        self._native_only = native_only
        self.step: Callable[[Event], Emitted] = self._compile()

    def _compile(self) -> Callable[[Event], Emitted]:
        parse, state, native, rich = self._parse, self._state, self._native, self._rich
        turn, log, partial = self._turn, self._answer.log, self._partial
        number = turn.number
        parts = log.parts
        append = parts.append

        if self._native_only:

            def every(event: Event) -> Emitted:
                delta = parse(event, state)
                if delta is not None and delta != "":
                    turn.progress = True
                    rich(delta if isinstance(delta, Delta) else Delta(text=delta), event)
                return StreamChunk(None, number, log, len(parts), event, native)

            return every

        if self._hooks or partial is not None:

            def hooked(event: Event) -> Emitted:
                delta = parse(event, state)
                if delta is None or delta == "":
                    return None
                turn.progress = True
                return rich(delta if isinstance(delta, Delta) else Delta(text=delta), event)

            return hooked

        def step(event: Event) -> Emitted:
            delta = parse(event, state)
            if type(delta) is str:
                if not delta:
                    return None
                chunk = StreamChunk(delta, number, log, len(parts), event, native)
                append(delta)
                return chunk
            return None if delta is None else rich(delta, event)

        return step

    def careful_step(self, event: Event, fault: Exception | None) -> Emitted:
        """``step`` for an event that it failed on: once more, with the text made sound.

        ``fault`` is what it failed with; without one (an event that the end of the body cut), an
        event that cannot be read counts as nothing.

        Raises:
            ProtocolError: when it cannot be read at all.
        """
        if isinstance(fault, ChimericError):
            raise fault
        if not event.data.strip():
            return None  # a keep-alive of some gateways
        sound = make_sound(event.data)
        if fault is not None and sound == event.data:
            raise undecodable(event.data, fault) from fault
        try:
            return self.step(Event(sound, event.name))
        except PARSE_FAULTS as error:
            if isinstance(error, ChimericError):
                raise
            if fault is None:
                return None
            raise undecodable(event.data, error) from error

    def whole(self, delta: Delta, body: bytes) -> Emitted:
        """The chunks of a whole answer."""
        return self._rich(delta, Event(body))

    def _rich(self, delta: Delta, event: Event) -> Emitted:
        """The chunks of a delta that is more than text."""
        turn = self._turn
        turn.record(delta, event)
        calls: list[ToolCallChunk] = []
        for part in delta.tool_calls:
            calls += turn.tools.add(part)
        if delta.refusal:
            turn.refused = True
        emitted: Emitted = None
        turn.progress = turn.progress or bool(calls)
        if delta.text or delta.reasoning or delta.refusal or calls:
            emitted = self.deliver(
                StreamChunk(
                    delta.text or None,
                    turn.number,
                    self._answer.log,
                    len(self._answer.log.parts),
                    event,
                    self._native,
                    delta.reasoning or None,
                    delta.refusal or None,
                    tool_calls=tuple(calls),
                    _partial=self._partial,
                )
            )
        return emitted

    def deliver(self, chunk: StreamChunk) -> Emitted:
        """Post-process a chunk and keep what comes out of it."""
        if not self._hooks:
            return self._keep(chunk)
        return [self._keep(out) for out in apply_hooks(self._hooks, chunk)] or None

    def _keep(self, chunk: StreamChunk) -> StreamChunk:
        answer = self._answer
        parts = answer.log.parts
        if chunk._before != len(parts) or chunk._log is not answer.log:
            chunk = msgspec.structs.replace(chunk, _before=len(parts), _log=answer.log)
        if chunk.delta:
            parts.append(chunk.delta)
        answer.delivered(chunk)
        return chunk

    def flush(self) -> list[StreamChunk]:
        """What middleware held back, passed through the middleware after it."""
        out: list[StreamChunk] = []
        for place, hook in enumerate(self._hooks):
            if hook.flush is None:
                continue
            for chunk in _checked(hook, hook.flush, None):
                out += [self._keep(c) for c in apply_hooks(self._hooks[place + 1 :], chunk)]
        return out

    def finish(self) -> list[StreamChunk]:
        """The end of a complete turn: held-back text, closed tool calls, the last chunk."""
        turn, answer = self._turn, self._answer
        chunks = self.flush()
        # A caller of native events has had this one already.
        event = None if self._native_only else turn.finish_event
        closed = turn.tools.close(turn.finish_reason)
        blank = StreamChunk(None, turn.number, answer.log, 0, event, self._native)
        if closed:
            emitted = self.deliver(blank.replace(tool_calls=tuple(closed)))
            chunks += emitted if isinstance(emitted, list) else [emitted] if emitted else []
        last = blank.replace(
            finish_reason=turn.reason(),
            usage=turn.usage,
            metadata=turn.metadata(),
            _before=len(answer.log.parts),
            _partial=self._partial,
        )
        final = list(apply_hooks(self._hooks, last)) if self._hooks else [last]
        if not any(chunk.finish_reason for chunk in final):
            final.append(last)  # the end of a turn cannot be dropped
        chunks += [self._keep(chunk) for chunk in final]
        return chunks


def apply_hooks(hooks: list[ChunkHook], chunk: StreamChunk) -> list[StreamChunk]:
    """Pass a chunk through the chain; each link may drop, change or multiply it."""
    chunks = [chunk]
    for hook in hooks:
        passed: list[StreamChunk] = []
        for item in chunks:
            passed += _checked(hook, hook.process, item)
        chunks = passed
    return chunks


def _checked(hook: ChunkHook, call: Callable[..., Any], chunk: StreamChunk | None) -> list[Any]:
    """Call a link and check what it returns.

    Raises:
        PluginError: when it raises or returns anything but chunks; the text names it.
    """
    try:
        out: Any = call() if chunk is None else call(chunk)
        if out is None:
            return []
        if type(out) is StreamChunk:
            return [out]
        items: list[Any] = list(out) if isinstance(out, Iterable) else [out]
    except ChimericError:
        raise
    except Exception as error:
        raise PluginError(
            f"middleware {hook.plugin!r} failed in {hook.hook}: {type(error).__name__}: {error}",
            plugin=hook.plugin,
            hook=hook.hook,
        ) from error
    for item in items:
        if type(item) is not StreamChunk:
            raise PluginError(
                f"middleware {hook.plugin!r} returned {type(item).__name__} from {hook.hook}; "
                "return a StreamChunk, several of them, or None",
                plugin=hook.plugin,
                hook=hook.hook,
            )
    return items


def undecodable(raw: bytes, error: BaseException) -> ProtocolError:
    """The typed error for bytes that the provider's parser could not read."""
    return ProtocolError(f"the provider sent what is no event of its protocol: {error}", raw=raw)


_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def make_sound(data: bytes) -> bytes:
    """Payload with invalid UTF-8 and lone surrogate escapes replaced by U+FFFD.

    The event-stream rules demand it for UTF-8; a lone surrogate cannot be encoded by anyone who
    later writes the text.
    """
    data = data.decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda m: b"\\ufffd" if m.group(1) else m.group(0), data)
