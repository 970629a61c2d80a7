"""A prompt needs no subcommand; what is like a command is taken for a misspelt one."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    "arguments",
    [
        ["Tell me a joke", "-m", "sim:echo"],
        ["-m", "sim:echo", "Tell me a joke"],
        ["-m", "sim:echo", "Tell", "me", "a", "joke"],
        ["-m", "sim:echo", "--", "Tell me a joke"],
        ["Tell", "me", "a", "joke", "-m", "sim:echo"],
    ],
)
def test_a_prompt_needs_no_subcommand(run, arguments):
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Tell me a joke\n"


def test_a_word_that_stands_alone_is_a_command_or_nothing(run):
    done = run("upgrade")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "chimeric chat upgrade" in done.stderr
    assert run("hello", "-m", "sim:echo").stdout == "hello\n"
    assert run("Hello!", more={"CHIMERIC_MODEL": "sim:echo"}).stdout == "Hello!\n"


def test_piped_text_needs_no_subcommand_either(run):
    done = run("-m", "sim:echo", "Sum it up", stdin="notes\n")
    assert done.stdout == "notes\n\nSum it up\n"


@pytest.mark.parametrize("word", ["chta", "modles", "doctro", "plugin"])
def test_a_misspelt_command_is_no_prompt(run, word):
    done = run(word, "openai")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "did you mean" in done.stderr
    assert f"chimeric chat {word}" in done.stderr


def test_an_unknown_option_is_answered_with_its_neighbour(run):
    done = run("--modle", "sim:echo", "hi")
    assert done.returncode == 2
    assert "--model" in done.stderr


def test_a_misspelt_model_is_answered_with_the_one_that_was_meant(run):
    done = run("-m", "gtp-4o", "hi")
    assert done.returncode == 1
    assert "did you mean 'gpt-4o'?" in done.stderr or "pip install" in done.stderr
    done = run("-m", "sim:storey", "hi")
    assert done.returncode == 1
    assert "Did you mean `story`?" in done.stderr


def test_a_misspelt_parameter_is_answered_with_the_one_that_was_meant(run):
    done = run("-m", "sim:echo", "-p", "temprature=1", "hi")
    assert done.returncode == 1
    assert "did you mean 'temperature'?" in done.stderr


def test_a_prompt_that_is_no_text_is_told_so(run):
    done = run("-m", "sim:echo", b"a\xed\xa0\x80b")
    assert done.returncode == 2
    assert "the prompt is not UTF-8 text (at character 1)" in done.stderr


def test_a_block_of_code_is_taken_out(run):
    answer = "Here:\n```python\nprint(1)\n\nprint(2)\n```\nand\n```\nother\n```\n"
    done = run("-m", "sim:echo", "-x", stdin=answer)
    assert done.stdout == "print(1)\n\nprint(2)\n"
    assert done.stderr == ""


def test_an_answer_without_a_block_is_given_whole(run):
    done = run("-m", "sim:echo", "--extract", "no code")
    assert done.returncode == 0
    assert done.stdout == "no code\n"
    assert "no code block" in done.stderr


def test_a_block_that_was_cut_is_given_as_far_as_it_came(run):
    done = run(
        "-m", "sim:echo", "-x", "-p", "max_tokens=8", stdin="```sh\necho one two three four\n```"
    )
    assert done.stdout.startswith("echo one")
    assert "cut off" in done.stderr


def test_native_is_the_wire_unchanged(run):
    from chimeric_sim import Simulator

    with Simulator() as simulator:
        more = {"SIM_BASE_URL": simulator.base_url("sim")}
        lines = run("-m", "sim:echo", "--native", "hi you", more=more).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [e["choices"][0]["delta"].get("content") for e in events if e["choices"]] == [
        "", "hi", " you", None,
    ]  # fmt: skip
    # What a struct of the library would not keep: nulls, whole numbers, the order of the keys.
    assert '"logprobs":null' in lines[1]
    assert f'"created":{events[1]["created"]},' in lines[1]
    assert isinstance(events[1]["created"], int)
    assert lines[0] == json.dumps(events[0], separators=(",", ":"))


def test_native_of_a_binary_protocol_is_its_events_as_json(run):
    pytest.importorskip("chimeric_bedrock")
    from chimeric_sim import Simulator

    with Simulator() as simulator:
        more = {
            "BEDROCK_BASE_URL": simulator.base_url("bedrock"),
            "AWS_BEARER_TOKEN_BEDROCK": "any",
        }
        done = run("-m", "bedrock:echo", "--native", "hi", more=more)
    assert done.returncode == 0, done.stderr
    assert all(json.loads(line) for line in done.stdout.splitlines())
    assert '"hi"' in done.stdout


@pytest.mark.parametrize("pair", [("--json", "--native"), ("--json", "-x"), ("--native", "-x")])
def test_two_forms_of_one_answer_exclude_each_other(run, pair):
    done = run("-m", "sim:echo", *pair, "hi")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr
