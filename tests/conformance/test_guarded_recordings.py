"""A recorded answer behind a guard that approves everything says what it says without one."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from chimeric_guard import Guard, StopSequences, ThinkTags

from chimeric import ChimericError, CompletionResponse, PluginWarning

from .corpus import CORPUS, check, picked
from .replay import Replay
from .test_cached_recordings import WELL
from .test_corpus import arguments

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

GUARDS: tuple[list[Any], ...] = (
    [Guard(lambda text: True, reasoning=True, tool_calls=True, inline=True)],
    [Guard(lambda text: True, by="window", window=1, overlap=7, inline=True), StopSequences("\0")],
    [ThinkTags()],
)


def said(response: CompletionResponse) -> Any:
    calls = [(call.name, call.arguments) for call in response.tool_calls]
    kinds = [type(part).__name__ for part in response.parts]
    told = response.content, response.reasoning, response.refusal, calls, kinds
    return (*told, response.finish_reason, response.usage)


def test_what_is_approved_is_what_the_provider_said(replay: Replay) -> None:
    heard = 0
    with replay.client() as client:
        for number, case in enumerate(picked(WELL, 8)[::3]):
            replay.case, replay.pieces = case, check.chunks(case, "random")
            ask = arguments(case)
            told: list[CompletionResponse] = []
            plugins = GUARDS[number % len(GUARDS)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PluginWarning)  # of reasoning that is not echoed
                try:
                    for use in ([], plugins):
                        result: Any = client.generate(**ask, use=use)
                        told.append(result.collect() if ask["stream"] else result)
                except ChimericError:
                    assert not told, case["name"]  # it fails without a guard
                    continue
            assert said(told[1]) == said(told[0]), case["name"]
            heard += 1
    assert heard > 40
