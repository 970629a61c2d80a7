"""Markdown that is drawn while it arrives: in a real pseudo-terminal, and block by block."""

from __future__ import annotations

import io
import sys
import time

import pytest
from chimeric_cli.markdown import MarkdownOutput, split_blocks
from rich.console import Console

from chimeric import StreamChunk

from .conftest import screen_of

DOCUMENT = """# Title

Some *emphasis*
over two lines.

1. one

   more of one
2. two

```python
def f():

    return 1
```

| a | b |
|---|---|
| 1 | 2 |

> quote

Last.
"""

SHOWN = [
    "Title", "Some emphasis over two lines.", "1 one", "more of one", "2 two", "def f():",
    "return 1", "a  b", "────", "1  2", "▌ quote", "Last.",
]  # fmt: skip


@pytest.fixture
def fast_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_blocks_are_given_out_whole_and_in_order_however_the_text_arrives(size):
    whole, rest = [], ""
    for start in range(0, len(DOCUMENT), size):
        done, rest = split_blocks(rest + DOCUMENT[start : start + size])
        if done:
            whole.append(done)
    assert "".join(whole) + rest == DOCUMENT
    if size == 1:
        assert [block.strip().split("\n")[0] for block in whole] == [
            "# Title", "Some *emphasis*", "1. one", "```python", "| a | b |", "> quote",
        ]  # fmt: skip


def test_a_growing_paragraph_stays_one_block():
    assert split_blocks("one\n#") == ("", "one\n#")
    assert split_blocks("one\n#tag goes on\n") == ("", "one\n#tag goes on\n")


def test_markdown_is_rendered_and_nothing_is_shown_twice(terminal):
    shown = terminal("chat", "-m", "sim:echo", "-p", "rate=150", DOCUMENT)
    assert shown.exit_code() == 0
    screen = [line for line in shown.screen() if line]
    assert [line.strip() for line in screen] == SHOWN
    assert "\x1b[3m" in shown.text  # emphasis
    assert all(len(line) <= 60 for line in screen)


def test_text_is_not_lost_when_the_screen_is_drawn_by_two_threads_at_every_step(fast_switches):
    for _ in range(5):
        shown = io.StringIO()
        console = Console(file=shown, force_terminal=True, width=60, height=24, color_system=None)
        output = MarkdownOutput(console)
        for start in range(0, len(DOCUMENT), 3):
            output.chunk(StreamChunk(delta=DOCUMENT[start : start + 3]))
            time.sleep(0.02)
        output.close()
        screen = [line.strip() for line in screen_of(shown.getvalue()) if line.strip()]
        assert screen == SHOWN


def test_no_color_keeps_the_rendering_and_leaves_the_colours_out(terminal):
    shown = terminal("chat", "-m", "sim:echo", "`code` *x*", NO_COLOR="1")
    assert shown.exit_code() == 0
    assert "`" not in "".join(shown.screen())
    assert "\x1b[1;36" not in shown.text


@pytest.mark.parametrize("way", ["--no-markdown", "--raw", "dumb", "ascii"])
def test_plain_text_where_markdown_is_not_wanted_or_not_possible(terminal, way):
    more = {"dumb": {"TERM": "dumb"}, "ascii": {"PYTHONIOENCODING": "ascii"}}.get(way, {})
    flags = [way] if way.startswith("-") else []
    shown = terminal("chat", "-m", "sim:echo", *flags, "`code` *x*", **more)
    assert shown.exit_code() == 0
    assert "`code` *x*" in shown.text
    assert "\x1b" not in shown.text


def test_ctrl_c_leaves_what_came_once_and_a_clean_terminal(terminal):
    words = " ".join(f"word{n}" for n in range(900))
    shown = terminal("chat", "-m", "sim:echo", "-p", "rate=40", words)
    shown.read(until="word20")
    shown.type("\x03")
    assert shown.exit_code() == 130
    screen = [line for line in shown.screen() if line]
    assert screen[-1] == "interrupted"
    assert len(screen) == len(set(screen)) > 1
    assert "^C" not in shown.text
    assert shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")  # the cursor is back


def test_a_conversation_keeps_what_was_said_and_knows_commands(terminal, tmp_path):
    talk = terminal("chat", "-m", "sim:echo")
    talk.read(until="> ")
    talk.type("first question\n")
    talk.read(until="first question\r\n\x1b[?25h")
    for line in ("/usage", "/help", "/system be kind", f"/save {tmp_path}/talk.json", "/nope"):
        talk.type(line + "\n")
    talk.read(until="no command /nope")
    talk.type("/quit\n")
    assert talk.exit_code() == 0
    assert "tokens" in talk.text
    assert "/reset" in talk.text
    saved = (tmp_path / "talk.json").read_text()
    assert saved.count("first question") == 2
    assert "be kind" in saved
    history = tmp_path / ".local/share/chimeric/history"
    if sys.platform == "linux":
        assert history.stat().st_mode & 0o777 == 0o600
        assert "first question" in history.read_text()


def test_ctrl_c_in_a_conversation_stops_the_answer_and_nothing_else(terminal):
    talk = terminal("chat", "-m", "sim:story", "-p", "rate=40", "-p", "tokens=900", "--no-markdown")
    talk.read(until="> ")
    talk.type("tell\n")
    talk.wait(lambda text: len(text.partition("tell")[2]) > 40)  # of the answer
    talk.type("\x03")
    talk.read(until="interrupted")
    talk.type("/save /dev/null\n")
    talk.read(until="exists already")
    talk.wait(lambda text: "> " in text.rpartition("exists already")[2])
    prompts = talk.text.count("> ")
    talk.type("half a line\x03")
    talk.wait(lambda text: text.count("> ") > prompts)
    talk.type("\x04")
    assert talk.exit_code() == 0
