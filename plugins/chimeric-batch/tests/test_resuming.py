"""A batch with a results file: what is answered is not asked again, and not lost."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_batch import BatchResult, ResultsFile, generate_many, read_results

from chimeric import (
    Chimeric,
    CompletionResponse,
    ConfigurationError,
    Message,
    NotFoundError,
    RequestTimeoutError,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def asked(sim: Any) -> list[str]:
    return [request.body["messages"][-1]["content"] for request in sim.requests]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def said(path: Path) -> dict[str | int, str]:
    return {r.id: r.response.content for r in read_results(path) if r.response is not None}


def test_a_second_run_asks_only_what_has_no_answer(answer, sim, path):
    assert len(answer(["a", "b"], results=path)) == 2
    (third,) = answer(["a", "b", "c"], results=path)
    assert (third.id, third.index) == (2, 2)
    assert sorted(asked(sim)) == ["a", "b", "c"]
    assert said(path) == {0: "a", 1: "b", 2: "c"}


def test_a_line_tells_its_form_and_reads_as_the_result_that_it_was(answer, path):
    (result,) = answer([{"id": "x", "messages": "Hello"}], results=str(path))
    assert lines(path)[0]["v"] == 1
    (kept,) = read_results(path)
    assert (kept.id, kept.index, kept.error) == ("x", 0, None)
    assert kept.response.content == "Hello"
    assert kept.response.usage == result.response.usage
    assert kept.response.finish_reason == "stop"


def test_failures_are_kept_with_their_class_and_asked_again(answer, path):
    requests = [{"messages": "a", "model": "sim:nope"}, "b", {"messages": []}]
    answer(requests, results=path)
    kept = {result.id: result for result in read_results(path)}
    assert isinstance(kept[0].error, NotFoundError)
    assert kept[0].error.status_code == 404
    assert isinstance(kept[2].error, ConfigurationError)
    again = answer([{"messages": "a"}, "b", "c"], results=path)
    assert sorted(result.id for result in again) == [0, 2]
    assert said(path) == {0: "a", 1: "b", 2: "c"}
    assert len(lines(path)) == 3


def test_a_time_limit_is_read_again_with_its_phase(path):
    with ResultsFile(path) as results:
        error = RequestTimeoutError("nothing came", phase="first")
        error.partial = CompletionResponse(content="Once")
        results.append(BatchResult(id="x", index=0, error=error))
    (kept,) = read_results(path)
    assert isinstance(kept.error, RequestTimeoutError)
    assert kept.error.phase == "first"
    assert kept.error.partial is not None
    assert kept.error.partial.content == "Once"


@pytest.mark.parametrize("kind", [list, iter], ids=["list", "iterator"])
def test_other_prompts_are_told_before_they_are_asked(answer, sim, path, kind):
    answer(["a", "b"], results=path)
    with pytest.raises(ConfigurationError, match=r"another prompt than request 1 \(id 1\)"):
        answer(kind(["a", "B"]), results=path)
    assert "B" not in asked(sim)
    assert said(path) == {0: "a", 1: "b"}


def test_what_changed_is_asked_again_when_it_is_forgotten(answer, sim, path):
    requests = ["a", "B", "c"]
    answer(["a", "b", "c"], results=path)
    with ResultsFile(path) as results:
        assert results.changed(requests) == {1: 1}
        results.forget(results.changed(requests))
        answer(requests, results=results)
    assert said(path) == {0: "a", 1: "B", 2: "c"}
    assert len(sim.requests) == 4


@pytest.mark.parametrize("other", [{"model": "sim:story"}, {"system": "be brief"}, {"seed": 1}])
def test_answers_of_another_model_stay_and_a_warning_tells(answer, path, other):
    answer(["a", "b"], results=path)
    with pytest.warns(UserWarning, match="2 answers in .* were made with another model"):
        answer(["a", "b", "c"], results=path, **other)
    assert said(path)[0] == "a"


def test_how_something_is_asked_is_no_other_setting(answer, path):
    answer(["a"], results=path, timeout=20, max_retries=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert answer(["a"], results=path, timeout=30, max_retries=1) == []


def test_an_id_that_comes_twice_is_asked_once(answer, sim, path):
    requests = [{"id": "x", "messages": "a"}, {"id": "x", "messages": "b"}, "c"]
    results = {result.index: result for result in answer(requests, results=path)}
    assert "'x' already" in str(results[1].error)
    assert said(path) == {"x": "a", 2: "c"}
    assert len(lines(path)) == 2
    assert sorted(asked(sim)) == ["a", "c"]


def test_a_source_that_raises_loses_no_answer(answer, path):
    def requests() -> Iterator[str]:
        yield "a"
        yield "b"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        answer(requests(), results=path)
    assert said(path) == {0: "a", 1: "b"}
    assert len(answer(["a", "b", "c"], results=path)) == 1


def test_a_loop_of_ones_own_asks_what_is_pending(client, path):
    requests = ["a", Message("user", "b"), {"id": "x", "messages": "c", "temperature": 0}]
    for left in (3, 0):
        with ResultsFile(path) as results:
            pending = list(results.pending(requests, model="sim:echo"))
            assert len(pending) == left
            for request in pending:
                response = client.generate("sim:echo", request["messages"])
                results.append(BatchResult(id=request["id"], index=0, response=response))
            assert set(results) == {0, 1, "x"}
            assert "x" in results
            assert len(results) == 3
    assert list(generate_many(client, requests, model="sim:echo", results=path)) == []


def test_an_answer_is_not_appended_twice(path):
    answered = BatchResult(id=1, index=0, response=CompletionResponse(content="a"))
    with ResultsFile(path) as results:
        results.append(answered)
        with pytest.raises(ConfigurationError, match="an answer of 1 already"):
            results.append(answered)
    assert len(lines(path)) == 1


@pytest.mark.parametrize("twice", [["a", {"id": 0, "messages": "b"}], [{"id": 1.5}], [None]])
def test_pending_requests_that_cannot_be_kept_apart_raise(path, twice):
    with ResultsFile(path) as results, pytest.raises(ConfigurationError):
        list(results.pending(twice))


def test_lines_of_before_forms_had_numbers_are_read(answer, path):
    path.write_text('{"id":0,"line":1,"response":{"content":"old"}}\n')
    answer(["a", "b"], results=path)
    assert said(path) == {0: "old", 1: "b"}
    assert [result.index for result in read_results(path)] == [0, 1]


def test_a_file_of_a_later_version_is_left_alone(answer, sim, path):
    path.write_text(before := '{"id":0,"v":2,"response":{"content":"new"}}\n')
    with pytest.raises(ConfigurationError, match=r"line 1 was written by a later version"):
        answer(["a"], results=path)
    with pytest.raises(ConfigurationError, match="update chimeric-batch"):
        list(read_results(path))
    assert path.read_text() == before
    assert not sim.requests


@pytest.mark.parametrize("content", ["my notes\n", '{"id": 1}\n', "no line end", '{"a": 1}\nhalf'])
def test_a_file_that_holds_something_else_is_left_alone(answer, path, content):
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="not a batch results file"):
        answer(["a"], results=path)
    assert path.read_text() == content


def test_a_batch_that_is_not_begun_lets_its_file_go(client, path):
    batch = generate_many(client, ["a"], model="sim:echo", results=path)
    with pytest.raises(ConfigurationError, match="another batch is writing"):
        generate_many(client, ["a"], model="sim:echo", results=path)
    batch.close()
    assert len(list(generate_many(client, ["a"], model="sim:echo", results=path))) == 1


def test_what_the_loop_was_given_is_in_the_file_when_it_is_left(client, path):
    given = []
    for result in generate_many(client, map(str, range(50)), model="sim:echo", results=path):
        given.append(result.id)
        if len(given) == 20:
            break
    assert sorted(said(path)) == sorted(given)


def test_halves_of_characters_and_controls_are_written_as_json_can(path):
    with ResultsFile(path) as results:
        strange = CompletionResponse(content="half \ud83d, \x9b31m, \u202e")
        results.append(BatchResult(id="x", index=0, response=strange))
        results.append(BatchResult(id="y", index=1, error=ValueError("\ud800")))
    assert "\x9b" not in path.read_text(encoding="utf-8")
    answer, failure = read_results(path)
    assert answer.response is not None
    assert answer.response.content == "half \\ud83d, \x9b31m, \u202e"
    assert "\\ud800" in str(failure.error)


def test_prompts_and_answers_of_ten_megabytes_pass(answer, path):
    long = "word " * 2_000_000
    (result,) = answer([long], results=path)
    assert result.error is None, result.error
    assert answer([long], results=path) == []
    with pytest.raises(ConfigurationError, match="another prompt"):
        answer([long + "!"], results=path)


def test_a_client_of_any_transport_and_plugins_changes_no_digest(sim, path):
    def tool(city: str) -> str:
        """Tell the weather."""
        return city

    for left in (1, 0):
        with Chimeric(sim_base_url=sim.base_url("sim")) as client:
            results = list(
                generate_many(client, ["a"], model="sim:echo", tools=[tool], results=path)
            )
            assert len(results) == left
