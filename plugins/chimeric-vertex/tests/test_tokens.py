"""How tokens are traded, shared and renewed, and what is told where that fails."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from chimeric_testing import LoopbackServer

from chimeric import (
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    Timeout,
)

from .clients import MODEL, ask, client_of, failure, written
from .conftest import Google, reply

MANY = 50


def test_a_key_file_of_a_service_account_is_traded_for_a_token(
    google: Google, service_account: dict[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    path = written(tmp_path / "key.json", service_account)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
    with Chimeric(vertex_base_url=google.url) as client:
        assert ask(client).text == "ok"
        assert ask(client).text == "ok"
    (grant,) = google.grants
    assert grant["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    payload = grant["assertion"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["iss"] == service_account["client_email"]
    assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert google.authorizations == ["Bearer ya29.token-1"] * 2
    assert "/projects/file-project/locations/global/" in google.models[0].path


def test_two_sets_of_credentials_are_kept_apart(
    google: Google, service_account: dict[str, str], authorized_user: dict[str, str]
) -> None:
    with client_of(google, vertex_credentials=service_account) as client:
        ask(client)
        ask(client, credentials=authorized_user)
        ask(client)
    assert google.authorizations == [f"Bearer ya29.token-{n}" for n in (1, 2, 1)]
    paying = [request.headers.get("x-goog-user-project") for request in google.models]
    assert paying == [None, "paying-project", None]


def test_a_refused_token_is_asked_for_again_once(
    google: Google, service_account: dict[str, str]
) -> None:
    google.refused = {"ya29.token-1"}
    with client_of(google, vertex_credentials=service_account) as client:
        assert ask(client).text == "ok"
        google.refused |= {"ya29.token-2", "ya29.token-3"}
        with pytest.raises(AuthenticationError, match="gcloud auth application-default login"):
            ask(client)
    assert len(google.grants) == 3


def test_the_token_of_an_object_is_used_while_it_is_good_and_renewed_when_refused(
    google: Google, service_account: dict[str, str]
) -> None:
    from google.oauth2 import service_account as sdk

    scope = "https://www.googleapis.com/auth/cloud-platform"
    given: Any = sdk.Credentials.from_service_account_info(service_account, scopes=[scope])
    given.token = "ya29.had-before"
    given.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    with client_of(google, vertex_credentials=given) as client:
        ask(client)
        assert not google.grants
        google.refused = {"ya29.had-before"}
        ask(client)
    assert google.authorizations[-1] == "Bearer ya29.token-1"


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_fifty_callers_with_an_expiring_token_refresh_it_once(
    google: Google, service_account: dict[str, str], mode: str
) -> None:
    google.lasts, google.takes = 34, 0.3  # of which thirty seconds are not used
    ends: list[str] = []
    client = client_of(google, vertex_credentials=service_account)

    def in_thread() -> None:
        ends.append(ask(client).text)

    async def in_task() -> None:
        ends.append((await client.agenerate(MODEL, "Hi")).text)

    async def main() -> None:
        async with client:
            await in_task()
            await anyio.sleep(4.2)
            google.lasts = 3600
            async with anyio.create_task_group() as group:
                for _ in range(MANY):
                    group.start_soon(in_task)

    if mode == "sync":
        with client:
            in_thread()
            time.sleep(4.2)
            google.lasts = 3600
            threads = [threading.Thread(target=in_thread) for _ in range(MANY)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
    else:
        anyio.run(main, backend=mode)
    assert ends == ["ok"] * (MANY + 1)
    assert len(google.grants) == 2
    assert google.authorizations == ["Bearer ya29.token-1", *["Bearer ya29.token-2"] * MANY]


def test_a_callable_brings_tokens_under_either_name(google: Google, monkeypatch: Any) -> None:
    tokens = iter(f"ya29.called-{n}" for n in range(9))

    async def later() -> str:
        return next(tokens)

    async def main(client: Chimeric) -> None:
        async with client:
            await client.agenerate(MODEL, "Hi")

    with client_of(google, vertex_auth_token=lambda: next(tokens)) as client:
        ask(client)
    anyio.run(main, client_of(google, vertex_auth_token=later))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    with client_of(google, vertex_api_key=lambda: next(tokens), vertex_project=None) as client:
        ask(client)
    assert google.authorizations == [f"Bearer ya29.called-{n}" for n in range(3)]
    assert all("/projects/p/" in request.path for request in google.models)


def test_an_expired_login_is_an_authentication_error_that_shows_no_key(
    google: Google, authorized_user: dict[str, str]
) -> None:
    told = {"error": "invalid_grant", "error_description": "Bad: 1//refresh-0123456789"}
    google.token_error = reply(400, told)
    error = failure(client_of(google, vertex_credentials=authorized_user))
    assert isinstance(error, AuthenticationError)
    assert "invalid_grant" in str(error)
    assert "gcloud auth application-default login" in str(error)
    assert "refresh-0123" not in f"{error} {error.__cause__} {error.__context__}"


def test_a_token_server_that_cannot_be_reached_is_a_connection_error(
    google: Google, service_account: dict[str, str]
) -> None:
    with LoopbackServer(lambda request: []) as gone:
        nowhere = {**service_account, "token_uri": f"{gone.url}/token"}
    error = failure(client_of(google, vertex_credentials=nowhere, timeout=Timeout(total=20)))
    assert isinstance(error, (ConnectionFailedError, RequestTimeoutError))
    assert "token" in str(error) or "credentials" in str(error)


def test_credentials_of_the_environment_go_to_no_other_origin(
    google: Google, service_account: dict[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    path = written(tmp_path / "key.json", service_account)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
    with Chimeric(vertex_project="p") as client:
        with pytest.raises(ConfigurationError, match="elsewhere"):
            ask(client, base_url=google.url)
    assert not google.server.requests


def test_other_providers_are_asked_no_google_credentials(google: Google) -> None:
    with Chimeric(google_base_url=google.url) as client:
        with pytest.raises(ConfigurationError, match="google needs an API key"):
            client.generate("google:gemini-2.5-flash", "Hi")
    assert not google.server.requests
