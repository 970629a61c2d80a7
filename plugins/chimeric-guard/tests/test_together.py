"""With other middleware, and out of the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import chimeric_guard
import pytest
from chimeric_cache import Cache
from chimeric_cost import Cost
from chimeric_guard import Guard, InputGuard, StopSequences, ThinkTags, words
from chimeric_redact import Redact

from chimeric import Chimeric, ConfigurationError, RefusedError

from .conftest import CALL, MODES, Server, everything, hear

FORBIDDEN = "swordfish"


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


@pytest.mark.parametrize("mode", MODES)
def test_all_together_behind_the_tool_loop(server: Server, mode: str, tmp_path: Path) -> None:
    plugins = [
        *(Cache(tmp_path / "answers.db"), Redact(), Cost(), ThinkTags(), StopSequences(["###"])),
        *(InputGuard(words(["bomb"])), Guard(words([FORBIDDEN]), reasoning=True, tool_calls=True)),
    ]
    server.turns = [
        ["<think>Hm.</think>Mail a@example", ".org. ", CALL],
        ["It is sunny. And a swo", "rdfish. ### more"],
    ]
    heard = hear(mode, server.client(*plugins), tools=[weather])
    assert heard.response is not None
    assert heard.response.reasoning == "Hm."
    assert heard.response.content.startswith("Mail [email]. ")
    assert heard.response.finish_reason == "content_filter"
    assert [result.output for result in heard.response.tool_results] == ["sunny in Oslo"]
    assert "swo" not in everything(heard).replace("sword_", "")
    heard = hear(mode, server.client(*plugins), messages="a bomb")
    assert isinstance(heard.error, RefusedError)
    assert server.asked == 2


def test_the_guard_sees_what_redact_has_left(server: Server) -> None:
    seen: list[str] = []

    def note(text: str) -> bool:
        seen.append(text)
        return True

    server.turns = [["Mail a@example", ".org. Bye"]]
    hear("sync", server.client(Guard(note), Redact()))
    assert "".join(seen) == "Mail [email]. Bye"


def test_a_cached_answer_is_guarded_each_time(server: Server, tmp_path: Path) -> None:
    server.turns = [["One. The swordfish. "]]
    cache = Cache(tmp_path / "answers.db")
    plain = hear("sync", server.client(cache))
    assert FORBIDDEN in plain.text
    heard = hear("sync", server.client(cache, Guard(lambda text: FORBIDDEN not in text)))
    assert (heard.text, server.asked) == ("One. ", 1)
    assert FORBIDDEN not in everything(heard)


@pytest.mark.parametrize("ends", [StopSequences(["END"]), Guard(words(["END"]))])
def test_an_answer_that_was_ended_is_not_kept(server: Server, tmp_path: Path, ends: object) -> None:
    """It is no whole answer for a client without the plugin."""
    cache = Cache(tmp_path / "answers.db", keep=("stop", "content_filter"))
    server.turns = [["one END two"], ["one END two"]]
    hear("sync", server.client(cache, ends), stop=["END"])
    heard = hear("sync", server.client(cache), stop=["END"])
    assert heard.text == "one END two"
    assert server.asked == 2


def told(**variables: str) -> str:
    """What a fresh process with these variables is told."""
    program = (
        "from chimeric import Chimeric\n"
        "client = Chimeric()\n"
        "try:\n"
        "    response = client.generate('sim:echo', 'My swordfish!', stream=True).collect()\n"
        "    print(response.content, response.finish_reason)\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
        "[told] = [plugin for plugin in client.plugins if plugin.name == 'guard']\n"
        "print(*sorted(told.hooks))\n"
    )
    known = {name: v for name, v in os.environ.items() if not name.startswith("CHIMERIC_")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**known, "CHIMERIC_PLUGINS": "sim,guard", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().replace("\n", " | ")


def test_the_environment_forbids_words_and_nothing_is_there_without_it(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# secrets\nred herring\nswordfish\n", encoding="utf-8")
    alone = "chimeric_stream_processor"
    both = f"chimeric_prepare_request {alone}"
    assert told() == f"My swordfish! stop | {alone}"
    assert told(CHIMERIC_GUARD_WORDS="herring, swordfish") == f"content_filter | {alone}"
    assert told(CHIMERIC_GUARD_WORDS_FILE=str(file)) == f"content_filter | {alone}"
    words_and = {"CHIMERIC_GUARD_WORDS": "swordfish", "CHIMERIC_GUARD_PROMPTS": "1"}
    assert told(**words_and) == f"RefusedError | {both}"
    missing = told(CHIMERIC_GUARD_WORDS_FILE=str(tmp_path / "none.txt"))
    assert missing.startswith("ConfigurationError")


def test_a_list_without_a_word_is_a_fault_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIMERIC_GUARD_WORDS", " , ")
    with Chimeric() as client, pytest.raises(ConfigurationError, match="CHIMERIC_GUARD_WORDS"):
        client.generate("sim:echo", "Hi")


def test_public_names_are_there() -> None:
    for name in chimeric_guard.__all__:
        assert getattr(chimeric_guard, name) is not None
    with pytest.raises(AttributeError):
        _ = chimeric_guard.nothing
