"""What comes out of ``answer``: columns, error rows, types, summaries."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypedDict

import msgspec
import pytest

pytest.importorskip("ray", reason="Ray is not installed")
import pyarrow as pa
import pydantic
import ray
from chimeric_ray import answer, summary

ECHO = "openai:sim-echo"


def rows(count: int, text: str = "row {}") -> Any:
    return ray.data.from_items([{"id": n, "question": text.format(n)} for n in range(count)])


def by_id(dataset: Any) -> dict[int, dict[str, Any]]:
    found = dataset.take_all()
    assert len({row["id"] for row in found}) == len(found)
    return {row["id"]: row for row in found}


def test_every_row_comes_out_once_with_its_own_answer(provider):
    answered = answer(rows(200), model=ECHO, prompt="question", concurrency=2, per_actor=16)
    found = by_id(answered)
    assert sorted(found) == list(range(200))
    assert all(row["answer"] == f"row {n}" for n, row in found.items())
    assert all(row["answer_finish_reason"] == "stop" for row in found.values())
    assert all(row["answer_prompt_tokens"] > 0 for row in found.values())
    assert all(row["answer_error"] is None for row in found.values())
    assert provider.asked() == dict.fromkeys(range(200), 1)
    told = summary(answered)
    assert (told.rows, told.answered, told.failures, told.kept) == (200, 200, {}, 0)
    assert told.completion_tokens == sum(r["answer_completion_tokens"] for r in found.values())
    assert told.seconds > 0
    assert "200 rows" in str(told)


def test_a_failure_is_a_row_with_the_text_that_had_come(provider):
    texts = ["row 0 one two three four five", "row 1 cut off here and now", "row 2 is refused"]
    items = [{"id": n, "question": text} for n, text in enumerate(texts)]
    answered = answer(ray.data.from_items(items), model=ECHO, prompt="question", max_retries=0)
    found = by_id(answered)
    assert found[0]["answer"] == texts[0]
    cut, refused = found[1], found[2]
    assert cut["answer"] is None
    assert cut["answer_error"]["type"] == "StreamInterruptedError"
    assert texts[1].startswith(cut["answer_error"]["partial"])
    assert cut["answer_error"]["partial"] != ""
    assert refused["answer_error"]["type"] == "ServerError"
    assert refused["answer_error"]["status"] == 500
    assert refused["answer_error"]["message"]
    told = summary(answered)
    assert told.failures == {"StreamInterruptedError": 1, "ServerError": 1}
    assert told.answered == 1


def test_a_function_makes_the_messages_and_its_faults_are_rows(provider):
    def ask(row: dict[str, Any]) -> Any:
        if row["id"] == 3:
            raise KeyError("no such thing")
        system = {"role": "system", "content": "Be brief."}
        return [system, {"role": "user", "content": f"row {row['id']}"}]

    found = by_id(answer(rows(5), model=ECHO, prompt=ask, output="said"))
    assert found[4]["said"] == "row 4"
    assert found[3]["said"] is None
    assert found[3]["said_error"]["type"] == "KeyError"
    assert 3 not in provider.asked()


def test_a_column_may_hold_messages_and_a_row_without_any_is_an_error(provider):
    items = [
        {"id": 0, "talk": [{"role": "user", "content": "row 0", "name": None}]},
        {"id": 1, "talk": []},
        {"id": 2, "talk": None},
    ]
    table = pa.Table.from_pylist(items)
    found = by_id(answer(ray.data.from_arrow(table), model=ECHO, prompt="talk"))
    assert found[0]["answer"] == "row 0"
    for row in (found[1], found[2]):
        assert row["answer_error"]["message"] == "the row has no prompt"


class Place(msgspec.Struct):
    name: str
    height: float


class Trip(msgspec.Struct):
    title: str
    days: int
    kind: Literal["short", "long"]
    places: list[Place]
    note: str | None = None


class Stop(pydantic.BaseModel):
    name: str
    nights: int


class Journey(TypedDict):
    title: str
    stops: list[str]


@dataclasses.dataclass
class Walk:
    title: str
    steps: int


PLACES = pa.list_(pa.struct([("name", pa.string()), ("height", pa.float64())]))


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (
            Trip,
            [
                *(("title", pa.string()), ("days", pa.int64()), ("kind", pa.string())),
                *(("places", PLACES), ("note", pa.string())),
            ],
        ),
        (Stop, [("name", pa.string()), ("nights", pa.int64())]),
        (Journey, [("title", pa.string()), ("stops", pa.list_(pa.string()))]),
        (Walk, [("title", pa.string()), ("steps", pa.int64())]),
    ],
)
def test_structured_answers_are_structs_of_arrow(provider, form, fields):
    answered = answer(rows(4), model=ECHO.replace("echo", "structured"), prompt="question",
                      response_format=form)  # fmt: skip
    tables = [ray.get(ref) for ref in answered.to_arrow_refs()]
    table = pa.concat_tables(tables)
    assert table.num_rows == 4
    assert table.schema.field("answer").type == pa.struct(fields)
    assert table.column("answer").null_count == 0


PROGRAM = """
import dataclasses, pickle, subprocess, sys
from typing import Annotated
import msgspec, pydantic
from chimeric_ray.carried import dumps

