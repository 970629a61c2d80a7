"""Nothing of an answer comes out that a guard has not approved, however a call is made."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from chimeric_guard import Guard, Passage, Refuse, Replace, words
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import ConfigurationError, HTTPRequest, RefusedError, fetch, run

from .conftest import CALL, MODES, Server, everything, hear

FORBIDDEN = "swordfish"


def approves(text: str) -> bool:
    return FORBIDDEN not in text


async def approves_later(text: str) -> bool:
    return FORBIDDEN not in text


def asks(text: str) -> Any:
    return (yield from run(approves, text))


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


@pytest.mark.parametrize("check", [approves, asks, words([FORBIDDEN])])
@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_ends_the_turn_and_the_connection(server: Server, mode: str, check: Any) -> None:
    server.turns, server.endless = (
        [["One is fine, and long enough to come out. ", "The sword", "fish. "]],
        True,
    )
    heard = hear(mode, server.client(Guard(check)))
    assert heard.response is not None
    assert server.was_left()
    assert "One is fine".startswith(heard.text[:11])
    assert heard.chunks[-1].finish_reason == heard.response.finish_reason == "content_filter"
    assert heard.response.metadata["guard"]["kind"] == "text"
    assert "sword" not in everything(heard)


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_check_may_be_a_coroutine_function(server: Server, mode: str) -> None:
    server.turns = [["One. ", f"The {FORBIDDEN}. ", "Two. "]]
    heard = hear(mode, server.client(Guard(approves_later)))
    assert heard.text == "One. "


def test_a_sync_call_cannot_await_a_check_and_says_so(server: Server) -> None:
    server.turns = [["One. "]]
    heard = hear("sync", server.client(Guard(approves_later, on_error="pass")))
    assert isinstance(heard.error, ConfigurationError)
    assert "approves_later is a coroutine function" in str(heard.error)


@pytest.mark.parametrize("mode", MODES)
def test_an_approved_answer_is_the_answer(server: Server, mode: str) -> None:
    server.turns = [["One. ", "Two", ". Three"]]
    heard = hear(mode, server.client(Guard(approves)))
    assert heard.response is not None
    assert heard.text == heard.response.content == "One. Two. Three"
    assert (heard.response.finish_reason, heard.response.usage.total_tokens) == ("stop", 12)
    assert "guard" not in heard.response.metadata


def test_the_check_is_asked_once_for_each_sentence_and_told_what_came_before() -> None:
    seen: list[tuple[str, str, bool]] = []

    def note(text: str, passage: Passage) -> bool:
        seen.append((text, passage.before, passage.final))
        return True

    server = Server()
    server.turns = [["One. Tw", "o! ", "Three"]]
    hear("sync", server.client(Guard(note)))
    server.loopback.close()
    assert seen == [("One. ", "", False), ("Two! ", "One. ", False), ("Three", "One. Two! ", True)]


def test_windows_overlap_and_what_they_share_is_held(server: Server) -> None:
    seen: list[str] = []

    def note(text: str) -> bool:
        seen.append(text)
        return True

    server.turns = [["abcd", "efgh", "ij"]]
    heard = hear("sync", server.client(Guard(note, by="window", window=4, overlap=2)))
    assert seen == ["abcd", "cdefgh", "ghij"]
    assert [chunk.delta for chunk in heard.chunks if chunk.delta] == ["ab", "cd", "ef", "gh", "ij"]


def test_what_is_replaced_comes_out_as_something_else(server: Server) -> None:
    def mask(text: str) -> Any:
        return Replace(text.replace(FORBIDDEN, "***")) if FORBIDDEN in text else True

    server.turns = [["One. The sword", "fish. ", "Two"]]
    heard = hear("sync", server.client(Guard(mask)))
    assert heard.response is not None
    assert heard.response.content == "One. The ***. Two"
    assert heard.response.metadata["guard"] == {"replaced": 1}
    assert FORBIDDEN not in everything(heard)


def test_a_sentence_can_be_left_out(server: Server) -> None:
    server.turns = [["One. Two. Three"]]
    check = Guard(lambda text: Replace("") if "Two" in text else True)
    assert hear("sync", server.client(check)).text == "One. Three"


def test_a_refused_error_refuses_too_and_false_has_a_reason(server: Server) -> None:
    def refuses(text: str) -> bool:
        raise RefusedError("not today")

    for check, reason in ((refuses, "not today"), (lambda text: False, "refused by a guard")):
        server.turns = [["One. "]]
        heard = hear("sync", server.client(Guard(check)))
        assert heard.response is not None
        assert heard.response.metadata["guard"]["refused"] == reason
        assert heard.error is None


@pytest.mark.parametrize("mode", MODES)
def test_reasoning_is_checked_where_asked(server: Server, mode: str) -> None:
    said = [{"reasoning": "The sword"}, {"reasoning": "fish is it."}, "It is secret."]
    server.turns = [said]
    heard = hear(mode, server.client(Guard(approves, reasoning=True)))
    assert FORBIDDEN not in everything(heard)
    assert heard.response is not None
    assert heard.response.metadata["guard"]["kind"] == "reasoning"
    assert heard.text == ""
    server.turns = [said]
    heard = hear(mode, server.client(Guard(approves)))
    assert heard.text == "It is secret."


@pytest.mark.parametrize("mode", MODES)
def test_a_call_that_is_refused_is_not_made_and_not_shown(server: Server, mode: str) -> None:
    ran: list[str] = []

    def weather(city: str) -> str:
        ran.append(city)
        return "sunny"

    server.turns = [["Fine. ", {"call": '{"city": "sword'}, {"call": 'fish"}'}]]
    heard = hear(mode, server.client(Guard(approves, tool_calls=True)), tools=[weather])
    assert (ran, server.asked) == ([], 1)
    assert heard.response is not None
    assert heard.response.finish_reason == "content_filter"
    assert heard.response.tool_calls == ()
    assert heard.text == "Fine. "
    assert "sword" not in everything(heard)


def test_the_text_before_a_call_is_refused_and_the_call_is_not_made(server: Server) -> None:
    server.turns = [[FORBIDDEN, CALL]]
    heard = hear("sync", server.client(Guard(approves)), tools=[weather])
    assert heard.response is not None
    assert (server.asked, heard.response.tool_calls) == (1, ())


@pytest.mark.parametrize("mode", MODES)
def test_behind_the_tool_loop_each_turn_is_guarded(server: Server, mode: str) -> None:
    server.turns = [["Let me see. ", CALL], ["It is sunny. ", FORBIDDEN, " more"]]
    heard = hear(mode, server.client(Guard(approves, tool_calls=True)), tools=[weather])
    assert heard.response is not None
    assert heard.response.content == "Let me see. It is sunny. "
    assert [result.output for result in heard.response.tool_results] == ["sunny in Oslo"]
    assert heard.response.finish_reason == "content_filter"


def test_arguments_of_a_call_can_be_replaced(server: Server) -> None:
    def elsewhere(text: str, passage: Passage) -> Any:
        if passage.kind == "tool_call":
            assert (passage.name, text) == ("weather", '{"city":"Oslo"}')
            return Replace('{"city": "Rome"}')
        return True

    server.turns = [[CALL], ["Done"]]
    heard = hear("sync", server.client(Guard(elsewhere, tool_calls=True)), tools=[weather])
    assert heard.response is not None
    assert [result.output for result in heard.response.tool_results] == ["sunny in Rome"]
    assert "Oslo" not in everything(heard)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_whole_answers_are_guarded_too(server: Server, way: str) -> None:
    server.turns = [[f"One. The {FORBIDDEN}. ", CALL]]
    with server.client(Guard(approves)) as client:
        response = client.generate("compatible:m", "Hi", tools=[weather])
    assert (response.content, response.finish_reason) == ("One. ", "content_filter")
    assert (response.tool_calls, response.native) == ((), None)


def test_what_a_broken_stream_left_unapproved_is_dropped(server: Server) -> None:
    server.turns = [["One. ", "The swordfi", Close()]]
    heard = hear("sync", server.client(Guard(approves)))
    assert heard.error is not None
    assert heard.error.partial is not None
    assert heard.error.partial.content == "One. "
    assert "sword" not in everything(heard)


def test_an_answer_that_is_tried_again_begins_anew(server: Server) -> None:
    server.turns = [["swordfi", Close()], ["All is fine."]]
    client = server.client(Guard(words([FORBIDDEN], whole=False))).with_options(max_retries=1)
    heard = hear("sync", client)
    assert (heard.text, heard.error) == ("All is fine.", None)


def test_structured_output_shows_nothing_that_is_held(server: Server) -> None:
    class City(msgspec.Struct):
        name: str
        secret: str

    server.turns = [['{"name": "Oslo",', ' "secret": "sword', 'fish"}']]
    heard = hear("sync", server.client(Guard(words([FORBIDDEN]))), response_format=City)
    assert heard.response is not None
    assert (heard.response.parsed, heard.error) == (None, None)
    assert "sword" not in everything(heard)


def test_two_guards_both_have_their_say(server: Server) -> None:
    server.turns = [["One. Two. Three. "]]
    first, second = Guard(lambda text: "Three" not in text), Guard(lambda text: "Two" not in text)
    heard = hear("sync", server.client(first, second))
    assert heard.text == "One. "


def test_native_events_cannot_be_guarded(server: Server) -> None:
    heard = hear("sync", server.client(Guard(approves)), native=True)
    assert isinstance(heard.error, ConfigurationError)
    assert server.asked == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_check_may_ask_a_service(server: Server, mode: str) -> None:
    def judge(request: SeenRequest) -> list[bytes]:
        body = b'{"safe": false}' if b"sword" in request.body else b'{"safe": true}'
        return [b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body]

    with LoopbackServer(judge) as service:

        def classified(text: str) -> Any:
            answer = yield from fetch(HTTPRequest(url=service.url, body={"text": text}))
            return answer.json()["safe"]

        server.turns = [["One. ", f"A {FORBIDDEN}. ", "Two. "]]
        heard = hear(mode, server.client(Guard(classified)))
        assert heard.text == "One. "
        assert len(service.requests) == 2


def test_a_check_that_thinks_is_given_its_time(server: Server) -> None:
    def slow(text: str) -> Any:
        time.sleep(0.05)
        return Refuse("late but no") if "Two" in text else True

    server.turns = [["One. ", "Two. "]]
    assert hear("sync", server.client(Guard(slow, timeout=30))).text == "One. "
