"""Tools that the provider runs, as a stream tells of them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["ServerToolChunk", "ServerToolKind", "ServerToolStatus"]

ServerToolKind = Literal[
    "web_search",
    "web_fetch",
    "code_execution",
    "file_search",
    "image_generation",
    "mcp",
    "tool_search",
    "other",
]

ServerToolStatus = Literal["started", "input_streaming", "running", "completed", "failed"]


class ServerToolChunk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a chunk says of a tool that the provider runs: a search, a run of code, a picture.

    Nobody has to answer it. In ``response.parts`` it stands once, in its final state.

    Attributes:
        id: the call's id, the same in all chunks of it; made up where the provider sends none.
        kind: ``web_search``, ``web_fetch``, ``code_execution``, ``file_search``,
            ``image_generation``, ``mcp``, ``tool_search`` or ``other``.
        name: the provider's own name of the tool.
        status: ``started``, ``input_streaming``, ``running``, and once ``completed`` or
            ``failed``.
        input: what the tool is called with, once it is whole: for searches ``{"queries": [...]}``,
            for fetches ``{"urls": [...]}``, for code ``{"code": ..., "language": ...}`` or
            ``{"commands": [...]}``, for MCP ``{"server": ..., "name": ..., "arguments": ...}``;
            else as the provider has it.
        input_delta: a piece of the input as it is written: code, or JSON text.
        output: what came of it: for searches and fetches a list of
            ``{"url", "title", "text", ...}``, for code ``{"stdout", "stderr", "exit_code",
            "files"}``, for file searches a list of ``{"file_id", "filename", "score", "text"}``,
            for MCP text or blocks; for a failure what the provider says of it. Empty or None where
            the provider keeps it to itself.
        native: the item in the provider's own form, in the chunk in which it is whole.

    Example:
        >>> ServerToolChunk(id="ws_1", kind="web_search", input={"queries": ["tides"]}).status
        'started'
    """

    id: str = ""
    kind: ServerToolKind = "other"
    name: str = ""
    status: ServerToolStatus = "started"
    input: Any = None
    input_delta: str = ""
    output: Any = None
    native: Any = None
