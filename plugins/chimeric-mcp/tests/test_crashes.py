"""What becomes of a call, and of the next one, when a server crashes or does not end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from chimeric_mcp import MCPServer, MCPServerError

from chimeric import Chimeric

from .conftest import MODES, ask, http_library, library, odd, outputs, programs

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]


@pytest.mark.parametrize("mode", MODES)
def test_a_crash_in_mid_call_is_the_result_of_that_call(mode: str, client: Client) -> None:
    dying, other = odd("dying", name="dying"), odd("plain", name="other")
    texts = ["use only dying__say in Oslo", "use only other__say in Oslo"]
    first, second = ask(mode, client(), *texts, tools=[dying, other])
    assert first.tool_results[0].is_error
    assert "ended in mid-call" in first.tool_results[0].output
    assert first.finish_reason == "stop"
    assert outputs(second) == ['say: {"word": "Oslo"}']


def test_the_next_call_after_a_crash_has_a_new_server(client: Client) -> None:
    server = library()
    texts = ["use only die", "use only add with 3 and 4"]
    first, second = ask("asyncio", client(), *texts, tools=[server])
    assert first.tool_results[0].is_error
    assert outputs(second) == ["7"]


def test_a_crash_of_a_server_over_http_is_a_result_and_a_new_one_is_found(
    client: Client,
) -> None:
    with http_library() as url, client() as asked:
        server = MCPServer(url)
        assert outputs(
            asked.generate("sim:tools", "use only add with 3 and 4", tools=[server])
        ) == (["7"])
        with pytest.warns(match="cannot be used"):
            response = asked.generate("sim:tools", "use only die", tools=[server])
        assert "ended in mid-call" in outputs(response)[0]


def test_a_server_that_does_not_want_to_end_is_killed(client: Client) -> None:
    server = odd("stubborn")
    with client() as asked:
        asked.generate("sim:tools", "use only say", tools=[server])
        assert len(programs()) == 1
    assert programs() == []


def test_what_was_closed_meanwhile_is_an_error_of_the_server(client: Client) -> None:
    server = odd("silent", connect_timeout=60)
    timer = threading.Timer(2.0, server.close)
    timer.start()
    with pytest.raises(MCPServerError, match="closed"):
        server.tools()
    timer.join()
