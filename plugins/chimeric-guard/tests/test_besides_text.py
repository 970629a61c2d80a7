"""What an answer has besides text and calls: citations, the provider's tools, log-probabilities."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_guard import Guard, Passage, Replace, StopSequences, ThinkTags
from chimeric_testing import Reply, play, prepare

from chimeric import (
    Chimeric,
    Citation,
    Delta,
    ServerToolChunk,
    TokenLogprob,
    ToolCallDelta,
    hookimpl,
)

from .conftest import MODES, Heard, everything, hear

FORBIDDEN = "swordfish"


class Answers:
    """Answers with these deltas, as a provider would."""

    def __init__(self, *deltas: Delta | str) -> None:
        self.deltas = deltas

    @hookimpl
    def chimeric_answer(self) -> tuple[Delta | str, ...]:
        return self.deltas


def approves(text: str) -> bool:
    return FORBIDDEN not in text


def heard_of(mode: str, *plugins: Any) -> Heard:
    return hear(mode, Chimeric(plugins=plugins), model="sim:echo")


def searched(query: str, found: str) -> list[Delta]:
    tool = ServerToolChunk(id="s1", kind="web_search", name="search")
    called = {"queries": [query]}
    return [
        Delta(server_tools=(tool,)),
        Delta(server_tools=(ServerToolChunk(id="s1", kind="web_search", input_delta=query),)),
        Delta(
            server_tools=(
                ServerToolChunk(
                    id="s1",
                    kind="web_search",
                    name="search",
                    status="completed",
                    input=called,
                    output=[{"text": found}],
                ),
            )
        ),
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("query", "found"), [(FORBIDDEN, "nothing"), ("fish", FORBIDDEN)])
def test_tools_of_the_provider_are_judged_when_they_are_done(
    mode: str, query: str, found: str
) -> None:
    answer = Answers("Let me see. ", *searched(query, found), "Done.")
    heard = heard_of(mode, answer, Guard(approves, tool_calls=True))
    assert heard.response is not None
    assert heard.response.metadata["guard"]["kind"] == "server_tool"
    assert heard.text == "Let me see. "
    assert FORBIDDEN not in everything(heard)
    statuses = [tool.status for chunk in heard.chunks for tool in chunk.server_tools]
    assert statuses[0] == "started"


def test_tools_that_are_approved_are_shown_with_all_they_had() -> None:
    answer = Answers(*searched("fish", "a fish"), "Done.")
    heard = heard_of("sync", answer, Guard(approves, tool_calls=True))
    assert heard.response is not None
    [tool] = [part for part in heard.response.parts if isinstance(part, ServerToolChunk)]
    assert (tool.input, tool.output) == ({"queries": ["fish"]}, [{"text": "a fish"}])


def cites(text: str) -> Delta:
    return Delta(citations=(Citation(url="https://example.com", title="Fish", text=text),))


@pytest.mark.parametrize("mode", MODES)
def test_what_is_quoted_is_judged_too(mode: str) -> None:
    answer = Answers("So it is. ", cites("a swordfish"), "Yes.")
    heard = heard_of(mode, answer, Guard(approves))
    assert heard.response is not None
    assert heard.response.metadata["guard"]["kind"] == "citation"
    assert heard.text == "So it is. "
    assert FORBIDDEN not in everything(heard)


def test_citations_that_are_approved_or_replaced_stay_with_their_text() -> None:
    def short(text: str, passage: Passage) -> Any:
        return Replace("[...]") if passage.kind == "citation" and "long" in text else True

    heard = heard_of("sync", Answers("So. ", cites("a fish"), cites("a long one")), Guard(short))
    told = [citation.text for chunk in heard.chunks for citation in chunk.citations]
    assert told == ["a fish", "[...]"]
    assert heard.response is not None
    [part] = heard.response.parts
    assert part.text == "So. "  # type: ignore[union-attr]


def test_a_citation_at_the_very_end_is_not_lost() -> None:
    heard = heard_of("sync", Answers("So it is", cites("a fish")), Guard(approves))
    assert [c.text for chunk in heard.chunks for c in chunk.citations] == ["a fish"]


@pytest.mark.parametrize("plugin", [Guard(approves), StopSequences(["END"]), ThinkTags()])
def test_log_probabilities_do_not_spell_what_is_held_or_cut(plugin: Any) -> None:
    tokens = (TokenLogprob("EN", -0.1, (TokenLogprob(FORBIDDEN, -2.0),)),)
    answer = Answers(Delta(text="<think>so EN", logprobs=tokens), Delta(text="D it is"))
    heard = heard_of("sync", answer, plugin)
    assert FORBIDDEN not in everything(heard)


def test_several_calls_that_come_in_turns_are_judged_each_for_itself() -> None:
    def call(index: int, arguments: str, name: str = "") -> Delta:
        told = ToolCallDelta(index=index, id=f"c{index}", name=name, arguments=arguments)
        return Delta(tool_calls=(told,))

    seen: list[str] = []

    def note(text: str) -> bool:
        seen.append(text)
        return True

    answer = Answers(
        *(call(0, '{"a":', "one"), call(1, '{"b":', "two"), call(0, " 1}"), call(1, " 2}"))
    )
    heard = heard_of("sync", answer, Guard(note, tool_calls=True))
    assert seen == ['{"a": 1}', '{"b": 2}']
    assert heard.response is not None
    told = [(call.name, call.arguments) for call in heard.response.tool_calls]
    assert told == [("one", '{"a": 1}'), ("two", '{"b": 2}')]


@pytest.mark.parametrize("escaped", [rb"one \ud83d", rb"\udc00 two.", rb"\ud83d\ude00."])
def test_half_characters_are_no_reason_to_stumble(escaped: bytes) -> None:
    """What JSON escapes may be half of a character; with a guard it is what it is without."""
    frame = b'data: {"choices": [{"index": 0, "delta": {"content": "%b"}}]}\n\n' % escaped
    end = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
    told: list[str] = []
    for plugins in ([], [Guard(approves), ThinkTags(), StopSequences(["END"])]):
        client = Chimeric(base_url="http://127.0.0.1:9/v1", plugins=plugins)
        call = prepare(client, "compatible:m", "Hi")
        played = play(call, [Reply((frame, end, b"data: [DONE]\n\n"))])
        assert played.response is not None
        told.append(f"{played.error} {played.response.content!r}")
    assert told[0] == told[1]
