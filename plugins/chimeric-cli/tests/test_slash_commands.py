"""The commands of a conversation, typed at a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

EDITOR = "import sys; p = sys.argv[1]; t = open(p).read(); open(p, 'w').write(t.upper())"


@pytest.fixture
def say(terminal: Callable[..., Any], tmp_path: Any) -> Iterator[Callable[[str, str], str]]:
    """Type a line, and wait for a text; what was shown since then."""
    (tmp_path / "edit.py").write_text(EDITOR)
    shown = terminal(
        *("chat", "-m", "sim:echo", "--no-markdown"),
        EDITOR=f"{sys.executable} {tmp_path}/edit.py",
        VISUAL="",
        NO_COLOR="1",
    )
    shown.read(until="> ")

    def say(line: str, until: str) -> str:
        shown.output = b""
        shown.type(line + "\n")

        def is_done(text: str) -> bool:
            # The prompt comes again when all is done.
            text = text.replace("\r", "")
            return until in text.partition("\n")[2] and text.endswith("> ")

        return str(shown.wait(is_done, 60)).replace("\r", "")

    yield say
    shown.type("/quit\n")
    assert shown.exit_code() == 0


def test_retry_asks_the_last_question_again_and_keeps_one_answer(say, tmp_path):
    say("first", "first\n")
    say("second", "second\n")
    say("/retry", "second\n")
    say(f"/save {tmp_path}/talk.json", "saved 4 messages")


def test_retry_asks_a_question_that_had_no_answer(say):
    say("/model sim:nope", "model: sim:nope")
    say("question", "")
    say("/model sim:echo", "model: sim:echo")
    assert "question" in say("/retry", "question\n")


def test_edit_changes_the_last_question(say, tmp_path):
    say("shout", "shout\n")
    say("/edit", "SHOUT")
    say(f"/save {tmp_path}/talk.json", "saved 2 messages")
    saved = json.loads((tmp_path / "talk.json").read_text())
    assert [m["content"] for m in saved["messages"]["values"]] == ["SHOUT", "SHOUT"]


def test_what_is_attached_goes_with_the_next_message_alone(say, tmp_path):
    (tmp_path / "notes.txt").write_text("milk")
    say(f"/attach {tmp_path}/notes.txt", "with the next message: text/plain")
    say("what is it", "what is it\n")
    assert "nothing" in say("/attach", "nothing")
    say(f"/save {tmp_path}/talk.json", "saved 2 messages")
    asked = json.loads((tmp_path / "talk.json").read_text())["messages"]["values"][0]
    assert [part["type"] for part in asked["content"]] == ["file", "text"]


def test_a_saved_conversation_goes_on(say, tmp_path):
    path = tmp_path / "talk.json"
    say("/system be kind", "system: be kind")
    say("first", "first\n")
    say(f"/save {path}", "saved 2 messages")
    say("/reset", "forgotten")
    say("/system -", "system: (none)")
    say(f"/load {path}", "loaded 2 messages; sim:echo")
    assert "be kind" in say("/system", "system: be kind")
    say("second", "second\n")
    say(f"/save {path}", "saved 4 messages")  # its own file is written over
    assert json.loads(path.read_text())["system"] == "be kind"


def test_a_conversation_of_the_first_form_is_read(say, tmp_path):
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    old = {"model": "sim:echo", "system": None, "messages": messages}
    (tmp_path / "old.json").write_text(json.dumps(old))
    say(f"/load {tmp_path}/old.json", "loaded 2 messages")
    say("/retry", "a\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "No such file"),
        ("# notes", "no JSON"),
        ("[1]", "no saved conversation"),
        ('{"v": 99, "messages": []}', "a later version"),
        ('{"messages": [{"role": "user"}]}', "messages[0]"),
    ],
)
def test_what_cannot_be_loaded_is_told_and_nothing_is_lost(say, tmp_path, text, told):
    if text is not None:
        (tmp_path / "talk.json").write_text(text)
    say("first", "first\n")
    shown = say(f"/load {tmp_path}/talk.json", "")
    assert told in shown.replace("\n", "")
    say(f"/save {tmp_path}/kept.json", "saved 2 messages")


def test_a_file_that_is_there_is_not_written_over(say, tmp_path):
    (tmp_path / "mine.md").write_text("mine")
    say("first", "first\n")
    say(f"/save {tmp_path}/mine.md", "")
    assert (tmp_path / "mine.md").read_text() == "mine"
