"""What is said is checked before it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_guard import Guard, InputGuard, Passage, Refuse, Replace, words

from chimeric import ImagePart, Message, RefusedError, TextPart

from .conftest import CALL, MODES, Server, hear

PICTURE = ImagePart(data="iVBORw0KGgo=", media_type="image/png")


def weather(city: str) -> str:
    """The weather of a city."""
    return f"the secret of {city}"


def no_secrets(text: str) -> Any:
    return Refuse("no secrets") if "secret" in text else True


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "messages",
    [
        "Tell the secret",
        [Message("system", "the secret is 7"), Message("user", "Hi")],
        [Message("user", (PICTURE, TextPart("What is this secret?")))],
        [Message("user", "a secret"), Message("assistant", "Ah"), Message("user", "Hi")],
    ],
)
def test_nothing_is_sent_that_is_refused(server: Server, mode: str, messages: Any) -> None:
    heard = hear(mode, server.client(InputGuard(no_secrets)), messages=messages)
    assert isinstance(heard.error, RefusedError)
    assert heard.error.message == "no secrets"
    assert server.asked == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_can_be_an_answer(server: Server, mode: str) -> None:
    guard = InputGuard(no_secrets, answer="I cannot talk about that.")
    heard = hear(mode, server.client(guard), messages="Tell the secret")
    assert heard.text == "I cannot talk about that."
    assert heard.response is not None
    assert heard.response.finish_reason == "content_filter"
    assert heard.response.metadata["guard"] == {"refused": "no secrets", "kind": "prompt"}
    assert (heard.error, server.asked) == (None, 0)


def test_what_the_model_said_before_is_not_the_callers_unless_asked(server: Server) -> None:
    messages = [Message("user", "Hi"), Message("assistant", "a secret"), Message("user", "Go on")]
    server.turns = [["Fine"]]
    assert hear("sync", server.client(InputGuard(no_secrets)), messages=messages).text == "Fine"
    guard = InputGuard(no_secrets, roles=["user", "assistant"])
    heard = hear("sync", server.client(guard), messages=messages)
    assert isinstance(heard.error, RefusedError)


def test_what_is_replaced_is_sent_in_every_turn_and_asked_about_once(server: Server) -> None:
    asked: list[tuple[str, str]] = []

    def mask(text: str, passage: Passage) -> Any:
        asked.append((text, passage.kind))
        return Replace(text.replace("7", "*")) if "7" in text else True

    server.turns = [[CALL], ["Done"]]
    messages = [Message("user", (PICTURE, TextPart("My pin is 7"))), Message("user", "Hi")]
    hear("sync", server.client(InputGuard(mask)), messages=messages, tools=[weather])
    for request in server.loopback.requests:
        assert b"pin is *" in request.body
        assert b"pin is 7" not in request.body
        assert b"iVBORw0KGgo" in request.body
    assert asked == [("My pin is 7", "prompt"), ("Hi", "prompt")]


@pytest.mark.parametrize("mode", MODES)
def test_results_of_tools_are_checked_where_asked(server: Server, mode: str) -> None:
    server.turns = [["Let me see. ", CALL]]
    guard = InputGuard(no_secrets, tool_results=True)
    heard = hear(mode, server.client(guard), tools=[weather])
    assert isinstance(heard.error, RefusedError)
    assert server.asked == 1
    assert heard.error.partial is not None
    assert heard.error.partial.content == "Let me see. "
    server.turns = [[CALL], ["Sunny"]]
    assert hear(mode, server.client(InputGuard(no_secrets)), tools=[weather]).text == "Sunny"


def test_one_check_serves_prompts_and_answers(server: Server) -> None:
    check = words(["secret"])
    plugins = (InputGuard(check), Guard(check))
    server.turns = [["It is a secret."]]
    assert isinstance(hear("sync", server.client(*plugins), messages="secret!").error, RefusedError)
    heard = hear("sync", server.client(*plugins))
    assert heard.response is not None
    assert heard.response.finish_reason == "content_filter"


def test_whole_calls_are_refused_too(server: Server) -> None:
    with server.client(InputGuard(no_secrets)) as client, pytest.raises(RefusedError):
        client.generate("compatible:m", "the secret")


def test_a_call_for_native_events_cannot_be_answered_and_is_not_sent(server: Server) -> None:
    guard = InputGuard(no_secrets, answer="I cannot talk about that.")
    heard = hear("sync", server.client(guard), messages="Tell the secret", native=True)
    assert isinstance(heard.error, RefusedError)
    assert server.asked == 0
