"""The MCP of providers themselves stays what it is: a tool that they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chimeric import Chimeric

from .conftest import odd

CONNECTORS: dict[str, dict[str, Any]] = {
    "openai": {
        "tools": [
            {
                "type": "mcp",
                "server_label": "library",
                "server_url": "https://library.example/mcp",
                "require_approval": "never",
            }
        ]
    },
    "anthropic": {
        "tools": [{"type": "mcp_toolset", "mcp_server_name": "library"}],
        "mcp_servers": [{"type": "url", "name": "library", "url": "https://library.example/mcp"}],
        "extra_headers": {"anthropic-beta": "mcp-client-2025-11-20"},
    },
}


@pytest.mark.parametrize("provider", CONNECTORS)
def test_a_connector_of_a_provider_stands_beside_a_server_of_ours(
    provider: str, client: Callable[..., Chimeric], simulator: Any
) -> None:
    params = dict(CONNECTORS[provider])
    tools = params.pop("tools")
    with client() as asked:
        response = asked.generate(
            f"{provider}:mcp", "look it up", tools=[*tools, odd("plain")], **params
        )
    body = simulator.requests[-1].body
    assert tools[0] in body["tools"]
    assert [tool["name"] for tool in body["tools"] if "name" in tool] == ["say", "other"]
    ran = [part for part in response.parts if type(part).__name__ == "ServerToolChunk"]
    assert {part.kind for part in ran} == {"mcp"}
    assert ran[-1].status == "completed"
