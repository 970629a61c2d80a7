"""Checks that raise, never return or return rubbish, and settings that make no sense."""

from __future__ import annotations

import threading
import time
import warnings
from typing import Any

import pytest
from chimeric_guard import (
    Guard,
    InputGuard,
    Moderation,
    Passage,
    Refuse,
    StopSequences,
    ThinkTags,
    patterns,
    words,
)

from chimeric import PluginError, PluginWarning, run, wait

from .conftest import MODES, Server, everything, hear

STUCK = threading.Event()


def raises(text: str) -> bool:
    raise ValueError(f"cannot read {text}")


def never(text: str) -> bool:
    return STUCK.wait(60)


def never_asks(text: str) -> Any:
    yield from wait(60)


def asks_a_thread(text: str) -> Any:
    return (yield from run(never, text))


def nothing(text: str) -> None:
    return None


def rubbish(text: str) -> Any:
    return "fine"


BAD = [
    (raises, "raised ValueError"),
    (never, "gave no verdict in 0.05 s"),
    (never_asks, "gave no verdict in 0.05 s"),
    (asks_a_thread, "gave no verdict in 0.05 s"),
    (nothing, "returned NoneType"),
    (rubbish, "returned str"),
]


def seconds_for(fault: str) -> float:
    """Those that answer have time to, on a busy machine too."""
    return 0.05 if "0.05 s" in fault else 60


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("check", "fault"), BAD, ids=[check.__name__ for check, _ in BAD])
def test_a_check_without_a_verdict_fails_the_call(
    server: Server, mode: str, check: Any, fault: str
) -> None:
    server.turns, server.endless = [["The swordfish. ", "Two"]], True
    began = time.monotonic()
    heard = hear(mode, server.client(Guard(check, timeout=seconds_for(fault))))
    assert isinstance(heard.error, PluginError)
    assert fault in str(heard.error)
    assert "sword" not in everything(heard)
    assert time.monotonic() - began < 20
    assert server.was_left()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("check", "fault"), BAD, ids=[check.__name__ for check, _ in BAD])
def test_or_it_is_told_that_the_text_was_not_checked(
    server: Server, mode: str, check: Any, fault: str
) -> None:
    server.turns = [["One. ", "Two"]]
    with pytest.warns(PluginWarning, match="comes out unchecked") as told:
        heard = hear(mode, server.client(Guard(check, timeout=seconds_for(fault), on_error="pass")))
    assert heard.text == "One. Two"
    assert heard.response is not None
    assert heard.response.finish_reason == "stop"
    report = heard.response.metadata["guard"]
    assert report["unchecked"] == 2
    assert fault in report["error"]
    assert len([w for w in told if w.category is PluginWarning]) == 1


def test_a_prompt_that_could_not_be_checked_is_not_sent(server: Server) -> None:
    heard = hear("sync", server.client(InputGuard(raises)))
    assert isinstance(heard.error, PluginError)
    assert server.asked == 0
    server.turns = [["Fine"]]
    with pytest.warns(PluginWarning, match="unchecked"):
        heard = hear("sync", server.client(InputGuard(raises, on_error="pass")))
    assert heard.text == "Fine"


def test_a_text_without_an_end_of_sentence_is_held_within_bounds(server: Server) -> None:
    sizes: list[int] = []

    def note(text: str) -> bool:
        sizes.append(len(text))
        return True

    text = "x" * 1_000_000
    server.turns = [[text[:7], text[7:]]]
    heard = hear("sync", server.client(Guard(note, inline=True, most=4000, overlap=40)))
    assert heard.text == text
    assert max(sizes) == 4000
    server.turns = [[text[place : place + 100] for place in range(0, 20_000, 100)]]
    heard = hear("sync", server.client(Guard(note, inline=True, most=4000, overlap=40)))
    given = [len(chunk.content) for chunk in heard.chunks if chunk.delta]
    assert max(b - a for a, b in zip([0, *given], given, strict=False)) <= 4000
    assert heard.text == text[:20_000]


def test_a_megabyte_of_sentences_takes_no_time_that_grows_with_its_square(server: Server) -> None:
    text = "A sentence of some words, which ends here. " * 24_000
    server.turns = [[text]]
    began = time.process_time()
    heard = hear("sync", server.client(Guard(lambda text: True, inline=True)))
    assert heard.text == text
    assert time.process_time() - began < 30


def test_half_characters_are_read_as_any_others() -> None:
    check = words(["secret"])
    assert check("\ud83d secret \udc00", Passage("", "text")) == Refuse("a forbidden word")
    assert check("\ud83d", Passage("", "text")) is True


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: Guard(raises, by="window", window=0), "window"),
        (lambda: Guard(raises, overlap=-1), "overlap"),
        (lambda: Guard(raises, most=40, overlap=40), "most"),
        (lambda: Guard(raises, by="word"), "by"),  # type: ignore[arg-type]
        (lambda: Guard(raises, timeout=0), "timeout"),
        (lambda: Guard(raises, timeout=float("nan")), "timeout"),
        (lambda: Guard(raises, on_error="ignore"), "on_error"),  # type: ignore[arg-type]
        (lambda: Guard(raises, text=False), "nothing"),
        (lambda: InputGuard(raises, roles=["tool"]), "roles"),
        (lambda: StopSequences([""]), "empty"),
        (lambda: words([]), "not empty"),
        (lambda: words(["fish", " "]), "not empty"),
        (lambda: words(["\u00ad"]), "not empty"),
        (lambda: patterns(["a*"]), "matches an empty text"),
        (lambda: patterns([]), "no pattern"),
        (lambda: patterns(["a"], longest=0), "longest"),
        (lambda: patterns(["a"], replace="aha"), "matches a pattern itself"),
        (lambda: Moderation("k", thresholds={"hate": 2}), "threshold"),
        (lambda: ThinkTags([]), "tags"),
        (lambda: ThinkTags("<think>"), "tags"),
    ],
)
def test_settings_that_make_no_sense_are_named(make: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make()


@pytest.mark.parametrize("make", [lambda: Guard("no"), lambda: StopSequences([1])])  # type: ignore
def test_what_is_no_function_and_no_text_is_a_type_error(make: Any) -> None:
    with pytest.raises(TypeError):
        make()


def test_nothing_is_warned_of_where_all_is_well(server: Server) -> None:
    server.turns = [["One. "]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hear("sync", server.client(Guard(lambda text: True)))
