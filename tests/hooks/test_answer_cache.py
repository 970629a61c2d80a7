"""A cache of answers: the second question is not asked, in whatever way the first one was."""

from __future__ import annotations

from pathlib import Path

import pytest

from .acme import Service
from .modes import MODES, WAYS, Way
from .third_party.answer_cache import AnswerCache

STORY = "Once upon a time. The end."


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_second_question_is_answered_out_of_the_file(
    service: Service, way: Way, tmp_path: Path
) -> None:
    client = service.client(AnswerCache(tmp_path / "answers.db"))
    first, second, other = way.ask(client, "A story", "A story", "Another")
    assert [first.content, second.content, other.content] == [STORY] * 3
    assert second.finish_reason == "stop"
    assert second.usage.total_tokens == first.usage.total_tokens == 9
    assert len(service.chats) == 2


@pytest.mark.parametrize("mode", MODES)
def test_what_was_streamed_is_an_answer_to_who_wants_it_whole(
    service: Service, mode: str, tmp_path: Path
) -> None:
    plugin = AnswerCache(tmp_path / "answers.db")
    (streamed,) = Way(mode, stream=True).ask(service.client(plugin), "A story")
    (whole,) = Way(mode, stream=False).ask(service.client(plugin), "A story")
    (again,) = Way(mode, stream=True).ask(service.client(plugin), "A story")
    assert streamed.content == whole.content == again.content == STORY
    assert len(service.chats) == 1


def test_a_stream_out_of_the_file_has_the_chunks_that_it_had(
    service: Service, tmp_path: Path
) -> None:
    with service.client(AnswerCache(tmp_path / "answers.db")) as client:
        seen = [
            [chunk.delta for chunk in client.generate("acme-story", "A story", stream=True)]
            for _ in range(2)
        ]
    assert seen[0] == seen[1]
    assert len(service.chats) == 1


def test_an_answer_out_of_the_file_needs_no_key(service: Service, tmp_path: Path) -> None:
    plugin = AnswerCache(tmp_path / "answers.db")
    with service.client(plugin) as client:
        client.generate("acme-story", "A story")
    with service.client(plugin, key=None) as client:
        assert client.generate("acme-story", "A story").content == STORY


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_turn_of_a_tool_loop_is_kept(service: Service, way: Way, tmp_path: Path) -> None:
    told: list[str] = []

    def clock() -> str:
        """Tell the time."""
        told.append("noon")
        return "noon"

    client = service.client(AnswerCache(tmp_path / "answers.db"))
    ask = {"model": "acme-tools", "tools": [clock]}
    first, second = way.ask(client, "What time is it?", "What time is it?", **ask)
    assert first.content == second.content == STORY
    assert told == ["noon", "noon"]  # the tool runs again; the model is not asked
    assert len(service.chats) == 2
