"""``MCPServer``: what callers give to a client, or to a call, for the tools of a server."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Literal, TextIO, TypeAlias
from urllib.parse import urlsplit

from chimeric import ConfigurationError, Message, Tool, hookimpl

from .approval import Approval, When, require_approval
from .listing import ListedTool
from .session.pool import Pool
from .session.setup import Answerer, Setup

__all__ = ["KIND", "MCPServer"]

KIND = "chimeric_mcp"
"""The type of the native tool that stands for a server until its tools are known."""

MAX_RESULT = 16 * 1024 * 1024
"""Bytes of one result: what providers take as a whole request, about."""

Choice: TypeAlias = Callable[[ListedTool], bool]

_numbers = itertools.count(1)


class MCPServer(Mapping[str, Any]):
    """The tools of a server of the Model Context Protocol.

    It goes wherever tools go: ``tools=[server]`` of a call, or ``plugins=[server]`` of a client for
    all its calls. The server is started when it is first needed, shared by all calls and clients,
    and ended when the clients that used it are closed. In an asynchronous call it lives in the
    caller's event loop (asyncio or trio), in blocking ones in a thread of its own.

    Args:
        target: a URL, for a server that is reached over streamable HTTP; else a program to run.
        *args: the program's arguments.
        name: what it is called in messages, and before names of tools that two servers have.
        env: more environment variables of the program, which sees only a few of ours (``HOME``,
            ``PATH``, ...).
        cwd: the program's folder.
        stderr: a file for the program's standard error; ours without it.
        transport: ``http``, or ``sse`` for the old transport of that name.
        headers: of every HTTP request.
        auth: an ``httpx2.Auth``, such as the SDK's ``OAuthClientProvider``.
        http_client: makes an ``httpx2.AsyncClient``, where more than ``headers`` and ``auth`` is to
            be said. It is called for each connection, and the client is closed with it.
        timeout: seconds for a call; the tool is cancelled when they have passed.
        timeouts: the same for some tools, by name or pattern.
        connect_timeout: seconds for starting, and for the list of tools.
        required: whether a server that cannot be used fails the call. Otherwise that is a
            ``PluginWarning``, and the call goes on without its tools.
        prefix: whether the name stands before each tool's, and not only before those that two have.
        max_result: bytes of one result at most; a larger one is an error that the model is told.
        sampling: answers what the server asks a model: with a ``str``, or the SDK's result. Without
            it the server is told that there is none.
        elicitation: answers what the server asks the user: with a dict, None to decline, or the
            SDK's result. Without it the server is told that nobody is there.
        roots: folders that the server may work in: paths, or ``file:`` URLs.
        log: called with what the server logs (the SDK's params).

    Raises:
        ConfigurationError: for arguments that do not go together.

    Example:
        >>> files = MCPServer("npx", "-y", "@modelcontextprotocol/server-filesystem", "/data")
        >>> wiki = MCPServer("https://wiki.example/mcp", headers={"authorization": "Bearer ..."})
        >>> files.label, wiki.label
        ('server-filesystem', 'wiki.example')
    """

    def __init__(
        self,
        target: str | PurePath,
        *args: str,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        stderr: TextIO | None = None,
        transport: Literal["http", "sse"] = "http",
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
        http_client: Callable[[], Any] | None = None,
        timeout: float = 60.0,
        timeouts: Mapping[str, float] | None = None,
        connect_timeout: float = 30.0,
        required: bool = False,
        prefix: bool = False,
        max_result: int = MAX_RESULT,
        sampling: Answerer | None = None,
        elicitation: Answerer | None = None,
        roots: Sequence[str | Path] = (),
        log: Answerer | None = None,
    ) -> None:
        where = str(target)
        is_url = where.startswith(("http://", "https://"))
        if is_url and (args or env or cwd or stderr):
            raise ConfigurationError(
                f"the MCP server {_label(where, ())!r} has a URL: args, env, cwd and stderr are "
                "a program's"
            )
        if not is_url and (headers or auth or http_client or transport != "http"):
            raise ConfigurationError(
                f"the MCP server {_label(where, args)!r} is a program: headers, auth, http_client "
                "and transport are for a URL"
            )
        if not where or timeout <= 0 or connect_timeout <= 0 or max_result <= 0:
            raise ConfigurationError(
                "an MCP server needs a URL or a program, and limits of time and size above 0"
            )
        self.label = name or _label(where, args)
        self.required = required
        self.prefix = prefix
        self.choice: Choice | None = None
        self.approval: Approval | None = None
        self._key = f"mcp:{name}" if name else f"mcp:{self.label}#{next(_numbers)}"
        setup = Setup(
            command="" if is_url else where,
            args=tuple(map(str, args)),
            env={key: str(value) for key, value in (env or {}).items()},
            cwd=cwd,
            stderr=stderr,
            url=where if is_url else "",
            transport=transport,
            headers=dict(headers or {}),
            auth=auth,
            http_client=http_client,
            sampling=sampling,
            elicitation=elicitation,
            log=log,
            roots=tuple(roots),
            timeout=timeout,
            timeouts=dict(timeouts or {}),
            connect_timeout=connect_timeout,
            max_result=max_result,
        )
        self.pool = Pool(self.label, setup)

    # --- the same server, with fewer tools -------------------------------------------------------

    def only(self, *patterns: str) -> MCPServer:
        """The same server with those of its tools alone whose names fit a pattern.

        In ``tools=[...]`` of a call it takes the place of the client's own, for that call.

        Example:
            >>> server = MCPServer("python", "server.py")
            >>> few = server.only("read_*", "search")
        """
        return self.filtered(lambda tool: _fits(tool.name, patterns))

    def without(self, *patterns: str) -> MCPServer:
        """The same server without the tools whose names fit a pattern."""
        return self.filtered(lambda tool: not _fits(tool.name, patterns))

    def filtered(self, choice: Choice) -> MCPServer:
        """The same server with the tools for which a function says True.

        Args:
            choice: is given a ``ListedTool``: ``name``, ``description``, ``parameters``,
                ``annotations``.
        """
        before = self.choice
        view = self._view()
        view.choice = choice if before is None else lambda tool: before(tool) and choice(tool)
        return view

    def require_approval(
        self, *patterns: str, annotation: str = "", when: When | None = None, reason: str = ""
    ) -> MCPServer:
        """The same server; what the function ``require_approval`` says holds for its tools."""
        view = self._view()
        view.approval = require_approval(*patterns, annotation=annotation, when=when, reason=reason)
        return view

    def _view(self) -> MCPServer:
        view = object.__new__(type(self))
        vars(view).update(vars(self))
        return view

    # --- what else a server has ------------------------------------------------------------------

    def tools(self) -> list[ListedTool]:
        """The server's tools, asked for now unless they are known and have not changed.

        Raises:
            MCPServerError: when the server cannot be used.
        """
        from .asking import tools

        found: list[ListedTool] = self._wait(tools)
        return found

    async def atools(self) -> list[ListedTool]:
        """The same as ``tools``, asynchronous."""
        from .asking import tools

        return await tools(self.pool)

    def prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> list[Message]:
        """A prompt of the server, as messages to begin or go on with.

        Raises:
            MCPServerError: when the server cannot be used, or has no such prompt.

        Example:
            .. code-block:: python

                client.generate(model, server.prompt("review", {"file": "main.py"}))
        """
        from .asking import prompt

        messages: list[Message] = self._wait(prompt, name, arguments)
        return messages

    async def aprompt(self, name: str, arguments: Mapping[str, str] | None = None) -> list[Message]:
        """The same as ``prompt``, asynchronous."""
        from .asking import prompt

        return await prompt(self.pool, name, arguments)

    def resource(self, uri: str) -> Message:
        """A resource of the server, as a message of the user: text, pictures, sounds, files.

        Raises:
            MCPServerError: when the server cannot be used, or has no such resource.

        Example:
            .. code-block:: python

                page = server.resource("docs://install")
                client.generate(model, [page, "How do I install it?"])
        """
        from .asking import resource

        message: Message = self._wait(resource, uri)
        return message

    async def aresource(self, uri: str) -> Message:
        """The same as ``resource``, asynchronous."""
        from .asking import resource

        return await resource(self.pool, uri)

    def _wait(self, asked: Callable[..., Any], *args: Any) -> Any:
        return self.pool.wait(partial(asked, self.pool, *args))

    # --- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """End the server, whoever uses it; the next use starts it anew. Idempotent."""
        self.pool.close()

    async def aclose(self) -> None:
        """The same, waiting until the server of this event loop has ended."""
        ended = self.pool.close()
        if ended is not None:
            await ended()

    def __enter__(self) -> MCPServer:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    async def __aenter__(self) -> MCPServer:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    # --- as a tool, and as a plugin --------------------------------------------------------------

    @hookimpl
    def chimeric_register_tools(self, register: Callable[..., Tool]) -> None:
        """Offer its tools in all calls of a client."""
        register(Tool.from_dict(self))

    def __getitem__(self, key: str) -> Any:
        return {"type": KIND, "name": self._key, "server": self}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("type", "name", "server"))

    def __len__(self) -> int:
        return 3

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<MCPServer {self.label!r}>"


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _label(where: str, args: Sequence[str]) -> str:
    """A name for a server that was given none: its host, package, script or program."""
    if where.startswith(("http://", "https://")):
        return urlsplit(where).hostname or "server"
    named = [arg for arg in map(str, args) if not arg.startswith("-")]
    return PurePath(named[0] if named else where).name.partition("@")[0].removesuffix(".py") or (
        "server"
    )
