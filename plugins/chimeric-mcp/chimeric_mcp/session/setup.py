"""How a server is reached, and what it may ask of us: made into a client of the SDK."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias, cast
from urllib.parse import urlsplit

import msgspec

from .lines import encoding_for

if TYPE_CHECKING:
    import httpx2
    from mcp import Client

__all__ = ["Answerer", "Setup"]

Answerer: TypeAlias = Callable[[Any], Any]
"""A function, plain or async, that answers what a server asks; it is given the SDK's params."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to connect, again and again; nothing in it belongs to a loop."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = {}
    cwd: str | Path | None = None
    stderr: TextIO | None = None
    url: str = ""
    transport: Literal["http", "sse"] = "http"
    headers: Mapping[str, str] = {}
    auth: Any = None
    http_client: Callable[[], Any] | None = None
    sampling: Answerer | None = None
    elicitation: Answerer | None = None
    log: Answerer | None = None
    roots: Sequence[str | Path] = ()
    timeout: float = 60.0
    timeouts: Mapping[str, float] = {}
    connect_timeout: float = 30.0
    max_result: int = 16 * 1024 * 1024

    def where(self) -> str:
        """Where it is, for a message; without what may be a secret."""
        if not self.url:
            return f"the program {self.command!r}"
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def most_on_the_wire(self) -> int:
        """Bytes of one message at most: a result, escaped, and what is around it."""
        return 2 * self.max_result + 64 * 1024

    def client(
        self, on_message: Callable[[Any], Any], mended: Callable[[Any], Any] = lambda stream: stream
    ) -> Client:
        """A client of the SDK, to be entered once. Importing the SDK takes a moment.

        Args:
            on_message: is told what the server tells without being asked.
            mended: makes the stream that is read out of the transport's.
        """
        from mcp import Client
        from mcp.types import Implementation

        return Client(
            _read_through(self._transport(), mended),
            read_timeout_seconds=self.timeout,
            sampling_callback=self.sampling and _sampling(self.sampling),
            elicitation_callback=self.elicitation and _elicitation(self.elicitation),
            list_roots_callback=_roots(self.roots) if self.roots else None,
            logging_callback=self.log and _log(self.log),
            log_level="debug" if self.log else None,
            message_handler=_handler(on_message),
            client_info=Implementation(name="chimeric-mcp", version=_version()),
            cache=None,  # lists are kept here, and told anew when they change
        )

    def _transport(self) -> AbstractAsyncContextManager[Any]:
        if not self.url:
            from mcp.client.stdio import StdioServerParameters, stdio_client

            program = StdioServerParameters(
                command=self.command,
                args=list(self.args),
                env=dict(self.env),
                cwd=self.cwd,
                encoding=encoding_for(self.most_on_the_wire()),
                encoding_error_handler="replace",  # one bad byte is no end of the connection
            )
            return stdio_client(program, errlog=_error_stream(self.stderr))
        return self._sse() if self.transport == "sse" else self._http()

    def _sse(self) -> AbstractAsyncContextManager[Any]:
        from mcp.client.sse import sse_client

        return sse_client(self.url, headers=dict(self.headers), auth=self.auth)

    @asynccontextmanager
    async def _http(self) -> AsyncGenerator[Any]:
        from mcp.client.streamable_http import streamable_http_client

        async with (
            self._http_client() as client,
            streamable_http_client(
                self.url, http_client=client, max_sse_event_size=self.most_on_the_wire()
            ) as streams,
        ):
            yield streams

    def _http_client(self) -> httpx2.AsyncClient:
        if self.http_client is not None:
            given: httpx2.AsyncClient = self.http_client()
            given.headers.update(self.headers)
            return given
        import httpx2

        limit = httpx2.Timeout(30.0, read=max(300.0, self.timeout))
        # Each call that runs has a stream of its own.
        pool = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
        return httpx2.AsyncClient(
            headers=dict(self.headers), auth=self.auth, timeout=limit, limits=pool
        )


@asynccontextmanager
async def _read_through(
    transport: AbstractAsyncContextManager[Any], mended: Callable[[Any], Any]
) -> AsyncGenerator[Any]:
    async with transport as (read, write):
        yield mended(read), write


def _version() -> str:
    from importlib.metadata import version

    return version("chimeric-mcp")


def _error_stream(given: TextIO | None) -> Any:
    """Where a program's standard error goes: a file that a child can have, or nowhere."""
    import subprocess

    stream = sys.stderr if given is None else given
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return subprocess.DEVNULL
    return stream


async def _answer(function: Answerer, params: Any) -> Any:
    """What a function says; what it raises is an error that the server is told."""
    try:
        told = function(params)
        return await told if inspect.isawaitable(told) else told
    except Exception as error:
        from mcp.types import INTERNAL_ERROR, ErrorData

        return ErrorData(code=INTERNAL_ERROR, message=str(error) or type(error).__name__)


def _sampling(function: Answerer) -> Any:
    async def callback(context: Any, params: Any) -> Any:
        from mcp.types import CreateMessageResult, TextContent

        told = await _answer(function, params)
        if not isinstance(told, str):
            return told
        text = TextContent(type="text", text=told)
        return CreateMessageResult(role="assistant", content=text, model="chimeric")

    return callback


def _elicitation(function: Answerer) -> Any:
    async def callback(context: Any, params: Any) -> Any:
        from mcp.types import ElicitResult

        told: Any = await _answer(function, params)
        if told is None:
            return ElicitResult(action="decline")
        if isinstance(told, Mapping):
            return ElicitResult(action="accept", content=dict(cast("Mapping[str, Any]", told)))
        return told

    return callback


def _log(function: Answerer) -> Any:
    async def callback(params: Any) -> None:
        await _answer(function, params)

    return callback


def _roots(roots: Sequence[str | Path]) -> Any:
    async def callback(context: Any) -> Any:
        from mcp.types import ListRootsResult, Root

        uris = [
            str(root) if str(root).startswith("file:") else Path(root).resolve().as_uri()
            for root in roots
        ]
        return ListRootsResult(roots=[Root(uri=uri) for uri in uris])  # type: ignore[arg-type]

    return callback


def _handler(function: Callable[[Any], Any]) -> Any:
    async def callback(message: Any) -> None:
        function(message)

    return callback
