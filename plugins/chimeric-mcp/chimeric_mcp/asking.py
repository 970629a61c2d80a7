"""What a server has besides tools: prompts and resources, as messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chimeric import Message, TextPart

from .listing import ListedTool, listed
from .results import Said, said
from .results import resource as part_of
from .session.faults import MCPServerError, is_broken
from .session.pool import Pool

if TYPE_CHECKING:
    from mcp import Client

__all__ = ["prompt", "resource", "tools"]


async def tools(pool: Pool) -> list[ListedTool]:
    """The tools of a server."""
    return list(await listed(pool))


async def prompt(pool: Pool, name: str, arguments: Mapping[str, str] | None) -> list[Message]:
    """A prompt; neighbours of one role are one message."""
    given = {key: str(value) for key, value in (arguments or {}).items()}
    result = await _asked(pool, f"the prompt {name!r}", lambda c: c.get_prompt(name, given))
    messages: list[tuple[str, list[Said]]] = []
    for message in result.messages:
        if not messages or messages[-1][0] != message.role:
            messages.append((message.role, []))
        messages[-1][1].extend(said(message.content))
    return [_message(role, parts) for role, parts in messages]


async def resource(pool: Pool, uri: str) -> Message:
    """A resource, with all that it holds."""
    result = await _asked(pool, f"the resource {uri!r}", lambda c: c.read_resource(uri))
    return _message("user", map(part_of, result.contents))


def _message(role: Any, parts: Iterable[Said]) -> Message:
    told = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    if len(told) == 1 and isinstance(told[0], TextPart):
        return Message(role, told[0].text)
    return Message(role, told)


async def _asked(pool: Pool, what: str, work: Callable[[Client], Awaitable[Any]]) -> Any:
    connection = await pool.connection()
    try:
        return await connection.request(work, pool.setup.timeout)
    except MCPServerError:
        raise
    except Exception as error:
        if is_broken(error):
            connection.give_up()
        text = str(error) or f"no answer in {pool.setup.timeout:g} s"
        raise MCPServerError(f"the MCP server {pool.label!r}: {what}: {text}") from error
