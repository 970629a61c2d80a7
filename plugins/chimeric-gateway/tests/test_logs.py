"""Each call is a line of JSON that tells nothing of what was said, unless it is asked for."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_gateway import logs
from chimeric_gateway.clients import hash_of
from chimeric_gateway.config import Settings, load
from chimeric_gateway.logs import Record, line_of, write_to

pytest.importorskip("chimeric_sim", reason="the simulator answers here")

KEY = {"x-api-key": "the secret key"}
PROMPT = "My password is swordfish"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was written since the test began."""
    stream = io.StringIO()
    logger = logging.getLogger("chimeric_gateway.calls")
    before = (logger.handlers, logger.propagate, logger.level)
    write_to(stream, Settings())
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.handlers, logger.propagate, logger.level = before


def settings(**more: Any) -> dict[str, Any]:
    client = {"key_hash": f"sha256:{hash_of('the secret key')}"}
    return {"clients": {"app": client}, "models": {"fast": {"model": "sim:echo"}}, **more}


def chat(text: str = PROMPT, **more: Any) -> dict[str, Any]:
    return {"model": "fast", "messages": [{"role": "user", "content": text}], **more}


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_is_one_line_with_who_what_and_how_long(
    stream: bool, lines: Any, serving: Any, ask: Any, eventually: Any
) -> None:
    with serving(settings()) as url:
        assert ask(url, "/v1/chat/completions", chat(stream=stream), headers=KEY).is_success
        eventually(lines)
    (line,) = lines()
    assert (line["client"], line["protocol"]) == ("app", "chat_completions")
    assert (line["model"], line["upstream"]) == ("fast", "sim:echo")
    assert (line["status"], line["stream"]) == (200, stream)
    assert 0 < line["first_content"] <= line["seconds"]
    assert line["prompt_tokens"] > 0
    assert line["completion_tokens"] > 0
    assert "error" not in line


def test_nothing_that_was_said_and_no_key_is_written(
    lines: Any, serving: Any, ask: Any, eventually: Any
) -> None:
    with serving(settings()) as url:
        for path, more in {
            "chat/completions": {},
            "responses": {"input": PROMPT},
            "messages": {"max_tokens": 50},
        }.items():
            body = {**chat(), **more} if path != "responses" else {"model": "fast", **more}
            assert ask(url, f"/v1/{path}", body, headers=KEY).is_success
        eventually(lambda: len(lines()) == 3)
    text = json.dumps(lines())
    assert "swordfish" not in text
    assert "secret key" not in text


def test_content_is_written_where_it_is_asked_for(
    lines: Any, serving: Any, ask: Any, eventually: Any
) -> None:
    with serving(settings(log_content=True)) as url:
        assert ask(url, "/v1/chat/completions", chat(), headers=KEY).is_success
        eventually(lines)
    (line,) = lines()
    assert line["asked"]["messages"][0]["content"] == PROMPT
    assert line["answer"] == PROMPT


def test_fields_that_were_left_out_are_told(
    lines: Any, serving: Any, ask: Any, eventually: Any
) -> None:
    with serving(settings()) as url:
        body = {"model": "fast", "max_tokens": 50, "context_management": {"edits": []}}
        body["messages"] = [{"role": "user", "content": "Hello"}]
        assert ask(url, "/v1/messages", body, headers=KEY).is_success
        eventually(lines)
    assert "context_management" in lines()[0]["left_out"]


def test_what_a_client_writes_cannot_make_a_second_line() -> None:
    record = Record(model='x"}\n{"forged": true}', client="a\r\nb", error="e\u2028f", status=200)
    line = line_of(record)
    assert len(line.splitlines()) <= 1 or "\n" not in line
    assert "\n" not in line
    assert json.loads(line)["client"] == "a\r\nb"


def test_a_long_name_is_cut() -> None:
    assert len(line_of(Record(model="m" * 100_000))) < 1000


def test_a_line_can_be_switched_off() -> None:
    stream = io.StringIO()
    logger = logging.getLogger("chimeric_gateway.calls")
    before = (logger.handlers, logger.propagate, logger.level)
    try:
        write_to(stream, load({"log": False}))
        logs.tell(Record(error="an error", status=500))
        write_to(stream, load({}))
        logs.tell(Record(client="told", status=200))
    finally:
        logger.handlers, logger.propagate, logger.level = before
    assert json.loads(stream.getvalue())["client"] == "told"


def test_a_reader_that_has_gone_does_not_disturb_calls(capsys: pytest.CaptureFixture[str]) -> None:
    gone = io.StringIO()
    logger = logging.getLogger("chimeric_gateway.calls")
    before = (logger.handlers, logger.propagate, logger.level)
    try:
        write_to(gone, Settings())
        gone.close()
        logs.tell(Record(status=200))
    finally:
        logger.handlers, logger.propagate, logger.level = before
    assert capsys.readouterr().err == ""
