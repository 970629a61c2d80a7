"""The same client with other defaults."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest

from chimeric import Chimeric, ChimericError, ConfigurationError, Endpoint, ServerError

from .servers import answering, failing, keys_of


def test_other_defaults_on_the_same_connections() -> None:
    with answering() as server:
        client = Chimeric(base_url=server.url, api_key="sk-1", default_headers={"x-a": "1"})
        other = client.with_options(api_key="sk-2", default_headers={"x-b": "2"}, timeout=20)
        with client:
            client.generate("compatible:m", "Hi")
            other.generate("compatible:m", "Hi")
            client.generate("compatible:m", "Hi")
    first, second, third = server.requests
    assert [keys_of(seen) for seen in server.requests] == [
        ["Bearer sk-1"],
        ["Bearer sk-2"],
        ["Bearer sk-1"],
    ]
    assert (second.headers["x-a"], second.headers["x-b"]) == ("1", "2")
    assert "x-b" not in first.headers
    assert "x-b" not in third.headers
    assert server.connections == 1


def test_retries_strictness_and_endpoints_can_be_other() -> None:
    with failing() as server, answering() as eu:
        with Chimeric(base_url=server.url, max_retries=3) as client:
            other = client.with_options(
                max_retries=0, endpoints={"eu": Endpoint("compatible", base_url=eu.url)}
            )
            with pytest.raises(ServerError):
                other.generate("compatible:m", "Hi")
            other.generate("eu:m", "Hi")
            with pytest.raises(ChimericError):
                client.generate("eu:m", "Hi")
    assert len(server.requests) == 1


def test_tools_are_those_of_both() -> None:
    with Chimeric() as client:
        other = client.with_options(timeout=3)

        @other.tool()
        def clock() -> str:
            """Tell the time."""
            return "12:00"

        assert [tool.name for tool in client.tools] == ["clock"]


def test_closing_it_leaves_the_client_open() -> None:
    with answering() as server, Chimeric(base_url=server.url) as client:
        other = client.with_options(timeout=20)
        other.close()
        with pytest.raises(ConfigurationError, match="closed"):
            other.generate("compatible:m", "Hi")
        assert client.generate("compatible:m", "Hi").content == "Hello"


def test_closing_the_client_closes_it_and_ends_its_streams() -> None:
    def slow(seen: SeenRequest) -> Any:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        yield b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
        yield Pause(30)

    with LoopbackServer(slow) as server:
        client = Chimeric(base_url=server.url, max_retries=0)
        other = client.with_options(timeout=20)
        stream = other.generate("compatible:m", "Hi", stream=True)
        next(stream)
        client.close()
        with pytest.raises(ChimericError):
            stream.collect()
        with pytest.raises(ConfigurationError, match="closed"):
            other.generate("compatible:m", "Hi")
        with pytest.raises(ConfigurationError, match="closed"):
            client.with_options(timeout=1)


@pytest.mark.parametrize("name", ["transport", "plugins", "http_client", "tiemout"])
def test_what_it_cannot_change_is_a_type_error(name: str) -> None:
    with Chimeric() as client, pytest.raises(TypeError, match=name):
        client.with_options(**{name: None})
