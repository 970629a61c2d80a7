"""The tool loop through every protocol, sync and async, streamed and not."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric, StreamChunk, ToolCallChunk, ToolLoopLimitError, Usage

from .speakers import QUESTION, SPEAKERS, TOOLS, WAYS, Speaker, Way, add, ask, broken, fetch

pytestmark = [
    pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda s: s.key),
    pytest.mark.parametrize("way", WAYS),
    pytest.mark.filterwarnings("error"),
]


def test_two_parallel_calls_and_an_answer_that_uses_both(
    client: Chimeric, speaker: Speaker, way: Way
) -> None:
    answered = ask(client, speaker, way, QUESTION, tools=TOOLS)
    response = answered.response
    assert "sunny in Rome" in response.content
    assert "5" in response.content
    assert [(r.name, r.output, r.is_error) for r in response.tool_results] == [
        ("weather", "sunny in Rome", False),
        ("add", "5", False),
    ]
    assert [(c.name, c.parsed()) for c in response.tool_calls] == [
        ("weather", {"city": "Rome"}),
        ("add", {"x": 2, "y": 3}),
    ]
    assert len({c.id for c in response.tool_calls}) == 2
    assert [r.call_id for r in response.tool_results] == [c.id for c in response.tool_calls]
    assert response.finish_reason == "stop"
    roles = [message.role for message in response.messages]
    assert roles == ["user", "assistant", "tool", "tool", "assistant"]
    turns = response.metadata["turns"]
    assert len(turns) == 2
    assert response.usage == turns[0]["usage"] + turns[1]["usage"]
    assert response.usage == response.metadata["usage"]
    assert response.usage.source == "reported"
    if way.endswith("stream"):
        judge_chunks(answered.chunks, response.content, [turn["usage"] for turn in turns])


def judge_chunks(chunks: list[StreamChunk], content: str, usages: list[Usage]) -> None:
    """A stream over two turns: ends, results, statuses and counts at their places."""
    assert "".join(c.delta or "" for c in chunks) == chunks[-1].content == content
    ends = [(c.turn, c.finish_reason) for c in chunks if c.finish_reason]
    assert ends == [(0, "tool_calls"), (1, "stop")]
    assert [c.turn for c in chunks] == sorted(c.turn for c in chunks)
    results = [c for c in chunks if c.tool_results]
    assert [(c.turn, len(c.tool_results)) for c in results] == [(0, 1), (0, 1)]
    assert [c.usage for c in chunks if c.finish_reason] == usages
    told: dict[int, list[ToolCallChunk]] = {}
    for chunk in chunks:
        for call in chunk.tool_calls:
            told.setdefault(call.index, []).append(call)
    assert sorted(told) == [0, 1]
    for calls in told.values():
        statuses = [call.status for call in calls]
        assert statuses[0] == "started"
        assert statuses.count("started") == statuses.count("completed") == 1
        assert statuses[-1] == "completed"
        assert set(statuses[1:-1]) <= {"arguments_streaming"}
        assert "".join(call.arguments_delta for call in calls) == calls[-1].arguments


def test_a_tool_that_raises_is_a_result_that_the_model_reads(
    client: Chimeric, simulator: Simulator, speaker: Speaker, way: Way
) -> None:
    response = ask(client, speaker, way, QUESTION, tools=[broken, add]).response
    results = {r.name: r for r in response.tool_results}
    bad, good = results["broken"], results["add"]
    assert (bad.is_error, bad.output) == (True, "RuntimeError: no station in Rome")
    assert (good.is_error, good.value) == (False, 5)
    assert "RuntimeError: no station in Rome" in response.content
    assert "Traceback" not in response.content
    assert ("failed with" in response.content) == speaker.marks_errors
    assert response.finish_reason == "stop"


def test_an_unknown_tool_is_a_result_that_names_the_known_ones(
    client: Chimeric, speaker: Speaker, way: Way
) -> None:
    response = ask(client, speaker, way, f"{QUESTION} Use an unknown tool.", tools=TOOLS).response
    unknown, known = response.tool_results
    assert unknown.is_error
    assert unknown.output == "there is no tool named 'no_such_tool'; the tools are: add, weather"
    assert (known.output, known.is_error) == ("5", False)
    assert "no_such_tool" in response.content


def test_bad_arguments_are_a_result_and_the_tool_is_not_run(
    client: Chimeric, speaker: Speaker, way: Way
) -> None:
    ran: list[int] = []

    def count(number: int) -> int:
        """Count to a number."""
        ran.append(number)
        return number

    response = ask(client, speaker, way, "Count with bad arguments.", tools=[count]).response
    assert ran == []
    assert all(r.is_error for r in response.tool_results)
    assert response.tool_results[0].output.startswith("invalid arguments for count: ")
    assert "invalid arguments for count" in response.content


def test_async_tools_run_for_every_caller(client: Chimeric, speaker: Speaker, way: Way) -> None:
    response = ask(client, speaker, way, QUESTION, tools=[fetch, add]).response
    results = {r.name: (r.output, r.is_error) for r in response.tool_results}
    assert results == {"fetch": ("cloudy in Rome", False), "add": ("5", False)}


def test_a_model_that_calls_forever_is_stopped_with_everything_kept(
    client: Chimeric, simulator: Simulator, speaker: Speaker, way: Way
) -> None:
    before = simulator.traffic.requests
    with pytest.raises(ToolLoopLimitError, match="after 10 rounds") as caught:
        ask(client, speaker, way, f"{QUESTION} Again and again.", tools=TOOLS)
    assert simulator.traffic.requests - before == 11
    partial = caught.value.partial
    assert partial is not None
    assert [m.role for m in partial.messages] == [
        "user",
        *(["assistant", "tool", "tool"] * 10),
        "assistant",
    ]
    assert len(partial.tool_results) == 20
    assert len(partial.tool_calls) == 22
    assert len(partial.metadata["turns"]) == 11
    assert partial.usage.source == "reported"
    assert partial.finish_reason == "tool_calls"
