"""Spending is counted in dollars of the price list."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_limit import Limit

from chimeric import Chimeric, PluginError, PluginWarning, RefusedError

from .conftest import Server, said


def asked(server: Server, limit: Limit, model: str, count: int) -> list[Any]:
    urls = {"openai": f"{server.loopback.url}/v1"}
    keys = {"openai": "sk-loopback-0123456789"}
    told: list[Any] = []
    with Chimeric(base_urls=urls, api_keys=keys, plugins=[limit], max_retries=0) as client:
        for _ in range(count):
            try:
                stream: Any = client.generate(
                    f"openai:{model}", "Hi", stream=True, api="chat_completions"
                )
                told.append(stream.collect().content)
            except (RefusedError, PluginError) as error:
                told.append(error)
    return told


def test_dollars_run_out_by_what_was_really_used(server: Server) -> None:
    # gpt-4o: 2.50 dollars a million tokens in, 10 out; 4 in and 9,996 out are 0.09997 dollars.
    server.answer = lambda body: said("Once", tokens=10_000)
    one, two, three = asked(server, Limit(spending=0.15, wait=0), "gpt-4o", 3)
    assert (one, two) == ("Once", "Once")
    assert isinstance(three, RefusedError)
    assert "the limit of 0.15 dollars in 86400 s" in str(three)
    assert server.asked == 2


def test_an_estimate_alone_does_not_count_for_long(server: Server) -> None:
    server.answer = lambda body: said("Once", tokens=10)
    assert asked(server, Limit(spending=0.006, wait=0), "gpt-4o", 8) == ["Once"] * 8


def test_a_price_that_is_not_known_passes_or_fails_as_was_chosen(server: Server) -> None:
    with pytest.warns(PluginWarning, match="the price of no-such-model is not known"):
        assert asked(server, Limit(spending=1), "no-such-model", 1) == ["Once upon"]
    (error,) = asked(server, Limit(spending=1, on_error="fail"), "no-such-model", 1)
    assert isinstance(error, PluginError)
    assert server.asked == 1