class Inner(msgspec.Struct, rename="camel"):
    a_number: Annotated[int, msgspec.Meta(ge=3, description="three or more")]

class Outer(msgspec.Struct, forbid_unknown_fields=True):
    'An outer one.'
    inner: list[Inner] = []
    word: str | None = None
    def __post_init__(self):
        if self.word == "no":
            raise ValueError("it says no")

@dataclasses.dataclass
class Data:
    inner: Inner
    count: int = 3

class Model(pydantic.BaseModel):
    names: list[str] = []

sys.stdout.buffer.write(pickle.dumps([dumps(kind) for kind in (Outer, Data, Model)]))
"""


def test_types_of_a_program_reach_processes_that_cannot_import_them():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    outer, data, model = map(pickle.loads, pickle.loads(done.stdout))
    value = {"inner": [{"aNumber": 4}], "word": "yes"}
    assert msgspec.to_builtins(msgspec.convert(value, outer)) == value
    for wrong in ({"inner": [{"aNumber": 2}]}, {"word": "no"}, {"other": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, outer)
    assert outer.__doc__ == "An outer one."
    assert msgspec.convert({"inner": {"aNumber": 3}}, data).count == 3
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"count": 3}, data)
    assert model.model_validate({"names": ["a"]}).names == ["a"]


def test_an_answer_that_does_not_fit_is_an_error_row(provider):
    found = by_id(answer(rows(2), model=ECHO, prompt="question", response_format=Walk))
    for n, row in found.items():
        assert row["answer"] is None
        assert row["answer_error"]["type"] == "StructuredOutputError"
        assert row["answer_error"]["partial"] == f"row {n}"


def test_costs_are_a_column_where_the_price_is_known(provider):
    pytest.importorskip("chimeric_cost")
    answered = answer(rows(3), model="openai:gpt-4o", prompt="question", max_tokens=20)
    found = by_id(answered)
    assert all(row["answer_cost"] > 0 for row in found.values())
    told = summary(answered)
    assert told.cost == pytest.approx(sum(row["answer_cost"] for row in found.values()))
    assert "$" in str(told)


def test_a_slow_row_holds_up_no_other(provider):
    items = [{"id": n, "question": f"row {n}" + " held" * (n == 0)} for n in range(60)]
    answered = answer(ray.data.from_items(items), model=ECHO, prompt="question", per_actor=8)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(by_id, answered)
        while len(provider.asked()) < 60:
            assert not running.done(), "a row was answered that is held"
            time.sleep(0.1)
        provider.release()
        assert len(running.result()) == 60


def test_prompts_of_ten_megabytes_pass(provider):
    def long(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "question": f"row {row['id']} " + "wordy " * 1_700_000}

    answered = answer(
        rows(6).map(long), model="openai:sim-story", prompt="question", per_actor=2, max_tokens=5
    ).drop_columns(["question"])
    found = by_id(answered)
    assert len(found) == 6
    assert [row["answer_error"] for row in found.values()] == [None] * 6
    assert all(row["answer_prompt_tokens"] > 1_000_000 for row in found.values())
