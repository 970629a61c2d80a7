"""A server that is written with the official SDK: ``library.py [http PORT]``."""

from __future__ import annotations

import base64
import os
import sys
from typing import Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import (
    Annotations,
    AudioContent,
    BlobResourceContents,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24)).decode()
WAV = base64.b64encode(b"RIFF" + bytes(40)).decode()

server = MCPServer("library")
cancelled: list[str] = []


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool(annotations=ToolAnnotations(destructiveHint=True))
def delete_book(title: str) -> str:
    """Delete a book."""
    return f"deleted {title}"


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
async def read(pages: int, ctx: Context[Any, Any]) -> str:
    """Read a book, page by page."""
    for page in range(1, pages + 1):
        await ctx.report_progress(page, pages, f"page {page}")
    await anyio.sleep(0.05)
    return f"read {pages} pages"


@server.tool()
async def sleep(seconds: float) -> str:
    """Sleep."""
    cancelled.append("slept")
    try:
        await anyio.sleep(seconds)
    except BaseException:
        cancelled.append("cancelled")
        raise
    return "awake"


@server.tool()
def what_happened() -> list[str]:
    """Tell of the sleeps that began, and of those that were cancelled."""
    return cancelled


@server.tool()
def fail() -> str:
    """Fail."""
    raise RuntimeError("the shelf is empty")


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(3)


@server.tool(structured_output=False)
def picture() -> list[Any]:
    """Show a picture, with words around it."""
    return [
        TextContent(type="text", text="before"),
        ImageContent(type="image", data=PNG, mimeType="image/png"),
        TextContent(
            type="text", text="only for people", annotations=Annotations(audience=["user"])
        ),
        TextContent(type="text", text="after"),
    ]


@server.tool(structured_output=False)
def sound() -> list[Any]:
    """Play a sound."""
    return [AudioContent(type="audio", data=WAV, mimeType="audio/wav")]


@server.tool(structured_output=False)
def resources() -> list[Any]:
    """Give resources in three forms."""
    return [
        EmbeddedResource(
            type="resource",
            resource=TextResourceContents(uri="book://1", mimeType="text/plain", text="Chapter 1"),
        ),
        EmbeddedResource(
            type="resource",
            resource=BlobResourceContents(
                uri="file:///shelf/book.pdf", mimeType="application/pdf", blob=PNG
            ),
        ),
        ResourceLink(
            type="resource_link", uri="book://2", name="second", description="the next book"
        ),
    ]


@server.tool()
def shelf() -> dict[str, Any]:
    """Tell of a shelf, in structured form."""
    return {"books": 2, "full": False}


@server.tool()
def big(size: int) -> str:
    """Give so many characters."""
    return "x" * size


@server.tool()
async def more(ctx: Context[Any, Any]) -> str:
    """Add another tool to the server."""

    def new_tool(word: str) -> str:
        """A tool that was not there before."""
        return f"new {word}"

    server.add_tool(new_tool)
    await ctx.notify_tools_changed()  # to those that listen
    await ctx.session.send_tool_list_changed()  # to all others
    return "there is more"


@server.tool()
def environment(name: str) -> str:
    """Tell a variable of the environment."""
    return os.environ.get(name, "(not set)")


@server.prompt()
def review(title: str) -> str:
    """Ask for a review."""
    return f"Review the book {title}."


@server.resource("book://{number}")
def book(number: str) -> str:
    """A book."""
    return f"The text of book {number}."


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        import uvicorn

        uvicorn.run(
            server.streamable_http_app(),
            port=int(sys.argv[2]),
            log_level="error",
            http="h11",
            loop="asyncio",
        )
    else:
        server.run("stdio")
