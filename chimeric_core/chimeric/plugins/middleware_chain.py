"""The chain of middleware that each chunk of a call passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from chimeric.errors import ChimericError, PluginError
from chimeric.schema.type_guards import is_iterable
from chimeric.values.chunks import StreamChunk

__all__ = ["ChunkHook", "StreamProcessor", "apply_hooks", "checked", "run_chain"]


class StreamProcessor(Protocol):
    """What ``chimeric_stream_processor`` returns: one object per call, with memory."""

    def process(self, chunk: StreamChunk) -> StreamChunk | Iterable[StreamChunk] | None:
        """Take a chunk; return it, a changed one, several, or None to hold it back."""
        ...

    def flush(self) -> StreamChunk | Iterable[StreamChunk] | None:
        """Give out what was held back. Called once at the end of each turn, error or not."""
        ...


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


def run_chain(hooks: list[ChunkHook], chunk: StreamChunk) -> StreamChunk | list[StreamChunk]:
    """Pass a chunk through the chain, quickly as long as each link returns one chunk for one."""
    place = 0
    out: Any = chunk
    try:
        for hook in hooks:
            place += 1
            out = hook.process(chunk)
            if type(out) is not StreamChunk:
                break
            chunk = out
        else:
            return chunk
    except ChimericError:
        raise
    except Exception as error:
        raise PluginError.raised(hooks[place - 1].plugin, hooks[place - 1].hook, error) from error
    rest = hooks[place:]
    passed = checked(hooks[place - 1], lambda: out, None)
    return [last for item in passed for last in apply_hooks(rest, item)]


def apply_hooks(hooks: list[ChunkHook], chunk: StreamChunk) -> list[StreamChunk]:
    """Pass a chunk through the chain; each link may drop, change or multiply it."""
    chunks = [chunk]
    for hook in hooks:
        passed: list[StreamChunk] = []
        for item in chunks:
            passed += checked(hook, hook.process, item)
        chunks = passed
    return chunks


def checked(hook: ChunkHook, call: Callable[..., Any], chunk: StreamChunk | None) -> list[Any]:
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
        items: list[Any] = list(out) if is_iterable(out) else [out]
    except ChimericError:
        raise
    except Exception as error:
        raise PluginError.raised(hook.plugin, hook.hook, error) from error
    for item in items:
        if type(item) is not StreamChunk:
            wanted = "return a StreamChunk, several of them, or None"
            raise PluginError.wrong_return(hook.plugin, hook.hook, item, wanted)
    return items
