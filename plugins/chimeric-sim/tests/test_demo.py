"""The demo as a process: what it shows, and where it can be run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

COMMAND = [sys.executable, "-m", "chimeric_sim.demo"]


@pytest.fixture(scope="module")
def shown() -> str:
    """What the demo shows; it is run once."""
    settings = {**os.environ, "COLUMNS": "60", "PYTHONUTF8": "1"}
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=settings, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def section(shown: str, title: str) -> str:
    """What stands under a title."""
    return re.split(rf"^{title}.*$", shown, maxsplit=1, flags=re.MULTILINE)[1]


def test_each_provider_tells_another_story_of_what_was_asked(shown):
    tour = shown[: shown.index("A tool runs")]
    stories = re.split(r"^\w+ \(.+\)$", tour, flags=re.MULTILINE)[1:]
    assert stories
    assert len(set(stories)) == len(stories)
    assert all("lighthouse keeper" in " ".join(story.split()) for story in stories)


def test_a_tool_tells_how_far_it_is_in_the_middle_of_the_stream(shown):
    told = section(shown, "A tool runs")
    places = [told.index(word) for word in ("→ weather(", "… asking", "← ", "Here is what")]
    assert places == sorted(places)


def test_a_cut_stream_raises_with_what_came(shown):
    told = section(shown, "A stream that is cut")
    assert "StreamInterruptedError" in told
    assert re.search(r"\.partial\.content has all\s+\d+", told)


def test_a_provider_that_is_down_is_replaced(shown):
    told = section(shown, "A provider that is down")
    if find_spec("chimeric_fallback") is None:
        assert "not installed here" in " ".join(told.split())
    else:
        assert " answers\n" in told


def test_two_hundred_streams_run_at_once(shown):
    assert re.search(r"\d+ chunks of 200 streams", section(shown, "200 streams at once"))
    assert "Each brought the same text" in shown


def test_it_ends_with_what_to_try_next_and_fits_sixty_columns(shown):
    assert "getting-started.md" in section(shown, "What to try next")
    assert not [line for line in shown.splitlines() if len(line) > 60]
    assert "\x1b" not in shown
