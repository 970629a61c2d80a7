"""A client may send so many requests in a minute; what is refused does not count."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chimeric_gateway.clients import Allowances, hash_of
from chimeric_gateway.config import ConfigError, load
from chimeric_gateway.refusal import Refusal

pytest.importorskip("chimeric_limit", reason="limits are an extra")


KEYS = {"authorization": "Bearer the key"}
BODY = {"model": "fast", "messages": [{"role": "user", "content": "Hello"}]}


def settings(per_minute: int | None = 2, **more: Any) -> dict[str, Any]:
    client = {"key_hash": f"sha256:{hash_of('the key')}"}
    if per_minute is not None:
        client["requests_per_minute"] = per_minute  # type: ignore[assignment]
    return {
        "clients": {"app": client, "other": {"key_hash": f"sha256:{hash_of('another')}"}},
        "models": {"fast": {"model": "sim:echo"}},
        **more,
    }


class Clock:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Taking:
    """Takes of the allowance of a client, at times of its clock."""

    def __init__(self, per_minute: int) -> None:
        loaded = load(settings(per_minute))
        self.clock = Clock()
        self._allowances = Allowances(loaded, clock=self.clock)
        self._client = loaded.clients["app"]
        self._other = loaded.clients["other"]

    def __call__(self, at: float, *, other: bool = False) -> Refusal | None:
        self.clock.now = 1000.0 + at
        try:
            asyncio.run(self._allowances.take(self._other if other else self._client))
        except Refusal as refusal:
            return refusal
        return None


def test_the_minute_slides() -> None:
    take = Taking(2)
    assert take(0) is None
    assert take(50) is None
    refused = take(59)
    assert refused is not None
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    assert refused.retry_after == pytest.approx(1, abs=0.01)
    assert take(61) is None
    refused = take(100)
    assert refused is not None
    assert refused.retry_after == pytest.approx(10, abs=0.01)


def test_what_is_refused_does_not_count() -> None:
    take = Taking(1)
    assert take(0) is None
    for second in range(1, 60):
        assert take(second) is not None
    assert take(60.5) is None


def test_a_client_without_a_limit_has_none() -> None:
    take = Taking(1)
    assert all(take(0, other=True) is None for _ in range(50))


def test_a_limit_without_its_distribution_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "chimeric_limit", None)  # Python's word for "not to be had"
    with pytest.raises(ConfigError, match=r"pip install 'chimeric-gateway\[limit\]'"):
        load(settings(1))


def test_over_the_limit_a_client_is_told_when_to_come_back(
    serving: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    with serving(settings(2)) as url:
        for path in ("/v1/chat/completions", "/v1/messages"):
            body = {**BODY, "max_tokens": 50}
            assert ask(url, path, body, headers=KEYS).status_code == 200
        kinds = {"chat/completions": "error", "responses": "error", "messages": "type"}
        for path, key in kinds.items():
            answer = ask(url, f"/v1/{path}", {**BODY, "max_tokens": 5, "input": "x"}, headers=KEYS)
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert key in answer.json()
        other = ask(url, "/v1/chat/completions", BODY, headers={"x-api-key": "another"})
        assert other.status_code == 200


def test_what_the_gateway_refuses_itself_does_not_count(
    serving: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    path = "/v1/chat/completions"
    with serving(settings(1)) as url:
        for bad in (b"{", b"[]", b'{"model": "unknown", "messages": []}'):
            answer = ask(url, path, content=bad, headers=KEYS)
            assert 400 <= answer.status_code < 500
        assert ask(url, "/v1/models", method="GET", headers=KEYS).status_code == 200
        assert ask(url, path, BODY, headers=KEYS).status_code == 200
        assert ask(url, path, BODY, headers=KEYS).status_code == 429


def test_workers_share_the_books_where_there_is_redis(
    serving: Callable[..., Any], ask: Callable[..., Any], redis_server: Any
) -> None:
    told = settings(3, redis=redis_server.url)
    with serving(told) as one, serving(told) as two:
        asked = [
            ask(url, "/v1/chat/completions", BODY, headers=KEYS).status_code
            for url in (one, two, one, two, one)
        ]
    assert asked == [200, 200, 200, 429, 429]


def test_requests_go_on_where_redis_is_away(
    serving: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    with serving(settings(1, redis="redis://127.0.0.1:1/0")) as url:
        for _ in range(2):
            assert ask(url, "/v1/chat/completions", BODY, headers=KEYS).status_code == 200


def test_a_redis_that_cannot_be_one_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="redis: chimeric-limit cannot read the URL") as caught:
        load(settings(1, redis="http://:hidden@127.0.0.1"))
    assert "hidden" not in str(caught.value)


def test_limits_of_a_model_are_refusals_of_the_gateway(
    serving: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    models = {
        "fast": {"model": "sim:echo", "limit": {"requests": 1}},
        "free": {"model": "sim:echo"},
    }
    with serving({"models": models}) as url:
        path = "/v1/chat/completions"
        assert ask(url, path, BODY).status_code == 200
        refused = ask(url, path, BODY)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert ask(url, path, {**BODY, "model": "free"}).status_code == 200
