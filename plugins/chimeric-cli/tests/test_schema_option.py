"""``--schema``: JSON, a file, or fields between commas."""

from __future__ import annotations

import json

import pytest


def answer(run, schema: str, prompt: str = "Invent Bob, 33") -> dict:
    done = run("-m", "sim:structured", "--schema", schema, prompt)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "schema", ["name, age int", "name\nage int: in years", "name str,age int,"]
)
def test_fields_between_commas_are_a_schema(run, schema):
    told = answer(run, schema)
    assert set(told) == {"name", "age"}
    assert isinstance(told["name"], str)
    assert isinstance(told["age"], int)


def test_each_type_has_a_word(run):
    told = answer(run, "a str, b int, c float, d bool, e int[]")
    assert [type(value) for value in told.values()][:2] == [str, int]
    assert isinstance(told["c"], (int, float))
    assert isinstance(told["d"], bool)
    assert isinstance(told["e"], list)


def test_json_is_a_schema(run):
    schema = {"type": "object", "properties": {"city": {"enum": ["Oslo"]}}, "required": ["city"]}
    assert answer(run, json.dumps(schema)) == {"city": "Oslo"}


def test_a_file_holds_a_schema(run, tmp_path):
    schema = {"type": "object", "properties": {"city": {"enum": ["Oslo"]}}, "required": ["city"]}
    (tmp_path / "city.json").write_text(json.dumps(schema))
    assert answer(run, "city.json") == {"city": "Oslo"}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("name, age whole", "'age whole' is no field"),
        ("name, name int", "stands there twice"),
        (" , ", "there is no field"),
        ("{", "not JSON"),
        ("missing.json", "cannot read missing.json"),
    ],
)
def test_what_is_no_schema_is_told_before_anything_is_sent(run, schema, told):
    done = run("-m", "sim:structured", "--schema", schema, "hi")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_an_answer_that_does_not_fit_fails(run):
    done = run("-m", "sim:echo", "--schema", "name", "no JSON at all")
    assert done.returncode == 1
    assert done.stdout == "no JSON at all\n"
    assert done.stderr.startswith("error: ")
