"""The processor of a guard: holds the answer back, has it judged, and ends it on a refusal."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, TypeAlias

import msgspec

from chimeric import Citation, Context, ServerToolChunk, StreamChunk, ToolCallChunk

from .checking import Checking, Report
from .held import Cutter, HeldText
from .verdicts import Kind, Passage, Refuse, Replace, Verdict

__all__ = ["GuardProcessor"]

Flow: TypeAlias = "Generator[Any, Any, None]"


class GuardProcessor:
    """The processor of one call.

    Args:
        checking: what gives the verdicts.
        cutter: what says how much is judged together.
        kinds: kinds of text that are judged.
        tools: whether calls of tools are, and tools that the provider runs.
        context: the call.
    """

    withholds = True

    def __init__(
        self,
        checking: Checking,
        cutter: Cutter,
        kinds: Iterable[Kind],
        context: Context,
        *,
        tools: bool,
    ) -> None:
        self._checking = checking
        self._cutter = cutter
        self._texts = [HeldText(kind) for kind in kinds]
        self._tools = tools
        self._context = context
        self._begin()

    def _begin(self) -> None:
        """An answer begins: the first one, a turn's, or one that is tried again."""
        self._of = (self._context.request, self._context.attempt)
        self._report = Report()
        self._calls: dict[int, list[StreamChunk]] = {}
        self._inputs: dict[str, str] = {}
        self._last: HeldText | None = None
        for held in self._texts:
            held.begin()

    def process(self, chunk: StreamChunk) -> StreamChunk | Flow | None:
        """Hold a chunk back that is to be judged, and give out what has been."""
        request, attempt = self._of
        if request is not self._context.request or attempt != self._context.attempt:
            self._begin()
        if chunk.finish_reason:
            return self._finish(chunk)
        if self._report.refused is not None:
            return None
        if chunk.logprobs:  # they spell the text, and name what else it might have been
            chunk = chunk.replace(logprobs=())
        for held in self._texts:
            if getattr(chunk, held.field) or (held.kind == "text" and chunk.citations):
                held.add(chunk)
                self._last = held
                piece = self._cut(held, final=False)
                return None if piece is None else self._judged(held, piece, final=False)
        if self._tools and chunk.tool_calls:
            return self._call(chunk)
        if self._tools and chunk.server_tools:
            return self._server_tool(chunk)
        return chunk

    def flush(self) -> Flow | None:
        """The text has ended: have the rest of it judged."""
        held, self._last = self._last, None
        return None if held is None else self._rest(held)

    def _rest(self, held: HeldText) -> Flow:
        piece = self._cut(held, final=True)
        if piece is not None:
            yield from self._judged(held, piece, final=True)
        if self._report.refused is None:  # what has been judged, and chunks without text
            yield from self._approved(held.taken(held.size, 0))
        held.let_go()

    def _cut(self, held: HeldText, *, final: bool) -> tuple[int, int] | None:
        return self._cutter.cut(held, final=final, again=self._checking.looks_ahead)

    def _judged(self, held: HeldText, piece: tuple[int, int] | None, *, final: bool) -> Flow:
        while piece is not None:
            size, keep = piece
            passage = Passage(
                held.first(size),
                held.kind,
                final=final and size == held.size,
                context=self._context,
                told=held.told,
            )
            verdict = yield from self._verdict(passage)
            if self._report.refused is not None:
                return
            if isinstance(verdict, Replace):
                size = held.replace(size, verdict.text)
            yield from self._approved(held.taken(size, keep))
            if self._report.refused is not None:
                return
            piece = self._cut(held, final=final)

    def _verdict(self, passage: Passage) -> Generator[Any, Any, Verdict]:
        verdict = yield from self._checking.verdict(passage, self._report)
        if isinstance(verdict, Refuse):
            self._report.refused, self._report.kind = verdict.reason, passage.kind
            for held in self._texts:
                held.let_go()
            self._calls.clear()
            self._context.end_turn("content_filter")
        elif isinstance(verdict, Replace):
            self._report.replaced += 1
        return verdict

    def _approved(self, chunks: Iterable[StreamChunk]) -> Flow:
        """Give out chunks, once what they quote has been judged, too."""
        for chunk in chunks:
            if chunk.citations:
                citations: list[Citation] = []
                for citation in chunk.citations:
                    citations.append((yield from self._citation(citation)))
                    if self._report.refused is not None:
                        return
                chunk = chunk.replace(citations=tuple(citations))
            if chunk.delta or chunk.reasoning or chunk.refusal or chunk.citations or chunk.usage:
                yield chunk

    def _citation(self, citation: Citation) -> Generator[Any, Any, Citation]:
        text = "\n".join(text for text in (citation.title, citation.text) if text)
        if not text:
            return citation
        verdict = yield from self._verdict(Passage(text, "citation", context=self._context))
        if not isinstance(verdict, Replace):
            return citation
        return msgspec.structs.replace(citation, title=None, text=verdict.text)

    # --- tools ----------------------------------------------------------------------------------

    def _call(self, chunk: StreamChunk) -> Flow | None:
        """Hold a call back until it is whole."""
        call = chunk.tool_calls[0]
        held = self._calls.setdefault(call.index, [])
        held.append(chunk)
        if call.status != "completed":
            return None
        return self._judged_call(call, self._calls.pop(call.index))

    def _judged_call(self, call: ToolCallChunk, held: list[StreamChunk]) -> Flow:
        text = call.arguments or "{}"
        passage = Passage(text, "tool_call", name=call.name, context=self._context)
        verdict = yield from self._verdict(passage)
        if self._report.refused is not None:
            return
        if not isinstance(verdict, Replace):
            yield from held
            return
        begun = ToolCallChunk(call.index, call.id, call.name, "", "started", kind=call.kind)
        whole = msgspec.structs.replace(begun, arguments_delta=verdict.text, status="completed")
        for told in (begun, whole):
            yield held[-1].replace(tool_calls=(told,))

    def _server_tool(self, chunk: StreamChunk) -> StreamChunk | Flow:
        """Tell that a tool is at work; what goes in and comes out, when all of it is there."""
        tool = chunk.server_tools[0]
        said = self._inputs[tool.id] = self._inputs.get(tool.id, "") + tool.input_delta
        bare = msgspec.structs.replace(tool, input=None, input_delta="", output=None, native=None)
        if tool.status in ("completed", "failed"):
            return self._judged_tool(chunk, tool, said)
        return chunk.replace(server_tools=(bare,))

    def _judged_tool(self, chunk: StreamChunk, tool: ServerToolChunk, said: str) -> Flow:
        told = {"input": tool.input, "written": said, "output": tool.output}
        text = msgspec.json.encode({n: v for n, v in told.items() if v}, enc_hook=str).decode()
        passage = Passage(text, "server_tool", name=tool.name, context=self._context)
        verdict = yield from self._verdict(passage)
        if self._report.refused is not None:
            return
        if isinstance(verdict, Replace):
            tool = msgspec.structs.replace(tool, input=None, output=verdict.text)
        tool = msgspec.structs.replace(tool, input_delta="", native=None)
        yield chunk.replace(server_tools=(tool,))

    def _finish(self, chunk: StreamChunk) -> StreamChunk:
        """The turn has ended: tell what was done."""
        told = self._report.told()
        self._begin()
        known: Any = chunk.metadata.get("guard") or {}
        if told and "refused" not in known:
            chunk = chunk.replace(metadata={**chunk.metadata, "guard": {**known, **told}})
        return chunk
