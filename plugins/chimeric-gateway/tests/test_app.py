"""What is at which path, and in whose shape its errors are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import chimeric_gateway
import httpx
import pytest

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")

Ask = Callable[..., httpx.Response]
ANTHROPIC = {"anthropic-version": "2023-06-01"}
BODIES: dict[str, dict[str, Any]] = {
    "/chat/completions": {"messages": [{"role": "user", "content": "Hi"}]},
    "/responses": {"input": "Hi"},
    "/messages": {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 100},
}


@pytest.fixture(scope="module")
def url(module_serving: Callable[..., Any]) -> Iterator[str]:
    with module_serving({"models": {"fast": {"model": "sim:echo"}}}) as url:
        yield url


def text_of(path: str, answer: Any) -> str:
    """The text of a whole answer."""
    if path == "/chat/completions":
        return str(answer["choices"][0]["message"]["content"])
    if path == "/responses":
        return str(answer["output"][-1]["content"][0]["text"])
    return str(answer["content"][0]["text"])


@pytest.mark.parametrize("prefix", ["/v1", ""])
@pytest.mark.parametrize("path", BODIES)
def test_each_protocol_is_served_with_v1_and_without(
    url: str, ask: Ask, path: str, prefix: str
) -> None:
    answer = ask(url, f"{prefix}{path}?beta=true&x=1", {"model": "fast", **BODIES[path]})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert text_of(path, answer.json()) == "Hi"
    assert answer.json()["model"] == "fast"


@pytest.mark.parametrize("path", BODIES)
def test_a_stream_comes_as_events_that_no_proxy_keeps(url: str, ask: Ask, path: str) -> None:
    answer = ask(url, f"/v1{path}", {"model": "fast", "stream": True, **BODIES[path]})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in answer.headers
    assert "Hi" in answer.text


def shape(answer: httpx.Response) -> str:
    """Whose shape an error has."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(told["error"]["message"], str)
    if told.get("type") == "error":
        assert isinstance(told["error"]["type"], str)
        return "anthropic"
    assert told["error"].keys() >= {"message", "type", "param", "code"}
    return "openai"


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/v1/embeddings", {}, "openai"),
        ("/nowhere", {}, "openai"),
        ("/v1", {}, "openai"),
        ("/v1/embeddings", ANTHROPIC, "anthropic"),
        ("/v1/messages/batches", {}, "anthropic"),
        ("/messages/batches/x", {}, "anthropic"),
        ("/v1/models/none", {}, "openai"),
        ("/v1/models/none", ANTHROPIC, "anthropic"),
        ("/v1/responses/resp_1", {}, "openai"),
    ],
)
def test_what_there_is_not_is_404_in_the_protocols_shape(
    url: str, ask: Ask, path: str, headers: dict[str, str], expected: str
) -> None:
    answer = ask(url, path, method="GET", headers=headers)
    assert answer.status_code == 404
    assert shape(answer) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/responses/resp_1"),
        ("DELETE", "/v1/responses/resp_1"),
        ("POST", "/v1/responses/resp_1/cancel"),
        ("GET", "/v1/responses/resp_1/input_items"),
    ],
)
def test_stored_responses_are_404(url: str, ask: Ask, method: str, path: str) -> None:
    answer = ask(url, path, method=method)
    assert answer.status_code == 404
    assert shape(answer) == "openai"


