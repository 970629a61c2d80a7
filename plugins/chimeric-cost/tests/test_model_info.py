"""What the price list adds to what a provider tells of a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import genai_prices
import pytest
from chimeric_cost import Cost
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric, ConfigurationError, NotFoundError, Prices


def listing(*entries: dict[str, Any]) -> LoopbackServer:
    """A service that has a list, and no request for one model."""

    def answer(seen: SeenRequest) -> Iterator[Any]:
        status = b"200 OK" if seen.path.partition("?")[0].endswith("/models") else b"404 Not Found"
        yield b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n\r\n"
        yield json.dumps({"data": entries}).encode()
        yield Close()

    return LoopbackServer(answer)


def client(provider: str, server: LoopbackServer, **options: Any) -> Chimeric:
    path = {"openrouter": "/api/v1"}.get(provider, "")
    return Chimeric(
        api_keys={provider: "k-12345678"}, base_urls={provider: server.url + path}, **options
    )


def test_prices_and_window_are_added_to_what_the_provider_tells() -> None:
    with listing({"id": "gpt-5.4", "created": 5}) as server, client("openai", server) as ours:
        info = ours.model_info("gpt-5.4")
    assert info.prices is not None
    assert (info.prices.input, info.prices.output, info.prices.cache_read) == (2.5, 15.0, 0.25)
    assert info.prices.currency == "USD"
    assert info.context_window == 1_050_000
    assert info.sources == {
        "created": "openai",
        **dict.fromkeys(("name", "context_window", "prices"), "cost"),
    }


def test_a_long_request_has_prices_of_its_own() -> None:
    with listing({"id": "gpt-5.4"}) as server, client("openai", server) as ours:
        prices = ours.model_info("gpt-5.4").prices
    assert prices is not None
    assert prices.above == {272_000: Prices(input=5.0, output=22.5, cache_read=0.5)}


def test_the_prices_are_those_that_an_answer_is_charged_by() -> None:
    with listing({"id": "gpt-4o-2024-08-06"}) as server, client("openai", server) as ours:
        prices = ours.model_info("gpt-4o-2024-08-06").prices
    assert prices is not None
    assert prices.input is not None
    usage = genai_prices.Usage(input_tokens=1_000_000)
    charged = genai_prices.calc_price(usage, "gpt-4o-2024-08-06", provider_id="openai")
    assert prices.input == float(charged.total_price)


def test_what_the_provider_tells_stays() -> None:
    told = {"id": "openai/gpt-4o", "context_length": 7, "name": "Ours"}
    pricing = {"prompt": "0.000009", "completion": "0.00001"}
    with listing({**told, "pricing": pricing}) as server, client("openrouter", server) as ours:
        info = ours.model_info("openrouter:openai/gpt-4o")
    assert (info.context_window, info.name) == (7, "Ours")
    assert info.prices == Prices(input=9.0, output=10.0)
    assert set(info.sources.values()) == {"openrouter"}


def test_a_provider_that_the_list_names_otherwise_is_found() -> None:
    with listing({"id": "gpt-4o"}) as server:
        ours = Chimeric(base_url=server.url, plugins=[Cost(providers={"compatible": "openai"})])
        with ours:
            info = ours.model_info("compatible:gpt-4o")
    assert info.prices is not None
    assert (info.prices.input, info.sources["prices"]) == (2.5, "Cost")


def test_without_a_key_the_list_is_what_is_known(monkeypatch: Any) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with Chimeric() as ours:
        assert ours.model_info("gpt-5.4").context_window == 1_050_000
        with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
            ours.model_info("gpt-5.4-with-wings")


@pytest.mark.parametrize("model", ["claude-sonnet-4-5x", "claude-3-opus-with-wings"])
def test_a_name_that_is_only_like_one_of_the_list_is_not_known(model: str) -> None:
    with listing({"id": "claude-haiku-4-5"}) as server, client("anthropic", server) as ours:
        with pytest.raises(NotFoundError, match="it has claude-haiku-4-5"):
            ours.model_info(f"anthropic:{model}")
        assert ours.model_info("anthropic:claude-sonnet-4-5-20250929").prices is not None
