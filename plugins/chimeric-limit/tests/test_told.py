"""What each provider says of its limits, in the headers and bodies that it sends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import msgspec
import pytest
from chimeric_limit import Limit
from chimeric_limit.told import pause_of, seconds_until
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, RefusedError

NOW = time.time()

IN_40_S = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + 40))

SAYS: list[tuple[str, int, dict[str, str], float]] = [
    (
        "openai, tokens",
        200,
        {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2m18.779s"},
        138.779,
    ),
    (
        "openai, near",
        200,
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9ms"},
        0.009,
    ),
    (
        "openai, nearer",
        200,
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "250µs"},
        0.0,
    ),
    (
        "openai, more left",
        200,
        {"x-ratelimit-remaining-tokens": "149", "x-ratelimit-reset-tokens": "6m0s"},
        0.0,
    ),
    ("openai, both", 429, {"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
    (
        "azure",
        429,
        {
            "retry-after": "17",
            "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "21",
        },
        21.0,
    ),
    (
        "groq, below zero",
        200,
        {"x-ratelimit-remaining-tokens": "-12", "x-ratelimit-reset-tokens": "7m11.127999999s"},
        431.128,
    ),
    ("groq, flex", 498, {"retry-after": "3"}, 3.0),
    (
        "cerebras",
        200,
        {"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "38.25"},
        38.25,
    ),
    (
        "cerebras, a day",
        429,
        {"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "41000.5"},
        41000.5,
    ),
    (
        "mistral",
        200,
        {"x-ratelimit-remaining-req-minute": "0", "x-ratelimit-limit-req-minute": "60"},
        60.0,
    ),
    (
        "mistral, a cost",
        200,
        {"x-ratelimit-tokens-query-cost": "0", "x-ratelimit-remaining-tokens-minute": "5"},
        0.0,
    ),
    ("mistral, a month", 200, {"x-ratelimit-remaining-tokens-month": "0"}, 0.0),
    (
        "xai, no reset",
        200,
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-requests": "9"},
        0.0,
    ),
    (
        "anthropic",
        200,
        {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": IN_40_S},
        40.0,
    ),
    ("anthropic, overloaded", 529, {"retry-after": "8"}, 8.0),
    (
        "openrouter",
        429,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{(NOW + 50) * 1000:.0f}"},
        50.0,
    ),
    ("cohere", 429, {"x-ratelimit-reset": f"{NOW + 30:.0f}"}, 30.0),
    ("cohere, well", 200, {"x-ratelimit-reset": f"{NOW + 30:.0f}"}, 0.0),
    ("a date", 503, {"retry-after": formatdate(NOW + 20, usegmt=True)}, 20.0),
    ("a date gone by", 503, {"retry-after": formatdate(NOW - 20, usegmt=True)}, 0.0),
    (
        "a date without zone",
        503,
        {"retry-after": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW + 25))},
        25.0,
    ),
    (
        "the draft",
        200,
        {"ratelimit": '"default";r=0;t=55', "ratelimit-policy": '"default";q=500;w=300'},
        55.0,
    ),
    ("the draft, more left", 200, {"ratelimit": '"default";r=10;t=55'}, 0.0),
    ("nonsense", 429, {"retry-after": "soon", "x-ratelimit-remaining": "none"}, 0.0),
    (
        "one that is not believed",
        429,
        {
            "retry-after": "30",
            "x-ratelimit-remaining-a": "0",
            "x-ratelimit-reset-a": "2999-01-01T00:00:00Z",
        },
        30.0,
    ),
    ("below zero", 429, {"retry-after": "-5"}, 0.0),
    ("not asked for", 200, {"retry-after": "30"}, 0.0),
    ("not a number", 429, {"retry-after": "nan", "retry-after-ms": "inf"}, 0.0),
    ("empty", 429, {"retry-after": "", "x-ratelimit-reset": ""}, 0.0),
]


@pytest.mark.parametrize(("who", "status", "headers", "seconds"), SAYS, ids=[s[0] for s in SAYS])
def test_what_a_provider_s_headers_say_is_understood(
    who: str, status: int, headers: dict[str, str], seconds: float
) -> None:
    slack = 3.0 + time.time() - NOW if seconds >= 1 else 1e-6  # moments come nearer meanwhile
    assert seconds - slack <= pause_of(status, headers) <= seconds + 1e-6 + (seconds >= 1)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("1h2m3s", 3723.0), ("1d", 86_400.0), (" 4 ", 4.0), ("1m500ms", 60.5), ("12us", 0.0)],
)
def test_durations_are_read_as_go_writes_them(told: str, seconds: float) -> None:
    assert seconds_until(told) == pytest.approx(seconds)


@pytest.mark.parametrize("told", ["", "m", "5 apples", "--1", "s5"])
def test_what_is_no_time_is_none(told: str) -> None:
    assert seconds_until(told) is None


QUOTA = {
    "error": {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "message": "quota",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "46s"}],
    }
}


def second_of(provider: str, body: Any) -> Any:
    """What becomes of a second call after this answer to the first."""

    def answer(request: SeenRequest) -> Iterator[Any]:
        data = msgspec.json.encode(body)
        yield b"HTTP/1.1 429 Told\r\ncontent-length: %d\r\n\r\n%b" % (len(data), data)
        yield Close()

    with (
        LoopbackServer(answer) as server,
        Chimeric(
            base_urls={provider: server.url},
            api_keys={provider: "k-12345678"},
            max_retries=0,
            plugins=[Limit(wait=0)],
        ) as client,
    ):
        for _ in range(2):
            try:
                client.generate(f"{provider}:m", "Hi")
            except ChimericError as error:
                told = error
        return told, len(server.requests)


def test_what_the_body_alone_tells_counts_too() -> None:
    refused, asked = second_of("google", QUOTA)
    assert isinstance(refused, RefusedError)
    assert refused.retry_after == pytest.approx(46, abs=5)
    assert asked == 1


def test_a_refusal_of_another_limit_is_no_word_of_the_provider() -> None:
    outer, inner = Limit(wait=0, per=["model"]), Limit(requests=0, wait=0)
    with Chimeric(base_url="http://127.0.0.1:9", plugins=[outer, inner], max_retries=0) as client:
        for _ in range(2):
            with pytest.raises(RefusedError, match="limit of 0 requests"):
                client.generate("compatible:m", "Hi")