@pytest.mark.parametrize("path", [*BODIES, "/messages/count_tokens"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_and_tells_which_there_is(
    url: str, ask: Ask, path: str, method: str
) -> None:
    answer = ask(url, f"/v1{path}", method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert shape(answer) == ("anthropic" if "messages" in path else "openai")


def test_the_list_of_models_cannot_be_posted_to(url: str, ask: Ask) -> None:
    answer = ask(url, "/v1/models", {})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", BODIES)
def test_an_unknown_model_is_404_in_the_protocols_shape(url: str, ask: Ask, path: str) -> None:
    answer = ask(url, f"/v1{path}", {"model": "nobody", **BODIES[path]})
    assert answer.status_code == 404
    if shape(answer) == "openai":
        assert answer.json()["error"]["code"] == "model_not_found"
    else:
        assert answer.json()["error"]["type"] == "not_found_error"


def test_a_model_behind_another_name_cannot_be_asked_by_its_own(url: str, ask: Ask) -> None:
    body = {"model": "sim:echo", **BODIES["/chat/completions"]}
    assert ask(url, "/v1/chat/completions", body).status_code == 404


def key(text: str) -> str:
    """How the file has a key."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture(scope="module")
def keyed(module_serving: Callable[..., Any]) -> Iterator[str]:
    settings = {
        "models": {"fast": {"model": "sim:echo"}, "slow": {"model": "sim:echo"}},
        "clients": {
            "app": {"key_hash": key("k-app"), "models": ["fast"]},
            "all": {"key_hash": key("k-all")},
        },
    }
    with module_serving(settings) as url:
        yield url


BEARER = {"authorization": "Bearer k-app"}


@pytest.mark.parametrize("path", [*BODIES, "/models", "/nowhere", "/messages/count_tokens"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"x-api-key": "k"}])
def test_without_a_right_key_everything_is_401(
    keyed: str, ask: Ask, path: str, headers: dict[str, str]
) -> None:
    answer = ask(keyed, f"/v1{path}", BODIES.get(path, {}), headers=headers)
    assert answer.status_code == 401
    if shape(answer) == "openai":
        assert answer.json()["error"]["code"] == "invalid_api_key"
    else:
        assert answer.json()["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("headers", [BEARER, {"x-api-key": "k-app"}])
@pytest.mark.parametrize("path", BODIES)
def test_a_key_opens_its_models_and_no_other(
    keyed: str, ask: Ask, path: str, headers: dict[str, str]
) -> None:
    good = ask(keyed, f"/v1{path}", {"model": "fast", **BODIES[path]}, headers=headers)
    other = ask(keyed, f"/v1{path}", {"model": "slow", **BODIES[path]}, headers=headers)
    unknown = ask(keyed, f"/v1{path}", {"model": "nobody", **BODIES[path]}, headers=headers)
    assert [good.status_code, other.status_code, unknown.status_code] == [200, 403, 404]
    told = other.json()["error"]["type"]
    assert told == "permission_error"
    assert shape(other) == ("anthropic" if path == "/messages" else "openai")


def test_a_key_sees_its_models_and_no_other(keyed: str, ask: Ask) -> None:
    def listed(name: str) -> list[str]:
        headers = {"authorization": f"Bearer {name}"}
        told = ask(keyed, "/v1/models", method="GET", headers=headers).json()
        return [entry["id"] for entry in told["data"]]

    assert listed("k-app") == ["fast"]
    assert listed("k-all") == ["fast", "slow"]
    assert ask(keyed, "/v1/models/slow", method="GET", headers=BEARER).status_code == 404


def test_health_needs_no_key(keyed: str, ask: Ask) -> None:
    assert ask(keyed, "/healthz", method="GET").status_code == 200


def test_the_list_of_models_has_what_both_sdks_read(url: str, ask: Ask) -> None:
    told = ask(url, "/v1/models?limit=1000", method="GET").json()
    assert told["object"] == "list"
    assert told["has_more"] is False
    assert told["first_id"] == told["last_id"] == "fast"
    [entry] = told["data"]
    assert entry["id"] == entry["display_name"] == "fast"
    assert [entry["object"], entry["type"]] == ["model", "model"]
    assert isinstance(entry["created"], int)
    assert entry["created_at"].endswith("Z")
    assert ask(url, "/v1/models/fast", method="GET").json() == entry


def test_without_models_every_routable_name_is_served(serving: Any, sim: Any, ask: Ask) -> None:
    settings = {"endpoints": {"here": {"provider": "sim", "base_url": sim.base_url("sim")}}}
    with serving(settings) as url:
        listed = [e["id"] for e in ask(url, "/v1/models", method="GET").json()["data"]]
        assert "here:story" in listed
        body = {"model": "here:echo", **BODIES["/chat/completions"]}
        assert ask(url, "/v1/chat/completions", body).json()["model"] == "here:echo"
        for name in ("nobody:x", "no-such-name", "", "a" * 5000):
            body = {"model": name, **BODIES["/chat/completions"]}
            assert ask(url, "/v1/chat/completions", body).status_code in (400, 404)


def test_a_gateway_without_any_configuration_serves_the_installed_providers(
    serving: Any, ask: Ask
) -> None:
    with serving(None) as url:
        body = {"model": "sim:echo", **BODIES["/responses"]}
        assert text_of("/responses", ask(url, "/v1/responses", body).json()) == "Hi"


def test_a_fault_of_the_configuration_is_told_when_the_application_is_made() -> None:
    with pytest.raises(chimeric_gateway.ConfigError, match="nobody"):
        chimeric_gateway.app({"models": {"fast": {"model": "nobody:x"}}})


def test_without_models_in_the_file_all_that_can_be_routed_are_listed(
    module_serving: Callable[..., Any], ask: Ask
) -> None:
    with module_serving({}) as url:
        told = ask(url, "/v1/models", method="GET").json()
    assert "sim:story" in [model["id"] for model in told["data"]]
