"""Where a provider's base URL comes from, and what becomes of it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from chimeric_testing import LoopbackServer
from pydantic import HttpUrl

from chimeric import (
    Chimeric,
    ConfigurationError,
    InsecureTransportWarning,
    NotFoundError,
    Provider,
    Request,
    TransportError,
)
from chimeric.client.base_urls import resolve_base_url

ACME = Provider(name="acme", base_url="https://api.acme.test/v2")
ANY = Provider(name="any", version_path="/v1")


@pytest.mark.parametrize(
    ("declared", "given", "resolved"),
    [
        (ACME, None, "https://api.acme.test/v2"),
        (ACME, "http://host", "http://host/v2"),
        (ACME, "http://host:8080/", "http://host:8080/v2"),
        (ACME, "http://host/v2", "http://host/v2"),
        (ACME, "http://host/v2/", "http://host/v2"),
        (ACME, "http://host/proxy/acme", "http://host/proxy/acme"),
        (ACME, "localhost:9", "http://localhost:9/v2"),
        (ANY, "http://host", "http://host/v1"),
        (ANY, "http://host/api", "http://host/api"),
    ],
)
def test_a_url_without_a_path_gets_the_version_path_and_one_with_a_path_is_kept(
    declared, given, resolved
):
    assert resolve_base_url(declared, given).url == resolved


SDKS = {
    "anthropic": ("/v1", "/messages"),
    "mistral": ("/v1", "/chat/completions"),
    "cerebras": ("/v1", "/chat/completions"),
    "google": ("/v1beta", "/models/m:generateContent"),
    "cohere": ("/v2", "/chat"),
    "groq": ("/openai/v1", "/chat/completions"),
    "vertex": ("/v1beta1", "/publishers/google/models/m:generateContent"),
}


def asked(provider: str, path: str, model: str = "m", variable: bool = False) -> str:
    """The path that a provider posts to, for a base URL with this path."""
    name = {"google": "GOOGLE_GEMINI", "vertex": "GOOGLE_VERTEX", "cohere": "CO_API"}.get(
        provider, provider.upper()
    )
    with LoopbackServer(lambda seen: [b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n"]) as server:
        said = {} if variable else {f"{provider}_base_url": server.url + path}
        key = {} if provider == "compatible" else {f"{provider}_api_key": "k"}
        with pytest.MonkeyPatch.context() as patch:
            if variable:
                ending = "URL" if provider == "cohere" else "BASE_URL"
                patch.setenv(f"{name}_{ending}", server.url + path)
            with Chimeric(**said, **key) as client, pytest.raises(NotFoundError, match="POST http"):
                client.generate(f"{provider}:{model}", "Hi", max_tokens=5)
        return server.requests[0].path


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize("variable", [False, True])
def test_the_version_path_is_added_where_the_providers_own_sdk_adds_it(
    provider: str, variable: bool
) -> None:
    version, rest = SDKS[provider]
    for path in ("", "/", version, f"{version}/"):
        assert asked(provider, path, variable=variable) == version + rest
    for path in ("/gw", "/gw/", f"/gw{version}", f"/gw{version}/"):
        assert asked(provider, path, variable=variable) == f"/gw{version}{rest}"


def test_googles_other_version_stays() -> None:
    assert asked("google", "/gw/v1") == "/gw/v1/models/m:generateContent"


@pytest.mark.parametrize("provider", ["openai", "compatible", "deepseek", "openrouter"])
def test_others_use_a_url_with_a_path_as_it_is(provider: str) -> None:
    assert asked(provider, "/gw").startswith(("/gw/responses", "/gw/chat/completions"))


@pytest.mark.parametrize("provider", ["anthropic", "google", "openai", "compatible", "cohere"])
def test_a_query_is_kept_on_every_request(provider: str) -> None:
    path = asked(provider, "/gw?api-version=7&x=y")
    assert path.endswith("api-version=7&x=y")
    assert path.count("?") == 1
    with LoopbackServer(lambda seen: [b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n"]) as server:
        said = {
            f"{provider}_base_url": f"{server.url}/gw?api-version=7",
            f"{provider}_api_key": "k",
        }
        with Chimeric(**said) as client, pytest.raises(NotFoundError):
            client.list_models(provider)
        assert "api-version=7" in server.requests[0].path


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("api.acme.test", "https://api.acme.test/v2"),
        ("api.acme.test/v3", "https://api.acme.test/v3"),
        ("10.0.0.5:8080/v1", "https://10.0.0.5:8080/v1"),
        ("127.0.0.1:9/v1", "http://127.0.0.1:9/v1"),
        ("[::1]:9/v1", "http://[::1]:9/v1"),
        ("host:8080", "https://host:8080/v2"),
        ("HTTP://host/v1", "http://host/v1"),
        ("  https://host/v1\n", "https://host/v1"),
    ],
)
def test_a_host_without_a_scheme_is_https_but_on_this_machine(given: str, resolved: str) -> None:
    assert resolve_base_url(ACME, given).url == resolved


def test_url_objects_are_taken() -> None:
    for given in (
        httpx.URL("http://host/v1"),
        urlsplit("http://host/v1"),
        HttpUrl("http://host/v1"),
    ):
        assert resolve_base_url(ACME, given).url == "http://host/v1"


@pytest.mark.parametrize("given", [b"http://host", 123, 1.5, True, Path("/v1"), ["http://host"]])
def test_what_is_no_url_is_refused_at_construction(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="base URL of compatible must be"):
        Chimeric(base_url=given)
    with pytest.raises(ConfigurationError, match="base URL of openai must be"):
        Chimeric(openai_base_url=given)
    with Chimeric() as client, pytest.raises(ConfigurationError, match="base_url must be"):
        client.generate("compatible:m", "Hi", base_url=given)


def test_a_variable_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_BASE_URL", '"https://host/v1"')
    with pytest.raises(ConfigurationError, match="ACME_BASE_URL is "):
        resolve_base_url(ACME)
    monkeypatch.setenv("ACME_BASE_URL", "  ")
    assert resolve_base_url(ACME).url == "https://api.acme.test/v2"


PLAIN = "http://compatible.invalid/v1"


def test_a_key_over_plain_http_to_another_machine_is_told_once() -> None:
    with Chimeric(base_url=PLAIN, api_key="sk-1", max_retries=0, timeout=5) as client:
        with pytest.warns(InsecureTransportWarning, match=r"http://compatible\.invalid"):
            with pytest.raises(TransportError):
                client.generate("compatible:m", "Hi")
        with warnings.catch_warnings():
            warnings.simplefilter("error", InsecureTransportWarning)
            with pytest.raises(TransportError):
                client.with_options(timeout=4).generate("compatible:m", "Hi", api_key="sk-2")


@pytest.mark.parametrize("said", [{"api_key": "sk"}, {"extra_headers": {"authorization": "sk"}}])
def test_under_strict_or_the_variable_it_is_an_error(
    said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Chimeric(base_url=PLAIN, strict=True) as client:
        with pytest.raises(ConfigurationError, match="clear text"):
            client.generate("compatible:m", "Hi", **said)
    monkeypatch.setenv("CHIMERIC_REQUIRE_TLS", "1")
    with Chimeric(base_url=PLAIN) as client:
        with pytest.raises(ConfigurationError, match="CHIMERIC_REQUIRE_TLS"):
            client.generate("compatible:m", "Hi", **said)


def test_without_a_key_plain_http_is_nobodys_matter() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", InsecureTransportWarning)
        with Chimeric(base_url=PLAIN, max_retries=0, timeout=5, strict=True) as client:
            with pytest.raises(TransportError):
                client.generate("compatible:m", "Hi")


def test_the_environment_is_asked_when_nothing_is_given(monkeypatch):
    monkeypatch.setenv("ACME_BASE_URL", "http://elsewhere")
    assert resolve_base_url(ACME, None).url == "http://elsewhere/v2"
    assert resolve_base_url(ACME, "http://host").url == "http://host/v2"


def test_no_url_at_all_is_an_error_that_says_what_to_set():
    with pytest.raises(ConfigurationError, match=r"any_base_url=.* or set ANY_BASE_URL"):
        resolve_base_url(ANY, None)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://host", "file:///etc/passwd", "http://user:pass@host", "http://host#part"),
        *("http://", "http://[::1/v1", "http://" + "a" * 70 + ".example/v1", "http://..../v1"),
        *("http://127.0.0.1:99999/v1", "http://host:port/v1", '"https://host/v1"', "http://a b/v1"),
        *("https://ho\nst/v1", "http:/host", "mailto:somebody"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url):
    with pytest.raises(ConfigurationError):
        resolve_base_url(ACME, url)


def test_compatible_takes_a_bare_host():
    with Chimeric(base_url="http://127.0.0.1:9") as client:
        route = client._engine.route(Request(model="compatible:m", messages=()))
    assert route.config.base_url == "http://127.0.0.1:9/v1"


def test_the_set_up_tells_of_a_key_over_plain_http() -> None:
    said: dict[str, Any] = {"openai_base_url": "http://gw.invalid/v1", "openai_api_key": "sk-1"}
    with Chimeric(**said, groq_base_url="http://127.0.0.1:9", groq_api_key="sk") as client:
        problems = {setup.name: setup.problem for setup in client.provider_setups()}
    assert "clear text" in str(problems["openai"])
    assert problems["groq"] is None
