"""One call: what a client asks for, asked of an upstream, and answered as it comes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from chimeric import (
    AsyncStream,
    ChimericError,
    CompletionResponse,
    PluginError,
    StreamChunk,
    StructuredOutputError,
)
from chimeric_gateway.answering.same_protocol import Wire, answering_of
from chimeric_gateway.asked import Asked
from chimeric_gateway.logs import Record, tell
from chimeric_gateway.protocol import Answering, ClientProtocol
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.upstreams import Upstream, Upstreams

from .asking import asked_of
from .closing import LAST_WORDS, hang_up
from .connection import Connection
from .told_calls import ToldCalls
from .users import User

__all__ = ["Call"]

PINGS: Mapping[str, bytes] = {"messages": b'event: ping\ndata: {"type": "ping"}\n\n'}
COMMENT = b": keepalive\n\n"

STALLED = 300.0
"""Seconds after which a client that takes nothing is given up."""

ENDING = 5.0
"""Seconds that an upstream has to be let go."""

LEFT = 499
"""What is noted of a call whose client left before there was a status."""

GOING_DOWN = Refusal(503, "the gateway is going down", code="shutting_down")

logger = logging.getLogger("chimeric_gateway")


class Call:
    """A running call. Two tasks: one asks and answers, the other watches client and clock."""

    def __init__(
        self,
        connection: Connection,
        protocol: ClientProtocol,
        asked: Asked,
        upstreams: Upstreams,
        upstream: Upstream,
        user: User,
        *,
        keepalive: float,
        log_content: bool = False,
    ) -> None:
        self._connection = connection
        self._protocol = protocol
        self._asked = asked
        self._upstreams = upstreams
        self._upstream = upstream
        self._user = user
        self._keepalive = keepalive
        self._wire = Wire(asked)
        user.wire = self._wire
        self._answering: Answering = answering_of(protocol, asked, upstream.protocol, self._wire)
        self._record = Record(
            client=user.client,
            protocol=protocol.name,
            model=asked.model,
            upstream=upstream.model,
            stream=asked.stream,
            asked=asked.body if log_content else None,
        )
        self._log_content = log_content
        self._started = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._held: list[bytes] | None = None
        self._going_down = False

    def end(self) -> None:
        """The gateway goes down, and there is no more time."""
        self._going_down = True
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Answer the client. Whatever becomes of it, the upstream is let go in the end."""
        self._task = task = asyncio.create_task(self._answer())
        if self._going_down:
            task.cancel()
        left = asyncio.create_task(self._connection.left())
        try:
            await self._watch(task, left)
        finally:
            left.cancel()
            task.cancel()
            await asyncio.wait((task,), timeout=ENDING)
        if task.cancelled() and not self._going_down:
            self._connection.close()
        if not task.done():
            logger.error("the upstream %s was not let go in time", self._upstream.model)
        elif task.cancelled() and self._going_down:
            await self._say_last_words()
        self._tell()

    def _tell(self) -> None:
        """Write down what became of the call."""
        record = self._record
        record.seconds = time.monotonic() - self._started
        if record.status == 0:
            record.status = LEFT
        if self._going_down and record.error is None:
            record.error = "shutting_down"
        tell(record)

    def _note(self, response: CompletionResponse[Any]) -> None:
        """Take into the record what an answer was, whole or not."""
        record = self._record
        record.provider = str(response.metadata.get("provider", ""))
        record.usage = response.usage
        record.first_content = response.timing.first_content
        if self._log_content:
            record.answer = response.content

    async def _watch(self, task: asyncio.Task[None], left: asyncio.Task[None]) -> None:
        connection, loop = self._connection, asyncio.get_running_loop()
        while True:
            rest = self._keepalive - (loop.time() - connection.last)
            done, _ = await asyncio.wait(
                (task, left), timeout=max(rest, 0.01), return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                return
            silent = loop.time() - connection.last
            if connection.sending and silent >= STALLED:
                await hang_up(connection.scope, 0)
                return
            if silent >= self._keepalive:
                await self._keep_alive()

    async def _keep_alive(self) -> None:
        """Something for proxies and clients that would take silence for the end."""
        connection = self._connection
        connection.last = asyncio.get_running_loop().time()
        if connection.sending:
            return
        if self._held is not None:  # the upstream answers, and has said nothing yet
            await self._begin()
        if self._record.status == 200 and self._asked.stream:
            await connection.write(PINGS.get(self._protocol.name, COMMENT))

    # --- asking ----------------------------------------------------------------------------------

    async def _answer(self) -> None:
        try:
            if self._asked.stream:
                await self._stream()
            else:
                await self._whole()
        except ChimericError as error:
            self._record.error = error.kind
            if isinstance(error, PluginError):
                logger.error("a plugin failed: %s", error, exc_info=error)
            if error.partial is not None:
                self._note(error.partial)
            await self._fail(self._upstreams.refusal_of(error, self._upstream))
        except Refusal as refusal:
            self._record.error = refusal.code or "refused"
            await self._fail(refusal)
        except OSError:
            pass  # the client is gone
        except Exception:
            self._record.error = "gateway"
            logger.exception("the gateway failed to answer")
            await self._fail(Refusal(500, "the gateway failed", code="gateway_error"))

    async def _ask(self, *, stream: bool) -> Any:
        upstream = self._upstream
        beta = self._connection.headers.get("anthropic-beta")
        arguments, self._record.left_out = asked_of(upstream, self._asked, beta)
        return await upstream.asker.agenerate(
            upstream.model,
            stream=stream,
            auto_tool=False,
            use=upstream.use or None,
            user_context=self._user,
            **arguments,
        )

    async def _whole(self) -> None:
        try:
            response = await self._collected()
        except StructuredOutputError as error:
            response = complete(error)
        self._note(response)
        body = self._answering.whole(response)
        self._record.status = 200
        await self._connection.reply(200, self._answering.headers, body)

    async def _collected(self) -> CompletionResponse[Any]:
        translated = self._asked.protocol != self._upstream.protocol
        response: CompletionResponse[Any]
        if translated and self._asked.arguments.get("logprobs"):
            stream: AsyncStream[StreamChunk] = await self._ask(stream=True)
            async for chunk in stream:  # which alone has them
                self._answering.chunk(chunk)
            response = stream.response
        else:
            response = await self._ask(stream=False)
        return response

    async def _stream(self) -> None:
        stream: AsyncStream[StreamChunk] = await self._ask(stream=True)
        connection, worded = self._connection, self._answering.chunk
        held = self._held = list[bytes]()
        calls = ToldCalls()
        try:
            async for chunk in stream:
                data = worded(chunk)
                if chunk.tool_calls:
                    calls.see(chunk)
                if not connection.begun:
                    held.append(data)
                    if says_something(chunk):
                        await self._begin()
                elif data:
                    await connection.write(data)
        except StructuredOutputError as error:
            complete(error)
        response = stream.response
        self._note(response)
        calls.check(response, other_is_cut=self._asked.protocol != self._upstream.protocol)
        end = self._answering.end(response)
        if not connection.begun:
            await self._begin()
        await connection.end(end)

    async def _begin(self) -> None:
        """Answer 200, and send what was held back until then."""
        held, self._held = self._held or [], None
        self._record.status = 200
        await self._connection.begin(self._answering.headers, b"".join(held))

    async def _fail(self, refusal: Refusal) -> None:
        self._held = None
        connection = self._connection
        if connection.begun:
            await connection.end(self._answering.fail(refusal))
            return
        self._record.status, headers, body = self._protocol.refuse(refusal)
        await connection.reply(self._record.status, headers, body)

    async def _say_last_words(self) -> None:
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self._fail(GOING_DOWN)
        except (TimeoutError, OSError):
            pass
        await hang_up(self._connection.scope)


def complete(error: StructuredOutputError) -> CompletionResponse[Any]:
    """The answer whose text does not fit what was asked for: the client sees that for itself.

    Raises:
        StructuredOutputError: where the answer is not complete.
    """
    if error.partial is None or error.partial.finish_reason is None:
        raise error
    return error.partial


def says_something(chunk: StreamChunk) -> bool:
    """Whether a chunk has what an answer is made of: after it, a failure has no status."""
    return bool(
        chunk.delta
        or chunk.reasoning
        or chunk.refusal
        or chunk.tool_calls
        or chunk.finish_reason
        or chunk.server_tools
        or chunk.citations
        or chunk.files
    )
