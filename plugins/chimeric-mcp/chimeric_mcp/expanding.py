"""Servers among the tools of a request, made into their tools before each turn."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

import anyio

from chimeric import ConfigurationError, Context, PluginError, PluginWarning, Request, Tool, run

from .approval import MCPTool
from .calling import async_call, blocking_call
from .listing import ListedTool, fresh, listed
from .naming import names_of
from .server import KIND, MCPServer
from .session.faults import MCPServerError
from .session.pool import Pool

__all__ = ["expanded"]

Told = Sequence["tuple[ListedTool, ...] | MCPServerError"]


def expanded(request: Request, context: Context) -> Generator[Any, Any, Request]:
    """The request with the tools of its servers.

    Raises:
        PluginError: for a server that is required and cannot be used.
    """
    servers = [server for tool in request.tools if (server := _server(tool))]
    for server in servers:
        context.keep(f"chimeric-mcp-{id(server.pool)}", server.pool.lease)
    pools = [server.pool for server in servers]
    awaits = yield from _awaits()
    told: Told
    if awaits:
        told = yield from run(_all_listed, pools)
    else:
        known = [kept for pool in pools if (kept := fresh(pool)) is not None]
        told = known if len(known) == len(pools) else (yield from run(_wait_for_all, pools))
    offered: list[tuple[MCPServer, ListedTool]] = []
    for server, tools in zip(servers, told, strict=True):
        if isinstance(tools, MCPServerError):
            _report(server, tools)
        else:
            offered += [(server, t) for t in tools if server.choice is None or server.choice(t)]
    return request.replace(tools=tuple(_joined(request.tools, offered, context, awaits=awaits)))


def _joined(
    tools: Sequence[Tool],
    offered: Sequence[tuple[MCPServer, ListedTool]],
    context: Context,
    *,
    awaits: bool,
) -> Generator[Tool]:
    """All tools, those of a server in its place."""
    own = [tool.name for tool in tools if _server(tool) is None]
    names = names_of([(s.label, t.name, s.prefix) for s, t in offered], own)
    made: dict[int, list[Tool]] = {}
    for (server, tool), name in zip(offered, names, strict=True):
        call: Any = (
            async_call(server.pool, tool.name)
            if awaits
            else blocking_call(server.pool, tool.name, context)
        )
        made.setdefault(id(server), []).append(
            MCPTool(
                name=name,
                description=tool.description,
                parameters=tool.parameters,
                function=call,
                server=server.label,
                original=tool.name,
                annotations=tool.annotations,
                approval=server.approval,
            )
        )
    for each in tools:
        found = _server(each)
        if found is None:
            yield each
        else:
            yield from made.get(id(found), ())


def _server(tool: Tool) -> MCPServer | None:
    if tool.native is None or tool.native.get("type") != KIND:
        return None
    server: MCPServer = tool.native["server"]
    return server


def _report(server: MCPServer, error: MCPServerError) -> None:
    if server.required:
        raise PluginError(str(error), plugin="mcp") from error
    text = f"{error}; the call goes on without its tools"
    warnings.warn(PluginWarning(text), stacklevel=2)


async def _yes() -> bool:
    return True


def _awaits() -> Generator[Any, Any, bool]:
    """Whether the call is asynchronous: a blocking one can await nothing, and says so."""
    try:
        return (yield from run(_yes))
    except ConfigurationError:
        return False


def _wait_for_all(pools: Sequence[Pool]) -> Told:
    """The same as ``_all_listed``, in a thread that waits."""
    for pool in pools[1:]:
        pool.use_background()
    return pools[0].wait(partial(_all_listed, pools))


async def _all_listed(pools: Sequence[Pool]) -> Told:
    """The tools of each server, or why there are none; all are asked at the same time."""
    told: dict[int, Any] = {}

    async def ask(number: int, pool: Pool) -> None:
        told[number] = await _one_listed(pool)

    if len(pools) == 1:
        return [await _one_listed(pools[0])]
    async with anyio.create_task_group() as group:
        for number, pool in enumerate(pools):
            group.start_soon(ask, number, pool)
    return [told[number] for number in range(len(pools))]


async def _one_listed(pool: Pool) -> tuple[ListedTool, ...] | MCPServerError:
    try:
        return await listed(pool)
    except MCPServerError as error:
        return error
