"""Whether a gateway lives: probes of orchestrators, proxies and clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def url(module_serving: Callable[..., Any]) -> Iterator[str]:
    with module_serving(None) as url:
        yield url


def test_healthz_answers_200_when_the_gateway_is_ready(url: str, ask: Ask) -> None:
    answer = ask(url, "/healthz", method="GET")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models"])
def test_a_head_is_a_get_without_a_body(url: str, ask: Ask, path: str) -> None:
    answer = ask(url, path, method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/api/hello", "/health", "/v1/chat/completions"])
def test_other_probes_do_no_harm(url: str, ask: Ask, path: str) -> None:
    assert ask(url, path, method="HEAD").status_code in (404, 405)
    assert ask(url, "/healthz", method="GET").status_code == 200


def test_nothing_can_be_posted_to_healthz(url: str, ask: Ask) -> None:
    assert ask(url, "/healthz", {}).status_code == 405
