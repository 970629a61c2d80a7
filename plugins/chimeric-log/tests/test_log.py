"""What the log has of a call, and what it has not."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys

import pytest
from chimeric_log import Log

from chimeric import Chimeric, ChimericError

END = r"\d+\.\d\d s"
SECRET = "a-secret-of-the-caller"


def lines(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [r.getMessage() for r in log.records if r.name == "chimeric" and r.levelno == level]


@pytest.mark.parametrize("stream", [False, True])
def test_info_has_one_line_of_each_call(client, log, stream):
    answer = client.generate("sim:echo", "Hello there", stream=stream)
    if stream:
        answer.collect()
    (line,) = lines(log, logging.INFO)
    assert re.fullmatch(
        rf"sim echo: stop, \d+ in \+ 2 out tokens, first content after {END}, {END}", line
    )


def test_an_asynchronous_call_is_logged_too(log):
    async def ask() -> None:
        async with Chimeric() as client:
            await client.agenerate("sim:echo", "Hello")

    asyncio.run(ask())
    assert len(lines(log, logging.INFO)) == 1


def test_the_fields_of_the_line_are_in_the_record(client, log):
    client.generate("sim:echo", "Hello there")
    (record,) = [r for r in log.records if r.levelno == logging.INFO and r.name == "chimeric"]
    told = record.chimeric
    assert (told["provider"], told["model"], told["finish_reason"]) == ("sim", "echo", "stop")
    assert told["completion_tokens"] == 2
    assert told["seconds"] >= told["first_content"] > 0


def test_debug_has_attempts_and_retries(log):
    settings = {"status": 503, "retry_after": 0.01}
    with Chimeric(max_retries=2, plugins=[Log()]) as client, pytest.raises(ChimericError):
        client.generate("sim:echo", "Hello", extra_body={"sim": settings})
    debug = lines(log, logging.DEBUG)
    assert [line for line in debug if line.endswith("of turn 1")] == [
        f"sim echo: attempt {number} of turn 1" for number in (1, 2, 3)
    ]
    assert sum("failed with" in line and "503" in line for line in debug) == 3
    (line,) = lines(log, logging.INFO)
    assert re.fullmatch(
        rf"sim echo: failed with \w+ \(503\), 3 attempts, request req_\w+, {END}", line
    )


INSTALLED = """
import logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(message)s")
logging.getLogger("chimeric").setLevel(sys.argv[1])
from chimeric import Chimeric
with Chimeric() as client:
    client.generate("sim:echo", "Hello")
"""


@pytest.mark.parametrize(("level", "attempts"), [("DEBUG", 2), ("INFO", 0)])
def test_the_installed_plugin_tells_of_attempts_where_debug_was_set_first(level, attempts):
    command = [sys.executable, "-c", INSTALLED, level]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sum("attempt 1" in line for line in done.stdout.splitlines()) == attempts
    assert sum(line.startswith("INFO sim echo: stop") for line in done.stdout.splitlines()) == 1


def test_debug_tells_when_the_answer_has_begun(log):
    with Chimeric(plugins=[Log()]) as client:
        client.generate("sim:echo", "Hello")
    assert any(re.search(rf"has begun after {END}$", line) for line in lines(log, logging.DEBUG))


def test_a_call_of_several_turns_is_one_line(client, log):
    client.generate("sim:tools", "Add 2 and 3", tools=[add])
    (line,) = lines(log, logging.INFO)
    assert ", 2 turns, " in line


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_a_stream_that_its_caller_left_is_told_as_such(client, log):
    stream = client.generate("sim:story", "Tides", stream=True, rate=20)
    next(iter(stream))
    stream.close()
    (line,) = lines(log, logging.INFO)
    assert "closed by its caller" in line


def test_neither_content_nor_keys_are_logged(log):
    with Chimeric(max_retries=0) as client:
        client.generate("sim:echo", SECRET, api_key=f"key-{SECRET}")
        with pytest.raises(ChimericError):
            client.generate("sim:nope", SECRET, api_key=f"key-{SECRET}")
        with pytest.raises(ChimericError):
            client.generate("sim:echo", SECRET, extra_body={"sim": {"status": 400}})
    assert len(lines(log, logging.INFO)) == 3
    assert SECRET not in " ".join(f"{r.getMessage()} {vars(r)}" for r in log.records)


def test_content_is_logged_where_it_is_asked_for_and_the_call_still_has_one_line(log):
    with Chimeric(plugins=[Log(content=True)]) as client:
        client.generate("sim:echo", SECRET, api_key="sk-0123456789abcdef")
    debug = lines(log, logging.DEBUG)
    assert f"sim:echo: asked {SECRET!r}" in debug
    assert f"sim echo: answered {SECRET!r}" in debug
    assert len(lines(log, logging.INFO)) == 1
    assert "sk-0123456789abcdef" not in log.text


def test_a_logger_of_ones_own_gets_the_lines(log):
    log.set_level(logging.INFO, "mine")
    with Chimeric(plugins=[Log(logger=logging.getLogger("mine"))]) as client:
        client.generate("sim:echo", "Hello")
    assert [r.name for r in log.records if r.levelno == logging.INFO] == ["mine"]


def test_a_model_cannot_write_lines_of_its_own(log):
    with Chimeric(max_retries=0) as client, pytest.raises(ChimericError):
        client.generate("sim:x\nINFO:chimeric:forged", "Hello")
    assert all("\n" not in line for line in lines(log, logging.INFO))


def test_nothing_is_logged_where_nobody_asks(client, caplog):
    caplog.set_level(logging.WARNING, "chimeric")
    client.generate("sim:echo", "Hello")
    assert lines(caplog, logging.INFO) == lines(caplog, logging.DEBUG) == []
