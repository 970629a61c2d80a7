"""``chimeric chat`` as a process: what it writes where, and how it ends."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
import time

import pytest
from chimeric_sim import Simulator


def chunks(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_prompt_is_answered_without_any_key(run):
    done = run("chat", "Tell me a story")
    assert done.returncode == 0
    assert len(done.stdout) > 100
    assert done.stdout.endswith("\n")
    assert done.stderr == ""


def test_piped_text_is_put_before_the_prompt(run):
    done = run("chat", "-m", "sim:echo", "What is", "this?", stdin="some notes\n")
    assert done.stdout == "some notes\n\nWhat is this?\n"


def test_piped_text_alone_is_the_prompt(run):
    assert run("chat", "-m", "sim:echo", stdin="hello").stdout == "hello\n"


def test_json_is_one_chunk_a_line(run):
    done = run("chat", "-m", "sim:echo", "--json", "one two three")
    told = chunks(done.stdout)
    assert "".join(c.get("delta", "") for c in told) == "one two three"
    assert told[-1]["finish_reason"] == "stop"
    assert told[-1]["metadata"]["provider"] == "sim"


def test_native_is_the_providers_own_events(run):
    told = chunks(run("chat", "-m", "sim:echo", "--native", "hi").stdout)
    assert told[0]["choices"]


def test_usage_and_the_reason_of_the_end_go_to_stderr(run):
    done = run("chat", "-m", "sim:echo", "--usage", "hi")
    assert done.stdout == "hi\n"
    assert "tokens" in done.stderr
    assert "stop" in done.stderr


@pytest.fixture
def priced():
    """An environment in which gpt-4o is simulated; its price is in the list."""
    pytest.importorskip("chimeric_cost")
    with Simulator() as simulator:
        yield {
            "OPENAI_BASE_URL": simulator.base_url("openai"),
            "OPENAI_API_KEY": "sk-test-0123456789",
        }


def test_usage_tells_the_price_where_it_is_known(run, priced):
    arguments = ("chat", "-m", "openai:gpt-4o")
    done = run(*arguments, "--usage", "hi", more=priced)
    assert done.returncode == 0, done.stderr
    (price,) = re.findall(r"\$(\d\.\d{4,})", done.stderr)
    counts = re.search(r"(\d+) in \+ (\d+) out", done.stderr)
    dollars = int(counts[1]) * 2.5e-6 + int(counts[2]) * 10e-6
    assert float(price) == pytest.approx(dollars, rel=0.05)
    assert "$" not in run(*arguments, "hi", more=priced).stderr


def test_usage_is_silent_of_a_price_that_is_not_known(run):
    assert "$" not in run("chat", "-m", "sim:echo", "--usage", "hi").stderr


def test_reasoning_goes_to_stderr_when_it_is_asked_for(run):
    plain = run("chat", "-m", "sim:think", "hi")
    told = run("chat", "-m", "sim:think", "--reasoning", "hi")
    assert plain.stderr == ""
    assert len(told.stderr) > 20
    assert told.stdout == plain.stdout


def test_escape_sequences_are_made_visible_unless_raw(run):
    evil = "\x1b]0;owned\x07 \x9b31m \u202e x"
    safe = run("chat", "-m", "sim:echo", stdin=evil)
    assert safe.stdout == "\\x1b]0;owned\\x07 \\x9b31m \\u202e x\n"
    assert "\x1b]0;owned\x07" in run("chat", "-m", "sim:echo", "--raw", stdin=evil).stdout
    as_json = run("chat", "-m", "sim:echo", "--json", stdin=evil).stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(as_json)
    assert "".join(c.get("delta", "") for c in chunks(as_json)) == evil


def test_escape_sequences_in_an_error_are_made_visible(run):
    done = run("chat", "-m", "sim:\x1b[31mnope", "hi")
    assert done.returncode == 1
    assert "\x1b" not in done.stderr


def test_the_default_model_comes_from_the_environment(run):
    done = run("chat", "hello", more={"CHIMERIC_MODEL": "sim:echo"})
    assert done.stdout == "hello\n"


def test_without_a_model_it_says_what_to_set(run):
    # CHIMERIC_PLUGINS hides nothing from the entry points: an empty environment does.
    code = (
        "import importlib.metadata as m; m.entry_points = lambda **k: []\n"
        "from chimeric_cli.main import main; raise SystemExit(main(['chat', 'hi']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, input="")
    assert done.returncode == 2
    assert "CHIMERIC_MODEL" in done.stderr


def test_a_tool_of_the_caller_runs(run, tmp_path):
    (tmp_path / "mytools.py").write_text(
        'def weather(city: str) -> str:\n    """Tell it."""\n    return f"sunny in {city}"\n'
    )
    done = run("chat", "-m", "sim:tools", "--tools", "mytools:weather", "Weather in Oslo?")
    assert done.returncode == 0, done.stderr
    assert "weather(" in done.stderr
    assert "sunny in" in done.stderr


def test_what_the_provider_runs_is_told_while_it_runs(run):
    done = run("chat", "-m", "sim:show", "Tell me about tides")
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()
    assert "→ search …" in told
    assert any(line.startswith("← search: ") and "{" not in line for line in told)
    assert any(line.startswith("▣ image/png, ") for line in told)
    assert "→" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tools", "no_such_module:f", "hi"], "no_such_module"),
        (["--tools", "json:nothing", "hi"], "no function 'nothing'"),
        (["--tools", "json", "hi"], "MODULE:FUNCTION"),
        (["--file", "missing.pdf", "hi"], "missing.pdf"),
        (["--image", "missing.png", "hi"], "missing.png"),
        (["-p", "temperature", "hi"], "NAME=VALUE"),
        (["--no-such-flag", "hi"], "--no-such-flag"),
        ([], "no prompt"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(run, arguments, told):
    done = run("chat", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_picture_is_sent(run, tmp_path):
    pixel = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5C"
        "YII="
    )
    (tmp_path / "a.png").write_bytes(base64.b64decode(pixel))
    done = run("chat", "-m", "sim:echo", "--image", "a.png", "look")
    assert done.returncode == 0, done.stderr
    assert "look" in done.stdout


def test_a_failure_exits_with_1_and_no_traceback(run):
    done = run("chat", "-m", "openai:gpt-4o", "hi")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback_of_a_fault(run):
    arguments = ["chat", "-m", "sim:echo", "-p", "messages=1", "hi"]
    plain, debug = run(*arguments), run(*arguments, "--debug")
    assert plain.returncode == 1
    assert "Traceback" not in plain.stderr
    assert "--debug" in plain.stderr
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr


def test_what_came_before_a_failure_is_kept(start, env):
    with Simulator() as simulator:
        env["SIM_BASE_URL"] = simulator.base_url("sim")
        process = start("chat", "-m", "sim:story", "-p", "rate=30", "-p", "tokens=900", "hi")
        first = process.stdout.read(10)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(first) == 10
    assert rest.endswith("\n")
    assert errors.startswith("error: ")
    assert "Traceback" not in errors


def test_ctrl_c_keeps_what_came_and_exits_with_130(start):
    process = start("chat", "-m", "sim:story", "-p", "rate=30", "-p", "tokens=900", "hi")
    first = process.stdout.read(10)
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(first) == 10
    assert rest.endswith("\n")
    assert "Traceback" not in errors
    assert "interrupted" in errors


def test_ctrl_c_while_it_starts_is_no_traceback(start):
    for wait in (0.05, 0.15, 0.3):
        process = start("chat", "-m", "sim:story", "-p", "rate=30", "-p", "tokens=900", "hi")
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        # Before its own first line Python itself tells of the interrupt.
        if "chimeric_cli/main.py" in errors or "Traceback" not in errors:
            assert "Traceback" not in errors


def test_a_closed_pipe_ends_it_quietly(start):
    process = start("chat", "-m", "sim:story", "-p", "rate=200", "-p", "tokens=900", "hi")
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == ""
    process.stdout = None


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_told(run):
    with open("/dev/full", "w") as full:
        done = run(
            "chat", "-m", "sim:echo", "hi",
            capture_output=False, stdout=full, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"


def test_a_terminal_without_utf8_shows_what_it_can(run):
    more = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = run("chat", "-m", "sim:echo", "-p", "x=1", "caf\u00e9 \u2603", more=more)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "caf\\xe9 \\u2603\n"


def test_input_that_is_no_text_is_refused(env, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "chimeric_cli", "chat", "hi"],
        input=b"\xff\xfe\x00", capture_output=True, env=env, cwd=tmp_path, timeout=30,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"UTF-8" in done.stderr
