"""Where the modules of before 0.5 are now."""

from __future__ import annotations

from typing import Final

__all__ = ["MOVED"]

ROOMS: Final = {
    "client": "engine generation listing params settings streams",
    "exchange": "attempt body call effects retry tool_loop wire",
    "plugins": "discovery hooks hookspecs provider provider_plugin routing services",
    "schema": "docstrings json_schema json_tree json_values partial_json",
    "stream": "answer content_encoding framing pipeline tool_stream",
    "transport": "event_loop sockets tool_tasks tool_threads transports watchdog",
    "values": (
        "chunks context deltas limits messages requests responses secrets text_log tools usage"
    ),
}
"""Modules that have kept their names, by the room that they stand in."""

RENAMED: Final = {
    "chain": "plugins.middleware_chain",
    "drive_async": "transport.async_driver",
    "drive_httpx": "transport.httpx_transport",
    "drive_sync": "transport.sync_driver",
    "markers": "plugins.api",
    "narrowing": "schema.type_guards",
    "schemas": "schema.function_schema",
    "structured": "exchange.structured_output",
    "timeouts": "values.limits",
    "toolcalls": "exchange.tool_run",
}

MOVED: Final = {
    **{name: f"{room}.{name}" for room, names in ROOMS.items() for name in names.split()},
    **RENAMED,
}
"""Old module of ``chimeric`` to new one."""
