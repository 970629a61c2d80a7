"""Where a provider's base URL comes from, and what becomes of it."""

from __future__ import annotations

import pytest

from chimeric import Chimeric, ConfigurationError, Provider, Request
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
