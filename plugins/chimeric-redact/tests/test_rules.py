"""What the named rules take out, whatever stands beside it, in streams that are cut anywhere."""

from __future__ import annotations

import pytest
from chimeric_redact.processor import Scrubber
from chimeric_redact.rules import make_rules

RULES = make_rules(["email", "card", "key"], "[{name}]")
KEY = "sk-abcdefghijklmnopqrstuvwx"


def scrubbed(text: str, size: int) -> str:
    scrubber = Scrubber(RULES, 64, {})
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    return "".join([*map(scrubber.feed, pieces), scrubber.flush()])


def check(text: str, wanted: str) -> None:
    for size in (1, 3, 7, len(text)):
        assert scrubbed(text, size) == wanted
        assert scrubbed("x " * 50 + text + " y" * 80, size) == "x " * 50 + wanted + " y" * 80


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4111 1111 1111 1111 12/26", "[card] 12/26"),
        ("PAN 4111-1111-1111-1111 123", "PAN [card] 123"),
        ("card: 4111111111111111 123 ok", "card: [card] 123 ok"),
        ("4111 1111 1111 1111, 12/26", "[card], 12/26"),
        ("4111 1111 1111 1111 1226 123", "[card] 1226 123"),
        ("4111 1111 1111 1111 12.5", "[card] 12.5"),
        ("12/27 4111 1111 1111 1111", "12/27 [card]"),
        ("123 4111 1111 1111 1111", "123 [card]"),
        ("12 4111 1111 1111 1111 35", "12 [card] 35"),
        ("4111 1111 1111 1111 5500 0000 0000 0004", "[card] [card]"),
        ("3782 822463 10005 1234", "[card] 1234"),
        ("3056 930902 5904", "[card]"),
        ("4222222222222 99", "[card] 99"),
        ("6011 1111 1111 1117 - ok", "[card] - ok"),
        ("4111\u00a01111\u00a01111\u00a01111 12/26", "[card] 12/26"),
        ("4111\u202f1111\u202f1111\u202f1111\u202f123", "[card]\u202f123"),
        ("4111\u20111111\u20111111\u20111111", "[card]"),
        ("4111\u20131111\u20131111\u20131111 12\u201326", "[card] 12\u201326"),
    ],
)
def test_a_card_number_is_found_beside_other_digits(text, wanted):
    check(text, wanted)


@pytest.mark.parametrize(
    "text",
    [
        "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
        "0000 0000 0000 0000",
        "4111 1111 1111 1112 12/26",
        "1.4111111111111111",
        "4111111111111111123",
        "2026-11-28 16 35",
        "call 030 1234567",
    ],
)
def test_digits_that_are_no_card_stay(text):
    check(text, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mail alice@example.com now", "mail [email] now"),
        ("\u8054\u7cfbalice@example.com\u8c22\u8c22", "\u8054\u7cfb[email]\u8c22\u8c22"),
        ("alice@example.com\u7684", "[email]\u7684"),
        (
            "\u0e15\u0e34\u0e14alice@example.com\u0e04\u0e23",
            "\u0e15\u0e34\u0e14[email]\u0e04\u0e23",
        ),
        ("\ubb38\uc758alice@example.com\ub85c", "\ubb38\uc758[email]\ub85c"),
        ("\u9023\u7d61\u306falice@example.co.jp\u3078", "\u9023\u7d61\u306f[email]\u3078"),
        ("j\u00fcrgen@example.com", "[email]"),
        ("rene\u0301@example.com", "[email]"),
        ("info@m\u00fcnchen.de", "[email]"),
        ("\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "[email]"),
        ("\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8", "[email]"),
        ("alice@\u4f8b\u5b50.\u516c\u53f8", "[email]"),
        ("alice@example.com_1", "[email]_1"),
        ("_alice_@example.com", "[email]"),
        ("<alice@example.com>, mailto:bob@example.org.", "<[email]>, mailto:[email]."),
        ("+alice@example.com", "+[email]"),
        ("a@example.com/b@example.com", "[email]/[email]"),
        ("alice@xn--mnchen-3ya.de", "[email]"),
        ("alice\uff20example.com", "[email]"),
        (
            "\u0938\u0902\u092a\u0930\u094d\u0915@\u0921\u093e\u091f\u093e\u092e\u0947\u0932."
            "\u092d\u093e\u0930\u0924",
            "[email]",
        ),
        (
            "\u0932\u093f\u0916\u0947\u0902 bob@example.com\u0964",
            "\u0932\u093f\u0916\u0947\u0902 [email]\u0964",
        ),
        (
            "\u0e17\u0e35\u0e48\u0e2d\u0e22\u0e39\u0e48@\u0e15\u0e31\u0e27\u0e2d\u0e22\u0e48\u0e32\u0e07.\u0e44\u0e17\u0e22",
            "[email]",
        ),
        ("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd@example.com", "[email]"),
        ("\u0645\u0650\u0646@\u0645\u062b\u0627\u0644.\u0645\u0635\u0631", "[email]"),
        ("\u0ba4\u0bae\u0bbf\u0bb4\u0bcd@example.com", "[email]"),
    ],
)
def test_an_address_is_found_beside_letters_of_any_script(text, wanted):
    check(text, wanted)


@pytest.mark.parametrize(
    "text", ["alice@localhost", "@decorator.name", "me @ home.com", "a@b", "5 @ 3.50"]
)
def test_what_is_no_address_stays(text):
    check(text, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"\u5bc6\u94a5{KEY}", "\u5bc6\u94a5[key]"),
        (f"OPENAI_{KEY}", "OPENAI_[key]"),
        (f"cl\u00e9{KEY} end", "cl\u00e9[key] end"),
        (f"={KEY};", "=[key];"),
        ("\u5bc6\u94a5AKIAABCDEFGHIJKLMNOP\u3002", "\u5bc6\u94a5[key]\u3002"),
        ("ASIAABCDEFGHIJKLMNOP_x", "[key]_x"),
        ("STRIPE_sk_live_51HabcdefGHIJKLMN", "STRIPE_[key]"),
        ("AIzaSyA-1234567890abcdefghijklmnopqrs", "[key]"),
        ("token ghs_16C7e42F292c6912E7710c838347Ae178B4a", "token [key]"),
        ("github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuv", "[key]"),
        ("xoxb-1234567890-abcdefghij", "[key]"),
        ("hf_abcdefghijklmnopqrstuvwx", "[key]"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123", "Bearer [key]"),
    ],
)
def test_a_key_is_found_beside_letters_of_any_script(text, wanted):
    check(text, wanted)


@pytest.mark.parametrize(
    "text",
    [
        "user_pk_constraint_violation_name",
        "ask-me-something-very-long-today",
        "sk-short",
        "risk_taking",
    ],
)
def test_words_and_identifiers_are_no_keys(text):
    check(text, text)
