"""What people type: ``llm`` as a process, in a directory of its own."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlite_utils
from chimeric_sim import Simulator

from .conftest import Command

pytestmark = pytest.mark.slow

SEARCH = 'ServerSideTool({"spec": {"type": "web_search"}})'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_a_prompt_is_answered_and_logged_and_the_conversation_goes_on(command: Command) -> None:
    assert command("-m", "openai:echo", "hello there").stdout == "hello there\n"
    assert command("-c", "and again").stdout == "and again\n"
    (first, second) = json.loads(command("logs", "--json", "-n", "2").stdout)
    assert first["prompt"] == "hello there"
    assert first["response"] == "hello there"
    assert first["model"] == "openai:echo"
    assert first["resolved_model"] == "echo"
    assert first["output_tokens"] == 2
    assert second["conversation_id"] == first["conversation_id"]
    assert "hello there" in command("logs", "-n", "2").stdout


def test_a_conversation_sends_what_was_said_before(command: Command, sim: Simulator) -> None:
    command("-m", "openai:gpt-4o", "-s", "Be brief.", "My name is Ada. 3 words")
    command("-c", "What is my name? 3 words")
    sent = json.dumps(sim.requests[-1].body)
    assert "My name is Ada" in sent
    assert "Be brief." in sent
    assert len(sim.requests[-1].body["input"]) == 3


def test_thinking_and_its_signature_come_back_in_the_next_turn(
    command: Command, sim: Simulator
) -> None:
    """The simulator refuses thinking that comes back without its signature."""
    asked = ("-m", "anthropic:claude-think", "-o", "reasoning_effort", "low")
    done = command(*asked, "-T", "llm_version", "Which version?")
    assert "llm_version answered" in done.stdout
    assert done.stderr.strip(), "reasoning goes to the error stream"
    shown = command("-c", "-o", "reasoning_effort", "low", "And why? 5 words", "-R")
    assert shown.stdout.strip()
    thoughts = [
        part["signature"]
        for message in sim.requests[-1].body["messages"]
        if message["role"] == "assistant"
        for part in message["content"]
        if part["type"] == "thinking"
    ]
    assert thoughts
    assert all(thoughts)


def test_tools_run_and_are_logged(command: Command) -> None:
    done = command("-m", "openai:gpt-4o", "-T", "llm_version", "Which version is it?", "--td")
    assert "llm_version answered: 0." in done.stdout
    assert "Tool call: llm_version" in done.stderr
    logged = json.loads(command("logs", "--json", "-n", "2").stdout)
    assert [call["name"] for row in logged for call in row["tool_calls"]] == ["llm_version"]


def test_functions_on_the_command_line_run(command: Command) -> None:
    code = 'def add(x: int, y: int) -> int:\n    "Add."\n    return x + y\n'
    done = command("-m", "anthropic:claude-sonnet-4-5", "--functions", code, "Add 2 and 3")
    assert "add answered: 5" in done.stdout


def test_a_search_of_the_provider_is_a_tool_too(command: Command, user_path: Path) -> None:
    done = command("-m", "openai:gpt-4o", "-T", SEARCH, "Tides?")
    assert done.stdout.strip()
    database = sqlite_utils.Database(user_path / "logs.db")
    assert "web_search" in json.dumps([list(t.rows) for t in database.tables], default=str)


def test_a_schema_is_kept(command: Command) -> None:
    done = command("-m", "openai:gpt-4o", "--schema", "name, people int", "Oslo has 700000")
    assert json.loads(done.stdout)["people"] == 700000
    assert "people" in command("logs", "--schema", "name, people int", "--data").stdout


def test_a_template_sets_model_system_and_options(command: Command, sim: Simulator) -> None:
    command("-m", "openai:gpt-4o", "-s", "Be brief.", "-o", "max_tokens", "50", "--save", "brief")
    command("-t", "brief", "Tides, 5 words")
    body = sim.requests[-1].body
    assert body["max_output_tokens"] == 50
    assert "Be brief." in json.dumps(body)


def test_attachments_of_every_kind_are_sent(
    command: Command, sim: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "dot.png").write_bytes(PICTURE)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4\n")
    attached = ("-a", str(tmp_path / "dot.png"), "-a", str(tmp_path / "paper.pdf"))
    command("-m", "anthropic:claude-sonnet-4-5", "What is this? 5 words", *attached)
    kinds = [part["type"] for part in sim.requests[-1].body["messages"][-1]["content"]]
    assert kinds == ["text", "image", "document"]


def test_options_are_checked_before_anything_is_sent(command: Command, sim: Simulator) -> None:
    for name, value in (("temprature", "1"), ("temperature", "warm"), ("params", "{")):
        done = command("-m", "openai:echo", "-o", name, value, "Hi", status=1)
        assert name in done.stderr
    assert not sim.requests


def test_options_and_other_parameters_arrive(command: Command, sim: Simulator) -> None:
    options = {"temperature": "0.25", "seed": "7", "stop": '["END", "STOP"]', "max_tokens": "9"}
    given = [word for name, value in options.items() for word in ("-o", name, value)]
    params = ("-o", "params", '{"api": "chat_completions", "user": "ada"}')
    command("-m", "openai:gpt-4o", *given, *params, "Hi")
    body = sim.requests[-1].body
    sent = {key: body[key] for key in ("temperature", "seed", "stop", "user")}
    assert sent == {"temperature": 0.25, "seed": 7, "stop": ["END", "STOP"], "user": "ada"}
    assert body["max_completion_tokens"] == 9


def test_a_chat_goes_on_until_it_is_left(command: Command, sim: Simulator) -> None:
    done = command("chat", "-m", "openai:echo", stdin="one\ntwo\nexit\n")
    assert "one" in done.stdout
    assert "two" in done.stdout
    assert len(sim.requests) == 2
    assert len(sim.requests[-1].body["input"]) == 3


def test_a_chat_in_a_terminal_shows_text_as_it_comes(command: Command, user_path: Path) -> None:
    main, other = pty.openpty()
    chat = subprocess.Popen(
        [sys.executable, "-m", "llm", "chat", "-m", "openai:echo"],
        stdin=other,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    seen = b""
    try:
        for typed, answered in ((b"hello\n", b"hello\r\nhello"), (b"exit\n", b"exit")):
            seen += _until(main, b"> ")
            os.write(main, typed)
            seen += _until(main, answered)
        assert chat.wait(60) == 0
    finally:
        chat.kill()
        chat.wait()
        os.close(main)


def _until(terminal: int, text: bytes, seconds: float = 60) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while text not in seen:
        assert time.monotonic() < end, seen
        seen += os.read(terminal, 1024)
    return seen


def test_a_stream_that_breaks_off_is_an_error_and_not_logged(
    command: Command, user_path: Path
) -> None:
    cut = ("-o", "params", '{"extra_body": {"sim": {"cut_after": 5}}}')
    done = command("-m", "openai:gpt-sim-story", *cut, "A story in 50 words", status=1)
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert "gpt-sim-story" in done.stderr
    assert command("logs", "-n", "5").stdout.strip() == ""


def test_an_error_of_the_provider_is_one_line_without_the_key(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "bad-secret-0123456789abcdef")
    done = command("-m", "openai:echo", "Hi", status=1)
    assert done.stderr.startswith("Error: ")
    assert "bad-secret-0123456789abcdef" not in done.stderr


def test_a_key_of_llm_is_used_and_its_lack_is_told(
    command: Command, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    done = command("-m", "openai:echo", "Hi", status=1)
    assert "llm keys set openai" in done.stderr
    assert "OPENAI_API_KEY" in done.stderr
    command("keys", "set", "openai", "--value", "from-llm-0123456789")
    assert command("-m", "openai:echo", "Hi").stdout == "Hi\n"
    assert command("-m", "openai:echo", "--key", "given", "Ho").stdout == "Ho\n"


def test_models_are_refreshed_added_and_removed(command: Command) -> None:
    assert "openai: " in command("chimeric", "refresh", "openai").stdout
    listed = command("models", "list").stdout
    assert "Chimeric: openai:gpt-4o-mini" in listed
    assert "Chimeric: anthropic:claude-think" in listed, "other providers' stay"
    command("chimeric", "add", "openai:mine-echo", "-a", "mine")
    assert command("-m", "mine", "hello").stdout == "hello\n"
    command("chimeric", "refresh", "openai")
    assert "openai:mine-echo" in command("models", "list").stdout
    command("chimeric", "remove", "openai:mine-echo")
    assert "openai:mine-echo" not in command("models", "list").stdout
    wrong = command("chimeric", "add", "nobody:m", status=1)
    assert "openai" in wrong.stderr


def test_ctrl_c_closes_the_connection(command: Command, sim: Simulator, user_path: Path) -> None:
    slow = ("-o", "params", '{"extra_body": {"sim": {"rate": 20}}}')
    words = [sys.executable, "-m", "llm", "-m", "openai:gpt-sim-story", *slow, "In 500 words"]
    story = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert story.stdout is not None
    assert story.stdout.read(1)
    story.send_signal(signal.SIGINT)
    story.communicate(timeout=60)
    assert story.returncode != 0
    for _ in range(3000):
        if not sim.traffic.streaming:
            break
        time.sleep(0.01)
    assert sim.traffic.streaming == 0
    assert sim.traffic.abandoned >= 1


def test_a_file_of_models_that_cannot_be_read_ends_no_command(
    command: Command, user_path: Path
) -> None:
    (user_path / "chimeric-models.json").write_text("{broken")
    done = command("models", "list")
    assert "chimeric-models.json cannot be read" in done.stderr
    assert "gpt-4o" in done.stdout, "llm's own models are there"
