"""Sums of what was spent, over real loopback HTTP: by model, provider, endpoint and tags."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from chimeric_cache import Cache
from chimeric_cost import Cost, Costs, Sum
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, Endpoint

PRICE = 1000 * 2.5e-6 + 100 * 10e-6
USAGE = b'"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100%b}'


def answer(request: SeenRequest) -> Iterator[Any]:
    """Answers; ``cut`` breaks off, ``busy`` refuses, ``routed`` tells its own cost."""
    body = request.json()
    prompt, model = body["messages"][-1]["content"], body["model"].encode()
    if prompt == "busy":
        yield b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}"
        return
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    finish = b"null" if prompt == "cut" else b'"stop"'
    for text, end in ((b"Once", b"null"), (b" upon", finish)):
        yield b'data: {"model":"%b","choices":[{"index":0,"delta":{"content":"%b"}' % (model, text)
        yield b',"finish_reason":%b}]}\n\n' % end
    if prompt != "cut":
        own = b',"cost":0.0123' if prompt == "routed" else b""
        yield b'data: {"choices":[],%b}\n\ndata: [DONE]\n\n' % (USAGE % own)
    yield Close()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any, **settings: Any) -> Chimeric:
    url = f"{server.url}/v1"
    return Chimeric(
        openai_base_url=url,
        openai_api_key="sk-test-0123456789",
        openrouter_base_url=url,
        openrouter_api_key="sk-or-0123456789",
        base_url=url,
        api="chat_completions",
        endpoints={"eu": Endpoint("openai", base_url=url, api_key="sk-eu-0123456789")},
        plugins=plugins,
        **{"max_retries": 0, **settings},
    )


def ask(client: Chimeric, model: str = "openai:gpt-4o", prompt: str = "Hi", **more: Any) -> Any:
    return client.generate(model, prompt, stream=True, **more).collect()


def test_sums_are_kept_by_model_provider_endpoint_and_tag(server: LoopbackServer) -> None:
    costs = Costs(tags=["tenant"])
    with client(server, costs) as chimeric:
        for tenant in ("a", "a", "b"):
            ask(chimeric, user_context={"tenant": tenant})
        ask(chimeric, "openai:gpt-4o-mini", user_context={"tenant": "b"})
        ask(chimeric, "eu:gpt-4o")
    small = 1000 * 0.15e-6 + 100 * 0.6e-6
    spent = {tenant: s.spent for tenant, s in costs.by("tenant").items()}
    assert spent == pytest.approx({"a": 2 * PRICE, "b": PRICE + small, "": PRICE})
    models = {name: (s.turns, s.spent) for name, s in costs.by("model").items()}
    assert models["gpt-4o"] == (4, pytest.approx(4 * PRICE))
    assert models["gpt-4o-mini"] == (1, pytest.approx(small))
    assert {key: s.turns for key, s in costs.by("provider", "endpoint").items()} == {
        ("openai", ""): 4,
        ("openai", "eu"): 1,
    }
    total = costs.total
    assert (total.turns, total.unknown, total.hits, total.saved) == (5, 0, 0, None)
    assert total.spent == pytest.approx(4 * PRICE + small)
    assert (total.prompt_tokens, total.completion_tokens) == (5000, 500)
    assert costs.names == ("provider", "endpoint", "model", "tenant")


def test_tags_are_functions_attributes_or_missing(server: LoopbackServer) -> None:
    class User:
        team = "red"

    costs = Costs({"team": "team", "long": lambda context: len(context.request.messages) > 1})
    with client(server, costs) as chimeric:
        ask(chimeric, user_context=User())
        ask(chimeric, user_context=7)
    assert set(costs.by("team", "long")) == {("red", "False"), ("", "False")}


def test_a_price_that_is_not_known_is_no_zero(server: LoopbackServer) -> None:
    costs = Costs()
    with client(server, costs) as chimeric:
        ask(chimeric, "compatible:local")
        assert costs.total == Sum(turns=1, unknown=1, prompt_tokens=1000, completion_tokens=100)
        assert costs.total.spent is None
        ask(chimeric)
    assert costs.total.spent == pytest.approx(PRICE)
    assert costs.total.unknown == 1


def test_what_the_provider_says_that_it_charged_is_what_was_spent(server: LoopbackServer) -> None:
    costs = Costs()
    with client(server, costs) as chimeric:
        ask(chimeric, "openrouter:openai/gpt-4o", "routed")
    assert costs.by("provider")["openrouter"].spent == 0.0123


@pytest.mark.parametrize("model", ["openai:gpt-4o", "gpt-4o"])
def test_an_answer_out_of_a_cache_is_saved_and_not_spent(
    server: LoopbackServer, tmp_path: Path, model: str
) -> None:
    costs = Costs(tags=["tenant"])
    with client(server, costs, Cache(tmp_path / "answers.db")) as chimeric:
        first, second = (ask(chimeric, model, user_context={"tenant": "a"}) for _ in range(2))
    assert first.metadata["cost"]["total"] == pytest.approx(PRICE)
    assert second.metadata["cost"]["total"] == second.metadata["cost"]["call"] == 0
    assert second.metadata["cost"]["saved"] == pytest.approx(PRICE)
    total = costs.by("tenant")["a"]
    assert (total.turns, total.hits, total.unknown) == (2, 1, 0)
    assert (total.spent, total.saved) == (pytest.approx(PRICE), pytest.approx(PRICE))
    assert (total.prompt_tokens, total.completion_tokens) == (1000, 100)


def test_a_hit_of_a_model_without_a_price_saves_nobody_knows_what(
    server: LoopbackServer, tmp_path: Path
) -> None:
    costs = Costs()
    with client(server, costs, Cache(tmp_path / "answers.db")) as chimeric:
        for _ in range(2):
            ask(chimeric, "compatible:local")
    assert (costs.total.spent, costs.total.saved) == (0, None)
    assert (costs.total.hits, costs.total.unknown) == (1, 1)


def test_what_broke_off_may_have_cost_something(server: LoopbackServer) -> None:
    costs = Costs()
    with client(server, costs) as chimeric:
        with pytest.raises(ChimericError):
            ask(chimeric, prompt="cut")
        assert (costs.total.turns, costs.total.unknown) == (1, 1)
        stream = chimeric.generate("openai:gpt-4o", "Hi", stream=True)
        next(stream)
        stream.close()
        assert (costs.total.turns, costs.total.unknown) == (2, 2)
        with pytest.raises(ChimericError):
            ask(chimeric, prompt="busy")  # no answer began: that is free
        assert costs.total.turns == 2
        chimeric.generate("openai:gpt-4o", "Hi", stream=True).collect()
    assert (costs.total.turns, costs.total.unknown) == (3, 2)


def test_two_of_them_and_a_meter_count_each_turn_once(server: LoopbackServer) -> None:
    one, other = Costs(), Costs(tags=["tenant"])
    with client(server, Cost(), one, other) as chimeric:
        ask(chimeric)
    assert one.total == other.total
    assert one.total.spent == pytest.approx(PRICE)


def test_threads_and_loops_and_clients_share_one(server: LoopbackServer) -> None:
    costs = Costs(tags=["tenant"])
    each = 5

    def sync(tenant: str) -> None:
        with client(server, costs) as chimeric:
            for _ in range(each):
                ask(chimeric, user_context={"tenant": tenant})

    async def one(chimeric: Chimeric, tenant: str) -> None:
        for _ in range(each):
            await chimeric.agenerate("openai:gpt-4o", "Hi", user_context={"tenant": tenant})

    async def with_asyncio() -> None:
        async with client(server, costs) as chimeric:
            await asyncio.gather(one(chimeric, "a"), one(chimeric, "b"))

    async def with_trio() -> None:
        async with client(server, costs) as chimeric, trio.open_nursery() as nursery:
            for tenant in "ab":
                nursery.start_soon(one, chimeric, tenant)

    works = [lambda: sync("a"), lambda: sync("b"), lambda: asyncio.run(with_asyncio())]
    threads = [threading.Thread(target=work) for work in [*works, lambda: trio.run(with_trio)]]
    taken: list[Any] = []
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        threads[0].join(0.02)
        taken.append(costs.take())  # whoever exports them while they grow
    taken.append(costs.take())
    found = sum((s for rows in taken for s in rows.values()), Sum())
    assert (found.turns, found.unknown) == (6 * each, 0)
    assert found.spent == pytest.approx(6 * each * PRICE)
    tenants = {row[-1] for rows in taken for row in rows}
    assert tenants == {"a", "b"}
    assert costs.total == Sum()


@pytest.mark.parametrize(
    ("tags", "error"), [("tenant", TypeError), (["model"], ValueError)], ids=["string", "taken"]
)
def test_tags_that_cannot_be_are_told_at_once(tags: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Costs(tags)


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(KeyError, match="provider, endpoint, model, tenant"):
        Costs(["tenant"]).by("team")
