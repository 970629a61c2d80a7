"""A recorded answer out of chimeric-cache is the one that came, with all that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_cache import Cache

from chimeric import ChimericError, CompletionResponse

from .corpus import CORPUS, check, picked
from .replay import Replay
from .test_corpus import CASES, arguments, summary

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

WELL = [case for case in CASES if case["expected"]["error"] is None]


def shown(response: CompletionResponse) -> Any:
    """All that a caller sees, but what is the provider's own word for tokens and its state."""
    parts = msgspec.to_builtins([_told(part) for part in response.parts], enc_hook=repr)
    return summary(response) | {"parts": parts, "finish": response.finish_reason}


def _told(part: Any) -> Any:
    return {name: getattr(part, name) for name in part.__struct_fields__ if name != "native"}


def test_recordings_come_out_of_the_store_as_they_came_in(replay: Replay, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "answers.db", scope="case", keep=("stop", "tool_calls", "length"))
    hits = 0
    with replay.client(plugins=[cache]) as client:
        for number, case in enumerate(picked(WELL, 8)):
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
