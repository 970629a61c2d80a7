"""All middleware at once, over recordings of the real services: what was said is what comes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from chimeric import Chimeric, CompletionResponse, PluginWarning, TranslationWarning
from tests.conformance.corpus import CORPUS, EXCEPTIONS, check, route
from tests.conformance.replay import Replay
from tests.conformance.test_corpus import CASES, arguments, judge, summary
from tests.hooks.modes import MODES, Way

from .middleware import KEY, SHOWING, World, told

SAID = "nothing that a recording says"


def fits(case: dict[str, Any]) -> bool:
    """Whether it is an answer that ended well, with text or calls."""
    expected = case["expected"]
    well = expected["error"] is None and not case.get("ambiguous")
    return well and case["stream"] and case["name"] not in EXCEPTIONS


def picked() -> list[dict[str, Any]]:
    """Of each protocol the first recorded stream with text alone and the first with calls."""
    found: dict[tuple[str, bool], dict[str, Any]] = {}
    for case in filter(fits, CASES):
        expected = case["expected"]
        if expected["text"] or expected["tool_calls"]:
            found.setdefault((case["api"], bool(expected["tool_calls"])), case)
    return list(found.values())


PICKED = picked()


@pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")
def test_there_are_ten_recordings_of_several_protocols() -> None:
    assert len(PICKED) >= 10
    assert len({case["api"] for case in PICKED}) >= 5


@pytest.fixture
def replay() -> Iterator[Replay]:
    with Replay() as replay:
        yield replay


def client(world: World, case: dict[str, Any], replay: Replay, *names: str) -> Chimeric:
    provider, _ = route(case)
    return world.client({provider: f"{replay.server.url}/v1"}, *names)


def ask_twice(
    world: World, replay: Replay, case: dict[str, Any], mode: str, *names: str
) -> list[CompletionResponse]:
    replay.case, replay.pieces = case, check.chunks(case, "random")
    ask = {**arguments(case), "api": route(case)[1].get("api")}
    ask = {name: value for name, value in ask.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        warnings.simplefilter("ignore", PluginWarning)  # that a guard keeps no reasoning
        return Way(mode, True).ask_all(client(world, case, replay, *names), [ask, ask])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", PICKED, ids=[case["name"] for case in PICKED])
def test_a_recorded_answer_passes_all_middleware_unharmed_and_so_does_the_hit(
    tmp_path: Any, replay: Replay, case: dict[str, Any], mode: str
) -> None:
    world = World(tmp_path, secret=SAID)
    first, second = ask_twice(world, replay, case, mode, *SHOWING)
    assert judge(case, summary(first), first) == []
    unpaid = {**case, "expected": {**case["expected"], "usage_native": None}}
    assert judge(unpaid, summary(second), second) == []
    assert first.parts == second.parts
    assert first.finish_reason == second.finish_reason

    assert told(second)["hit"] is True
    assert told(second).get("saved_native") == first.metadata.get("usage_native")
    assert "redactions" not in first.metadata
    assert world.books.granted == len(world.kept) == 1
    assert world.calls == 2
    text = first.content
    assert not text or text not in world.traced
    assert all(KEY not in told for told in (*world.recorded, *world.kept, world.traced))
    if "cost" in first.metadata:
        assert second.metadata["cost"]["saved"] == first.metadata["cost"]["total"]
    assert second.metadata["cost"]["total"] == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", PICKED, ids=[case["name"] for case in PICKED])
def test_behind_a_guard_it_is_the_same_but_for_what_only_the_provider_said(
    tmp_path: Any, replay: Replay, case: dict[str, Any], mode: str
) -> None:
    world = World(tmp_path, secret=SAID)
    first, second = ask_twice(world, replay, case, mode)
    told_by_it = dict.fromkeys(("usage_native", "finish_reason_native"))
    expected = {"expected": {**case["expected"], **told_by_it}}
    for response in (first, second):
        assert judge({**case, **expected}, summary(response), response) == []
    assert first.parts == second.parts
    assert told(second)["hit"] is True
    assert world.books.granted == len(world.kept) == 1
    assert "cost" in second.metadata
    for kind, said in (("text", first.content), ("reasoning", first.reasoning or "")):
        assert world.checked.get(kind, "") == said * 2
    assert all(call.arguments in world.checked["tool_call"] for call in first.tool_calls)
