"""Serve a stream to a browser or another front end.

Example:
    .. code-block:: python

        from chimeric_serving import sse_response

        @app.get("/ask")
        async def ask(question: str):
            return sse_response(await client.agenerate("gpt-4o", question, stream=True))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ag_ui import AGUIEncoder as AGUIEncoder
    from .ag_ui_history import to_ag_ui_messages as to_ag_ui_messages
    from .ag_ui_requests import AGUIRequest as AGUIRequest
    from .ag_ui_requests import read_ag_ui_request as read_ag_ui_request
    from .approvals import Approval as Approval
    from .encoders import Encoder as Encoder
    from .encoders import encode as encode
    from .events import chunk_event as chunk_event
    from .events import error_event as error_event
    from .ndjson import NDJSONEncoder as NDJSONEncoder
    from .pacing import sentences as sentences
    from .pacing import words as words
    from .requests import InvalidRequestError as InvalidRequestError
    from .requests import read_body as read_body
    from .responses import EventResponse as EventResponse
    from .responses import StreamResponse as StreamResponse
    from .responses import ag_ui_response as ag_ui_response
    from .responses import ndjson_response as ndjson_response
    from .responses import sse_response as sse_response
    from .responses import ui_stream_response as ui_stream_response
    from .resumable.contract import check_store as check_store
    from .resumable.errors import HubError as HubError
    from .resumable.errors import OffsetError as OffsetError
    from .resumable.errors import StoreError as StoreError
    from .resumable.errors import StreamExistsError as StreamExistsError
    from .resumable.errors import StreamFailedError as StreamFailedError
    from .resumable.errors import StreamLostError as StreamLostError
    from .resumable.errors import StreamNotFoundError as StreamNotFoundError
    from .resumable.errors import StreamStoppedError as StreamStoppedError
    from .resumable.hub import StreamHub as StreamHub
    from .resumable.memory_store import MemoryStore as MemoryStore
    from .resumable.reader import StreamReader as StreamReader
    from .resumable.redis_store import RedisStore as RedisStore
    from .resumable.store import Store as Store
    from .smoothing import smooth as smooth
    from .sse import SSEEncoder as SSEEncoder
    from .ui_history import to_ui_messages as to_ui_messages
    from .ui_requests import UIRequest as UIRequest
    from .ui_requests import from_ui_messages as from_ui_messages
    from .ui_requests import read_ui_request as read_ui_request
    from .ui_stream import UIStreamEncoder as UIStreamEncoder

_MODULES = {
    "AGUIEncoder": "ag_ui",
    "AGUIRequest": "ag_ui_requests",
    "Approval": "approvals",
    "Encoder": "encoders",
    "EventResponse": "responses",
    "HubError": "resumable.errors",
    "InvalidRequestError": "requests",
    "MemoryStore": "resumable.memory_store",
    "NDJSONEncoder": "ndjson",
    "OffsetError": "resumable.errors",
    "RedisStore": "resumable.redis_store",
    "SSEEncoder": "sse",
    "Store": "resumable.store",
    "StoreError": "resumable.errors",
    "StreamExistsError": "resumable.errors",
    "StreamFailedError": "resumable.errors",
    "StreamHub": "resumable.hub",
    "StreamLostError": "resumable.errors",
    "StreamNotFoundError": "resumable.errors",
    "StreamReader": "resumable.reader",
    "StreamResponse": "responses",
    "StreamStoppedError": "resumable.errors",
    "UIRequest": "ui_requests",
    "UIStreamEncoder": "ui_stream",
    "ag_ui_response": "responses",
    "check_store": "resumable.contract",
    "chunk_event": "events",
    "encode": "encoders",
    "error_event": "events",
    "from_ui_messages": "ui_requests",
    "ndjson_response": "responses",
    "read_ag_ui_request": "ag_ui_requests",
    "read_body": "requests",
    "read_ui_request": "ui_requests",
    "sentences": "pacing",
    "smooth": "smoothing",
    "sse_response": "responses",
    "to_ag_ui_messages": "ag_ui_history",
    "to_ui_messages": "ui_history",
    "ui_stream_response": "responses",
    "words": "pacing",
}
"""Where each name is. They are loaded when they are asked for: who takes one protocol loads one."""

__all__ = [
    "AGUIEncoder",
    "AGUIRequest",
    "Approval",
    "Encoder",
    "EventResponse",
    "HubError",
    "InvalidRequestError",
    "MemoryStore",
    "NDJSONEncoder",
    "OffsetError",
    "RedisStore",
    "SSEEncoder",
    "Store",
    "StoreError",
    "StreamExistsError",
    "StreamFailedError",
    "StreamHub",
    "StreamLostError",
    "StreamNotFoundError",
    "StreamReader",
    "StreamResponse",
    "StreamStoppedError",
    "UIRequest",
    "UIStreamEncoder",
    "ag_ui_response",
    "check_store",
    "chunk_event",
    "encode",
    "error_event",
    "from_ui_messages",
    "ndjson_response",
    "read_ag_ui_request",
    "read_body",
    "read_ui_request",
    "sentences",
    "smooth",
    "sse_response",
    "to_ag_ui_messages",
    "to_ui_messages",
    "ui_stream_response",
    "words",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
