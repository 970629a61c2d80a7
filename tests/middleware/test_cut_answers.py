"""Middleware and answers that were cut and gone on with: it sees one answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_cache import Cache
from chimeric_cost import Cost
from chimeric_fallback import Fallback
from chimeric_limit import Limit
from chimeric_redact import Redact
from chimeric_sim import Simulator

from chimeric import Chimeric

ASKED = "Please write to anna.lindqvist@example.com or to bo@example.org before Friday, in any case"
WAYS: Any = {"anthropic": "plain"}


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def client(sim: Simulator, *plugins: Any) -> Chimeric:
    settings: dict[str, Any] = {f"{name}_api_key": "k" for name in ("openai", "anthropic")}
    settings |= {f"{n}_base_url": sim.base_url(n) for n in ("openai", "anthropic")}
    return Chimeric(plugins=[Fallback(prefill=1, ways=WAYS), *plugins], **settings)


@pytest.mark.parametrize(
    ("model", "more"), [("openai:echo", {"background": True}), ("anthropic:echo", {})]
)
def test_an_address_on_both_sides_of_a_cut_is_found(
    server: Simulator, model: str, more: dict[str, Any]
) -> None:
    with client(server, Redact(window=30)) as chimeric:
        whole = chimeric.generate(model, ASKED, stream=True, **more).collect()
        assert "@" not in whole.content
        for pieces in range(16, 26):
            cut = {"sim": {"cut_after": pieces}}
            stream = chimeric.generate(model, ASKED, stream=True, **more, extra_body=cut)
            given = "".join(chunk.delta or "" for chunk in stream)
            assert given == stream.response.content == whole.content


def test_the_cache_keeps_whole_streams_and_no_parts(server: Simulator, tmp_path: Path) -> None:
    for model, more, kept in (
        ("openai:echo", {"background": True}, True),
        ("anthropic:echo", {}, False),
    ):
        asked: Any = {"stream": True, **more, "extra_body": {"sim": {"cut_after": 12}}}
        with client(server, Cache(tmp_path / f"{model[:4]}.db")) as chimeric:
            first = chimeric.generate(model, ASKED, **asked).collect()
            again = chimeric.generate(model, ASKED, **asked).collect()
            assert first.content == again.content == ASKED
            assert again.metadata["answer_cache"]["hit"] is kept


def test_all_together_see_one_answer(server: Simulator) -> None:
    plugins = (Redact(), Cost(), Limit(requests=50, per=["model"]))
    with client(server, *plugins) as chimeric:
        asked: Any = {"stream": True, "background": True}
        whole = chimeric.generate("openai:echo", ASKED, **asked).collect()
        cut = {"sim": {"cut_after": 11}}
        answer = chimeric.generate("openai:echo", ASKED, **asked, extra_body=cut).collect()
    assert answer.content == whole.content
    assert answer.usage == whole.usage
