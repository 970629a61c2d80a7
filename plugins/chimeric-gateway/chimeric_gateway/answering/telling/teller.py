"""Chunks told to an encoder of chimeric-dialects: blocks that open, grow and close."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from chimeric_dialects import Answer, Block, BlockKind, Encoder, ServerTool

from chimeric import CompletionResponse, ServerToolChunk, StreamChunk, ToolCallChunk
from chimeric_gateway.refusal import Refusal

from .endings import done_of
from .media import file_of
from .order import AsTheyCome, OneAtATime, Order
from .replayed import chunks_of
from .sources import citation_of, token_of

__all__ = ["Teller"]


class Teller:
    """Tells an answer, streamed or whole.

    Chunks that say how a turn ended, what a tool of ours returned and what is not known here are
    told nobody: the ending is ``end``'s.

    Args:
        encoder: words the answer.
        answer: the encoder's, which is filled here.
        call_id: an upstream's id of a call as the client is to see it.
        signature: what thoughts are signed with.
        stops: the texts that were to end the answer.
        serial: whether one block is open at a time: what comes for others meanwhile is held back.
        renews: whether a text that goes on after its end is another block.
        server_tools: what a tool is told as that the provider runs, None for not at all; without
            it none are told.

    Example:
        >>> from chimeric import StreamChunk
        >>> from chimeric_dialects import Answer, ChatCompletions, Prompt, Service
        >>> options = {"variant": "openai", "hidden": False, "usage": False, "padding": False}
        >>> prompt, answer = Prompt(model="m", turns=[], plain=True, options=options), Answer()
        >>> encoder = ChatCompletions("openai").encoder(prompt, answer, Service())
        >>> b'"content":"Hi"' in Teller(encoder, answer).chunk(StreamChunk("Hi"))
        True
    """

    def __init__(
        self,
        encoder: Encoder,
        answer: Answer,
        *,
        call_id: Callable[[str], str] = str,
        serial: bool = False,
        renews: bool = False,
        signature: str = "",
        stops: Collection[str] = (),
        server_tools: Callable[[ServerToolChunk], ServerTool | None] | None = None,
    ) -> None:
        self._encoder = encoder
        self._answer = answer
        self._call_id = call_id
        self._renews = renews
        self._signature = signature
        self._stops = stops
        self._server_tools = server_tools
        self._order: Order = OneAtATime(encoder) if serial else AsTheyCome(encoder)
        self._blocks: dict[tuple[object, ...], Block] = {}
        self._begun = False
        # The text that grows now, and what its chunks have in common: most chunks are of it.
        self._text: Block | None = None
        self._turn = -1
        self._number: int | None = None

    def begin(self) -> bytes:
        """What the stream begins with, once."""
        if self._begun:
            return b""
        self._begun = True
        return self._encoder.begin()

    def chunk(self, chunk: StreamChunk) -> bytes:
        """The frames of a chunk, and before the first what the stream begins with.

        Raises:
            Refusal: 502 where the answer begins anew: what was told cannot be taken back.
        """
        text = chunk.delta
        if (
            text
            and self._text is not None
            and chunk.block == self._number
            and chunk.turn == self._turn
            and not (chunk.citations or chunk.logprobs)
        ):
            return self._order.piece(self._text, text)
        begin = self.begin()
        said = self._said(chunk)
        return begin + said if begin else said

    def close(self) -> bytes:
        """The frames that close what is open."""
        return self.begin() + self._order.end()

    def end(self, response: CompletionResponse[Any]) -> bytes:
        """The frames that end the stream.

        Raises:
            Refusal: 502 where the upstream gave the answer up.
        """
        done = done_of(response, self._answer, self._stops)
        return self.begin() + self._order.end() + self._encoder.end(done)

    def whole(self, response: CompletionResponse[Any]) -> object:
        """The body of an answer that is not streamed.

        Its blocks are those of the chunks that were told, or else the response's.

        Raises:
            Refusal: 502 where the upstream gave the answer up.
        """
        self.take(response)
        return self._encoder.whole(done_of(response, self._answer, self._stops))

    def take(self, response: CompletionResponse[Any]) -> None:
        """Fill the answer's blocks from a response that was not told in chunks."""
        if not self._begun:
            self._begun = True
            for chunk in chunks_of(response):
                self._said(chunk)
        self._order.end()

    def _said(self, chunk: StreamChunk) -> bytes:
        frames = b""
        place = (chunk.turn, chunk.block)
        if chunk.delta or chunk.logprobs or chunk.citations:
            frames += self._worded(chunk, place)
        if chunk.reasoning:
            frames += self._grown("thought", place, chunk.reasoning, signature=self._signature)
        if chunk.refusal:
            frames += self._grown("refusal", place, chunk.refusal)
        for call in chunk.tool_calls:
            frames += self._called(call, chunk.turn)
        for tool in chunk.server_tools:
            frames += self._ran(tool, chunk.turn)
        for file in chunk.files:
            if not file.partial and (known := file_of(file)) is not None:
                frames += self._order.whole(self._answer.block("file", file=known), "")
                self._forget()
        if not frames and "restarted" in chunk.metadata:
            raise Refusal(502, "The model's answer broke off, and another one began.")
        return frames

    def _worded(self, chunk: StreamChunk, place: tuple[object, ...]) -> bytes:
        """Text, with its sources and probabilities."""
        block = self._blocks.get(("text", *place))
        if block is None and not (chunk.delta or chunk.logprobs):
            return b""  # a source of a text that nobody was told
        frames = b""
        if block is None:
            block, frames = self._opened("text", place)
        self._text, (self._turn, self._number) = block, (chunk.turn, chunk.block)
        block.tokens.extend(map(token_of, chunk.logprobs))
        if chunk.delta or chunk.logprobs:
            frames += self._order.piece(block, chunk.delta or "")
        for citation in chunk.citations:
            frames += self._order.cite(block, citation_of(citation, block, self._answer))
        return frames

    def _opened(self, kind: BlockKind, place: tuple[object, ...], **of: Any) -> tuple[Block, bytes]:
        block = self._answer.block(kind, **of)
        self._blocks[kind, *place] = block
        frames = self._order.open(block)
        self._forget()
        return block, frames

    def _forget(self) -> None:
        """Let go of texts that the block that was just opened has ended."""
        if self._renews:
            self._text = None
            kept = {k: b for k, b in self._blocks.items() if _is_one(b) or self._order.holds(b)}
            self._blocks = kept

    def _grown(self, kind: BlockKind, place: tuple[object, ...], text: str, **of: Any) -> bytes:
        block = self._blocks.get((kind, *place))
        if block is not None:
            return self._order.piece(block, text)
        block, frames = self._opened(kind, place, **of)
        return frames + self._order.piece(block, text)

    def _called(self, call: ToolCallChunk, turn: int) -> bytes:
        place = (turn, call.index, call.id)
        block = self._blocks.get(("call", *place))
        frames = b""
        if block is None:
            identity = self._call_id(call.id)
            custom = call.kind == "custom"
            of = {"id": identity, "name": call.name, "custom": custom}
            block, frames = self._opened("call", place, **of)
        if call.arguments_delta:
            frames += self._order.piece(block, call.arguments_delta)
        if call.status == "completed":  # arguments that are none have come as ``{}``
            frames += self._order.close(block)
        return frames

    def _ran(self, tool: ServerToolChunk, turn: int) -> bytes:
        known = None if self._server_tools is None else self._server_tools(tool)
        if known is None:
            return b""
        block, frames = self._blocks.get(("server_tool", turn, tool.id)), b""
        if block is None:
            block, frames = self._opened("server_tool", (turn, tool.id), id=tool.id, tool=known)
        block.tool = known
        if tool.input_delta:
            frames += self._order.piece(block, tool.input_delta)
        if tool.status == "running":
            frames += self._order.phase(block)
        if tool.status in ("completed", "failed"):
            frames += self._order.close(block)
        return frames


def _is_one(block: Block) -> bool:
    """Whether a block stays the same, however late something is said of it."""
    return block.kind in ("call", "server_tool")
