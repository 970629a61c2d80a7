"""The tools of a server: all pages of its list, with schemas that a provider takes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import anyio
import msgspec
from chimeric_models import check_tool

from chimeric import PluginWarning, Tool, ToolRegistrationError

from .session.connection import Connection
from .session.faults import MCPServerError, is_broken
from .session.pool import Pool

__all__ = ["ListedTool", "fresh", "listed"]

PAGES = 100
"""Pages that are read at most: some servers' lists never end."""


class ListedTool(msgspec.Struct, frozen=True):
    """A tool as its server tells of it.

    Attributes:
        name: the server's own name for it.
        description: for the model; the title, where there is none.
        parameters: JSON schema of an object.
        annotations: hints (``readOnlyHint``, ``destructiveHint``, ...). A server may say anything.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    annotations: Mapping[str, Any] = {}


def fresh(pool: Pool) -> tuple[ListedTool, ...] | None:
    """What blocking callers have been told already and has not changed, or None."""
    connection = pool.kept()
    return None if connection is None else connection.listing


async def listed(pool: Pool) -> tuple[ListedTool, ...]:
    """All tools of a server: as they are kept, or asked for now.

    Raises:
        MCPServerError: when the server cannot be reached, or does not tell.
    """
    connection = await pool.connection()
    try:
        return await _listed(pool, connection)
    except MCPServerError as error:
        if not connection.was_connected or not is_broken(error.__cause__ or error):
            raise
    # It was connected once and has gone since: asking again, at a new one, changes nothing there.
    return await _listed(pool, await pool.connection())


async def _listed(pool: Pool, connection: Connection) -> tuple[ListedTool, ...]:
    await connection.client()
    async with connection.listed:  # callers that come together ask once
        if connection.listing is None:
            before = connection.changes
            tools = await _asked(pool, connection)
            if connection.changes != before:
                return tools  # they changed meanwhile: the next one asks again
            connection.listing = tools
        kept: tuple[ListedTool, ...] = connection.listing
        return kept


async def _asked(pool: Pool, connection: Connection) -> tuple[ListedTool, ...]:
    found: list[Any] = []
    cursor: str | None = None
    seen: set[str] = set()
    try:
        with anyio.fail_after(pool.setup.connect_timeout):
            for _ in range(PAGES):
                client = await connection.client()
                page = await client.list_tools(cursor=cursor)
                found += page.tools
                cursor = page.next_cursor
                if cursor is None or cursor in seen:
                    break
                seen.add(cursor)
            else:
                _warn(pool, f"its list of tools has no end; the first {len(found)} are offered")
    except Exception as error:
        if is_broken(error):
            connection.give_up()
        text = str(error) or f"no answer in {pool.setup.connect_timeout:g} s"
        raise MCPServerError(
            f"the MCP server {pool.label!r} does not tell its tools: {text}"
        ) from error
    for fault in connection.left_out:
        _warn(pool, f"left out: {fault}")
    connection.left_out.clear()
    return tuple(_usable(pool, found))


def _usable(pool: Pool, tools: Iterable[Any]) -> Iterable[ListedTool]:
    """The tools that can be offered; of the others the caller is told why."""
    names: set[str] = set()
    for tool in tools:
        if tool.name in names:
            _warn(pool, f"it has two tools named {tool.name!r:.90}; the first one is offered")
            continue
        names.add(tool.name)
        hints = tool.annotations and tool.annotations.model_dump(by_alias=True, exclude_none=True)
        try:
            yield ListedTool(
                name=tool.name,
                description=tool.description or tool.title or "",
                parameters=_schema(tool.name, tool.input_schema),
                annotations=hints or {},
            )
        except ToolRegistrationError as error:
            _warn(pool, f"left out: {error}")


def _schema(name: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The schema as an object's, which is what all providers take.

    Raises:
        ToolRegistrationError: when it is of something else, or no schema.
    """
    told: dict[str, Any] = {"type": "object", **(schema or {})}
    told.pop("$schema", None)
    kind = told["type"]
    if kind == ["object"] or kind is None:
        told["type"] = kind = "object"
    if kind != "object":
        raise ToolRegistrationError(
            f"the tool {name!r:.90}: its arguments must be an object, not {kind!r:.40}"
        )
    if told.get("properties") is None:
        told["properties"] = {}
    check_tool(Tool(name=name, parameters=told))
    return told


def _warn(pool: Pool, text: str) -> None:
    warnings.warn(PluginWarning(f"the MCP server {pool.label!r}: {text}"), stacklevel=2)
