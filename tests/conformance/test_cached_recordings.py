"""A recorded answer out of chimeric-cache is the one that came, with all that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_cache import Cache

from chimeric import Chimeric, ChimericError, CompletionResponse

from .corpus import CORPUS, check
from .test_corpus import CASES, Replay, arguments, summary

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

EACH = 8
"""Recordings of each provider and API, spread over all that there are."""


def picked() -> list[Any]:
    kinds: dict[tuple[str, str], list[Any]] = {}
    for case in CASES:
        if case["expected"]["error"] is None:
            kinds.setdefault((case["provider"], case["api"]), []).append(case)
    return [case for told in kinds.values() for case in told[:: max(1, len(told) // EACH)]]


@pytest.fixture
def replay() -> Iterator[Replay]:
    replay = Replay()
    yield replay
    replay.server.close()


def shown(response: CompletionResponse) -> Any:
    """All that a caller sees, but what is the provider's own word for tokens and its state."""
    parts = msgspec.to_builtins([_told(part) for part in response.parts], enc_hook=repr)
    return summary(response) | {"parts": parts, "finish": response.finish_reason}


def _told(part: Any) -> Any:
    return {name: getattr(part, name) for name in part.__struct_fields__ if name != "native"}


def test_recordings_come_out_of_the_store_as_they_came_in(replay: Replay, tmp_path: Path) -> None:
    names = [n for n in Chimeric().available_providers if n != "sim"]
    hits = 0
    with Chimeric(
        api_keys=dict.fromkeys(names, "sk-loopback-0123456789"),
        base_urls=dict.fromkeys(names, f"{replay.server.url}/v1"),
        max_retries=0,
        plugins=[
            Cache(tmp_path / "answers.db", scope="case", keep=("stop", "tool_calls", "length"))
        ],
    ) as client:
        for number, case in enumerate(picked()):
            replay.case, replay.pieces = case, check.chunks(case, "random")
            ask = {**arguments(case), "user_context": {"case": number}}
            told: list[CompletionResponse] = []
            try:
                for _ in range(2):
                    result: Any = client.generate(**ask)
                    told.append(result.collect() if ask["stream"] else result)
            except ChimericError:
                continue  # an answer that is an error is none to keep
            first, second = told
            if not second.metadata["answer_cache"]["hit"]:
                assert not first.content or first.finish_reason not in ("stop", "tool_calls")
                continue
            assert shown(second) == shown(first), case["name"]
            hits += 1
    assert hits > 100
