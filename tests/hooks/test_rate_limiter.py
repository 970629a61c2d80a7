"""A limiter of requests: what is too much waits, or is refused."""

from __future__ import annotations

import time

import pytest

from chimeric import RefusedError, RequestTimeoutError, Timeout

from .acme import Service
from .modes import MODES, WAYS, Way
from .third_party.rate_limiter import RateLimiter


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_is_too_much_waits(service: Service, way: Way) -> None:
    began = time.monotonic()
    answers = way.ask(service.client(RateLimiter(2, seconds=0.4)), "1", "2", "3")
    assert time.monotonic() - began >= 0.4
    assert [answer.finish_reason for answer in answers] == ["stop"] * 3


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_is_too_much_is_refused_and_says_when_to_come_again(
    service: Service, way: Way
) -> None:
    client = service.client(RateLimiter(1, refuse=True), max_retries=5)
    with pytest.raises(RefusedError, match="1 requests in 60 s are used up") as caught:
        way.ask(client, "1", "2")
    assert not caught.value.retryable
    assert 0 < (caught.value.retry_after or 0) <= 60
    assert len(service.chats) == 1


@pytest.mark.parametrize("mode", MODES)
def test_each_try_counts(service: Service, mode: str) -> None:
    client = service.client(RateLimiter(1, refuse=True), max_retries=1)
    with pytest.raises(RefusedError):
        Way(mode, stream=True).ask(client, "1", model="acme-busy")
    assert len(service.chats) == 1


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_waiting_ends_with_the_time_of_the_call(service: Service, way: Way) -> None:
    client = service.client(RateLimiter(1))
    with pytest.raises(RequestTimeoutError) as caught:
        way.ask(client, "1", "2", timeout=Timeout(total=1.5))
    assert caught.value.phase == "total"
    assert len(service.chats) == 1
