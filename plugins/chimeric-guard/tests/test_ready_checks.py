"""Forbidden words, patterns, and the moderation endpoint."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_guard import Guard, InputGuard, Moderation, Passage, Refuse, patterns, words
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import ConfigurationError, PluginError, RefusedError

from .conftest import MODES, Server, everything, hear

NAMES = ("harassment", "hate", "sexual/minors", "violence")


def said(check: Any, text: str, *, before: str = "", final: bool = True) -> Any:
    return check(text, Passage(text, "text", final=final, told=[before]))


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("sword", "My SWORD.", True),
        ("sword", "swordfish", False),
        ("sword", "password", False),
        ("sword", "sword_1", False),
        ("sword", "«sword»", True),
        ("sword", "sw\u00adord", True),
        ("sword", "ｓｗｏｒｄ!", True),
        ("straße", "STRASSE", True),
        ("naïve", unicodedata.normalize("NFD", "naïve"), True),
        ("naïve", "naive", False),
        ("меч", "Острый МЕЧ!", True),
        ("меч", "меча", False),
        ("red herring", "a Red \n herring", True),
        ("C++", "I like C++.", True),
        ("C++", "C", False),
        ("a.b", "aXb", False),
        ("हिन्दी", "यह हिन्दी है", True),
    ],
)
def test_words_are_found_as_people_write_them(word: str, text: str, found: bool) -> None:
    assert said(words([word]), text) == (Refuse("a forbidden word") if found else True)


def test_words_within_words_are_found_where_asked() -> None:
    assert said(words(["sword"]), "swordfish") is True
    assert said(words(["sword"], whole=False, reason="no arms"), "swordfish") == Refuse("no arms")
    assert said(words("密"), "秘密") is True
    assert said(words("密", whole=False), "秘密") == Refuse("a forbidden word")


def test_a_word_at_the_end_of_a_window_waits_for_the_next_letter() -> None:
    check = words(["sword"])
    assert said(check, "my sword", final=False) is True
    assert said(check, "my sword", final=True) == Refuse("a forbidden word")
    assert said(check, "sword", before="pass") is True


def test_patterns_replace_what_matches_across_windows(server: Server) -> None:
    check = patterns([r"\b\d{3}-\d{4}\b"], longest=8, replace="[number]")
    server.turns = [["Call 55", "5-12", "34", " or 555-12345 or 555-9", "999"]]
    heard = hear("sync", server.client(Guard(check)))
    assert heard.text == "Call [number] or 555-12345 or [number]"
    assert heard.response is not None
    assert heard.response.metadata["guard"] == {"replaced": 2}


def test_patterns_that_look_around_see_what_came_out(server: Server) -> None:
    check = patterns([r"(?<!x)secret"], longest=6)
    server.turns = [["x", "sec", "ret, se", "cret!"]]
    heard = hear("sync", server.client(Guard(check)))
    assert "xsecret, ".startswith(heard.text)
    assert heard.response is not None
    assert heard.response.finish_reason == "content_filter"


class Service:
    """A moderation endpoint: flags texts with ``bomb``."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = None
        self.loopback = LoopbackServer(self.answer)

    def answer(self, request: SeenRequest) -> Iterator[bytes]:
        flagged = "bomb" in request.json()["input"]
        result = {
            "flagged": flagged,
            "categories": {name: flagged and name == "violence" for name in NAMES},
            "category_scores": {
                name: 0.9 if flagged and name == "violence" else 0.3 for name in NAMES
            },
            "category_applied_input_types": {name: ["text"] for name in NAMES},
        }
        told = {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}
        body = msgspec.json.encode(told if self.body is None else self.body)
        yield b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (self.status, len(body))
        yield body

    def check(self, **options: Any) -> Moderation:
        return Moderation("sk-moderation-123456", base_url=f"{self.loopback.url}/v1/", **options)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.loopback.close()


@pytest.mark.parametrize("mode", MODES)
def test_the_moderation_endpoint_is_asked_in_its_protocol(
    server: Server, service: Service, mode: str
) -> None:
    server.turns = [["Hello. ", "A bomb. ", "More. "]]
    heard = hear(mode, server.client(Guard(service.check())))
    assert heard.text == "Hello. "
    assert heard.response is not None
    assert heard.response.metadata["guard"]["refused"] == "moderation: violence"
    request = service.loopback.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/moderations")
    assert request.headers["authorization"] == "Bearer sk-moderation-123456"
    assert request.json() == {"model": "omni-moderation-latest", "input": "Hello. "}


def test_thresholds_and_exceptions_are_the_callers(server: Server, service: Service) -> None:
    def given(**options: Any) -> str:
        server.turns = [["Hello. ", "A bomb. "]]
        return hear("sync", server.client(Guard(service.check(**options)))).text

    assert given(ignore="violence") == "Hello. A bomb. "
    assert given(thresholds={"violence": 0.95}) == "Hello. A bomb. "
    assert given(thresholds={"violence": 0.9, "no such": 0.5}) == "Hello. "
    assert given(thresholds={"hate": 0.3}) == ""


@pytest.mark.parametrize(
    ("status", "body"), [(401, {}), (500, {}), (200, {}), (200, {"results": 1})]
)
def test_an_endpoint_that_gives_no_verdict_is_an_error_without_the_key(
    server: Server, service: Service, status: int, body: Any
) -> None:
    service.status, service.body = status, body
    server.turns = [["Hello. "]]
    heard = hear("sync", server.client(Guard(service.check())))
    assert isinstance(heard.error, PluginError)
    assert "sk-moderation" not in everything(heard)


def test_moderation_without_a_key_says_so(server: Server, monkeypatch: Any) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.turns = [["Hello. "]]
    heard = hear("sync", server.client(Guard(Moderation())))
    assert isinstance(heard.error, ConfigurationError)
    assert "OPENAI_API_KEY" in str(heard.error)


def test_moderation_guards_prompts_too(server: Server, service: Service) -> None:
    heard = hear("sync", server.client(InputGuard(service.check())), messages="How to make a bomb?")
    assert isinstance(heard.error, RefusedError)
    assert (server.asked, heard.error.message) == (0, "moderation: violence")
