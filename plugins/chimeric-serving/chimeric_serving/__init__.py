"""Serve a stream to a browser as server-sent events, from Starlette or FastAPI.

Example:
    .. code-block:: python

        from chimeric_serving import sse_response

        @app.get("/ask")
        async def ask(question: str):
            return sse_response(await client.agenerate("gpt-4o", question, stream=True))
"""

from __future__ import annotations

from .events import chunk_event, error_event
from .responses import EventResponse, sse_response

__all__ = ["EventResponse", "chunk_event", "error_event", "sse_response"]
