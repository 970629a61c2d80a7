"""Clients are known by their keys, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
from types import CodeType, FrameType
from typing import Any

import pytest
from chimeric_gateway.clients import Keys, hash_of, new_key
from chimeric_gateway.config import ClientSettings
from chimeric_gateway.refusal import Refusal

NAMES = ("app", "editor", "bot")
CLIENTS = {
    name: ClientSettings(name=name, key_hash=hash_of(f"the key of {name}")) for name in NAMES
}


def named(headers: dict[str, str]) -> str:
    client = Keys(CLIENTS).client_of(headers)
    assert client is not None
    return client.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("authorization", "Bearer {}"),
        ("authorization", "bearer   {} "),
        ("x-api-key", "{}"),
        ("x-api-key", " {} "),
        ("api-key", "{}"),
    ],
)
def test_a_key_is_found_wherever_the_sdks_put_it(header: str, form: str, name: str) -> None:
    assert named({header: form.format(f"the key of {name}")}) == name


def test_a_bearer_token_counts_before_the_others() -> None:
    assert named({"authorization": "Bearer the key of bot", "x-api-key": "wrong"}) == "bot"


def test_a_header_of_another_scheme_hides_no_key() -> None:
    headers = {"authorization": "Basic dXNlcjpwYXNz", "x-api-key": "the key of app"}
    assert named(headers) == "app"
    assert named({"x-api-key": "", "api-key": "the key of app"}) == "app"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer  "},
        {"authorization": "the key of app"},
        {"authorization": "Basic the key of app"},
        {"x-api-key": ""},
        {"api-key": " "},
    ],
    ids=str,
)
def test_a_missing_key_is_refused_and_the_client_told_where_to_put_it(
    headers: dict[str, str],
) -> None:
    with pytest.raises(Refusal, match="x-api-key") as caught:
        Keys(CLIENTS).client_of(headers)
    assert (caught.value.status, caught.value.code) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    "key",
    [
        "wrong",
        "the key of nobody",
        "the key of app ".strip() + "x",
        "The key of app",
        hash_of("the key of app"),
        f"sha256:{hash_of('the key of app')}",
        "a" * 5000,
        "\x00",
        "k\u00e9y",
    ],
    ids=lambda key: key[:20],
)
def test_a_key_that_belongs_to_nobody_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(Refusal, match="not known") as caught:
        Keys(CLIENTS).client_of({"authorization": f"Bearer {key}"})
    assert caught.value.status == 401
    assert key not in caught.value.message


def test_a_key_is_hashed_as_the_bytes_that_were_sent() -> None:
    client = ClientSettings(
        name="umlaut", key_hash=hashlib.sha256("schlüssel".encode()).hexdigest()
    )
    headers = {"x-api-key": "schlüssel".encode().decode("latin-1")}
    assert Keys({"umlaut": client}).client_of(headers) is client


def test_without_clients_nobody_needs_a_key() -> None:
    assert Keys({}).client_of({}) is None
    assert Keys({}).client_of({"authorization": "Bearer anything"}) is None


@pytest.mark.parametrize(
    "origin",
    ["", "http://localhost:3000", "http://127.0.0.1", "https://[::1]:8080", "vscode-webview://x",
     "app://obsidian.md", "tauri://localhost"],
)  # fmt: skip
def test_without_clients_programs_and_pages_of_this_machine_may_ask(origin: str) -> None:
    assert Keys({}).client_of({"origin": origin}) is None


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://evil.example:8787", "null", "http://127.0.0.1.evil.example",
     "http://localhost.evil.example", "http://10.0.0.1", "https://[::1", "http://"],
)  # fmt: skip
def test_without_clients_pages_of_other_places_are_refused(origin: str) -> None:
    with pytest.raises(Refusal, match=r"\[clients\]") as caught:
        Keys({}).client_of({"origin": origin})
    assert caught.value.status == 403


def test_with_a_key_it_does_not_matter_what_page_asks() -> None:
    assert named({"origin": "https://chat.example", "x-api-key": "the key of app"}) == "app"


@pytest.mark.parametrize("key", ["the key of app", "the key of bot", "wrong", ""])
def test_every_key_costs_the_same_comparisons(key: str) -> None:
    keys, compared = Keys(CLIENTS), 0

    def count(frame: FrameType, event: str, called: Any) -> None:
        nonlocal compared
        if event == "c_call" and called is hmac.compare_digest:
            compared += 1

    code: CodeType = Keys.client_of.__code__
    assert "compare_digest" in code.co_names
    import sys

    sys.setprofile(count)
    try:
        keys.client_of({"authorization": f"Bearer {key}"})
    except Refusal:
        pass
    finally:
        sys.setprofile(None)
    assert compared == len(CLIENTS)


def test_a_new_key_is_long_and_no_two_are_the_same() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(len(key) >= 40 and key.isascii() for key in made)
