"""What an answer holds besides text and calls: server tools, citations, files, probabilities."""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec

__all__ = ["Citation", "File", "Offer", "ServerTool", "ServerToolKind", "Token", "ToolEnd"]

ServerToolKind = Literal[
    "web_search", "web_fetch", "code_execution", "file_search", "image_generation", "mcp"
]

ToolEnd = Literal["completed", "failed", "never", "twice"]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, a sound or a document that an answer brings.

    Attributes:
        id: its id at the service.
        name: its file name.
        media_type: such as ``image/png``; raw sound is ``audio/L16``, at 24000 Hz.
        data: its bytes.
        url: its address, where it is kept elsewhere.
        transcript: what a sound says.
    """

    id: str = ""
    name: str = ""
    media_type: str = "image/png"
    data: bytes = b""
    url: str = ""
    transcript: str = ""

    @property
    def base64(self) -> str:
        """The bytes in base64."""
        return base64.b64encode(self.data).decode()

    @property
    def data_url(self) -> str:
        """The bytes as a ``data:`` URL, or its address."""
        return self.url or f"data:{self.media_type};base64,{self.base64}"


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A source of a piece of text.

    Attributes:
        url: its address; empty for what is no web page.
        title: its title, or the name of a file.
        text: the words of the source that are meant.
        start: first character of the block's text that it stands for.
        end: the character behind the last one.
        source: id of a file, a document or a tool's result.
        container: id of the container that wrote the file ``source``; empty for other sources.
        number: place of the source among those of the answer, from 0.
    """

    url: str = ""
    title: str = ""
    text: str = ""
    start: int = 0
    end: int = 0
    source: str = ""
    container: str = ""
    number: int = 0


class Token(msgspec.Struct, frozen=True):
    """A token, the natural logarithm of its probability, and the likeliest ones at its place."""

    text: str
    logprob: float
    top: tuple[Token, ...] = ()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of the service's own that a request asks for.

    Attributes:
        kind: what it does.
        name: the service's own name of it.
        server: label of an MCP server.
        approval: whether its calls want the caller's approval.
        previews: how many previews of a picture are wanted; None leaves it to the service.
        nested: whether code calls it that the service runs for it.
    """

    kind: ServerToolKind
    name: str = ""
    server: str = ""
    approval: bool = False
    previews: int | None = None
    nested: bool = False


class ServerTool(msgspec.Struct, kw_only=True):
    """A call of a tool that the service runs itself.

    Attributes:
        kind: what it does.
        name: the tool on an MCP server, empty for the list of such a server's tools; what a web
            search at xAI is called if it is one of X.
        server: label of an MCP server.
        input: ``{"queries": [...]}``, ``{"urls": [...]}``, ``{"code": ..., "language": ...}``,
            ``{"prompt": ...}``, or the arguments of an MCP tool.
        results: what was found, each with ``url``, ``title``, ``text``, and ``file_id``,
            ``filename``, ``score`` for files; the tools of a list.
        text: what code printed, or what an MCP tool answered.
        files: what code wrote; one picture for ``image_generation``.
        error: what went wrong.
        approval: id of the approval that an MCP call had.
        caller: id of the run of code that calls it; its block stands within that one's.
        end: how it ends; ``never`` and ``twice`` are what no service should do.
    """

    kind: ServerToolKind
    name: str = ""
    server: str = ""
    input: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    text: str = ""
    files: list[File] = []
    error: str = ""
    approval: str = ""
    caller: str = ""
    end: ToolEnd = "completed"

    @property
    def query(self) -> str:
        """The first query of a search."""
        return str(next(iter(self.input.get("queries") or ()), ""))

    @property
    def is_list(self) -> bool:
        """Whether it lists the tools of an MCP server."""
        return self.kind == "mcp" and not self.name

    @property
    def endings(self) -> int:
        """How many times its end is told."""
        return {"never": 0, "twice": 2}.get(self.end, 1)
