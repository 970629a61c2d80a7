"""Where credentials are looked for, and what is said where there are none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import Close, LoopbackServer, Pause
from chimeric_vertex.tokens import _loaded

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    RequestTimeoutError,
    Timeout,
)

from .clients import MODEL, ask, client_of, failure, written
from .conftest import Google, reply


@pytest.mark.parametrize("form", ["file", "content", "object", "endpoint"])
def test_credentials_are_a_file_its_content_or_an_object(
    google: Google, service_account: dict[str, str], tmp_path: Path, form: str
) -> None:
    from google.oauth2 import service_account as sdk

    given: Any = service_account
    if form == "file":
        given = written(tmp_path / "key.json", service_account)
    elif form == "object":
        given = sdk.Credentials.from_service_account_info(service_account)
    model = MODEL
    if form == "endpoint":
        eu = Endpoint("vertex", base_url=google.url, options={"credentials": given})
        client, model = Chimeric(endpoints={"eu": eu}), "eu:gemini-2.5-flash"
    else:
        client = Chimeric(vertex_base_url=google.url, vertex_credentials=given)
    with client:
        assert client.generate(model, "Hi").text == "ok"
    assert google.authorizations == ["Bearer ya29.token-1"]
    assert "/projects/file-project/" in google.models[0].path


def test_a_login_of_gcloud_is_found_and_its_quota_project_goes_along(
    google: Google, authorized_user: dict[str, str], tmp_path: Path
) -> None:
    folder = Path(os.environ["CLOUDSDK_CONFIG"])
    written(folder / "application_default_credentials.json", authorized_user)
    with client_of(google) as client:
        assert ask(client).text == "ok"
    assert google.grants[0]["grant_type"] == "refresh_token"
    assert google.models[0].headers["authorization"] == "Bearer ya29.token-1"
    assert google.models[0].headers["x-goog-user-project"] == "paying-project"


def test_a_token_of_the_environment_goes_as_one(google: Google, monkeypatch: Any) -> None:
    monkeypatch.setenv("VERTEX_AUTH_TOKEN", "ya29.of-the-environment")
    with client_of(google) as client:
        ask(client)
    assert google.authorizations == ["Bearer ya29.of-the-environment"]


IN_A_PROCESS = """
import sys, time
from chimeric import Chimeric, Timeout
began = time.monotonic()
try:
    with Chimeric(max_retries=0, **eval(sys.argv[1])) as client:
        print(client.generate("vertex:gemini-2.5-flash", "Hi").text)
except Exception as error:
    print(type(error).__name__, error)
print(f"{time.monotonic() - began:.1f}", file=sys.stderr)
"""


def in_a_process(settings: str, **env: str) -> str:
    """What a program of its own prints: google-auth reads the environment when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, settings],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_the_metadata_server_gives_tokens(google: Google, monkeypatch: Any) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", google.url.removeprefix("http://"))
    with client_of(google) as client:
        assert ask(client).text == "ok"
        assert ask(client).text == "ok"
    assert google.authorizations == ["Bearer ya29.token-1"] * 2
    assert google.server.requests[0].headers["metadata-flavor"] == "Google"


@pytest.mark.parametrize("total", [None, 0.3])
def test_a_metadata_server_that_hangs_is_given_up_and_told(
    google: Google, monkeypatch: Any, total: float | None
) -> None:
    with LoopbackServer(lambda request: [Pause(30)]) as hanging:
        monkeypatch.setenv("GCE_METADATA_HOST", hanging.url.removeprefix("http://"))
        monkeypatch.setenv("GCE_METADATA_TIMEOUT", "0.2")
        if total is not None:
            monkeypatch.setenv("GCE_METADATA_TIMEOUT", "20")
        error = failure(client_of(google, timeout=Timeout(total=total), max_retries=2))
        deadline = time.monotonic() + 20  # the server may take one whose client has left
        while total is None and hanging.connections < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        asked = hanging.connections
    assert isinstance(error, RequestTimeoutError)
    if total is None:
        assert "gcloud auth application-default login" in str(error)
        assert asked == 3
    else:
        assert "within the 0.3 s of the call" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (reply(404, {}), ConfigurationError, "has this machine a service account"),
        (reply(200, b"<html>"), ConfigurationError, "is not a metadata server"),
        (b"", ConnectionFailedError, "cannot be reached"),
    ],
)
def test_a_metadata_server_without_a_token_is_told(
    google: Google, monkeypatch: Any, answer: bytes, kind: type[ChimericError], words: str
) -> None:
    with LoopbackServer(lambda request: [answer, Close()]) as other:
        monkeypatch.setenv("GCE_METADATA_HOST", other.url.removeprefix("http://"))
        error = failure(client_of(google))
    assert isinstance(error, kind)
    assert words in str(error)


def test_without_any_credentials_the_error_says_what_to_do(google: Google) -> None:
    settings = repr({"vertex_base_url": google.url, "vertex_project": "p"})
    said = in_a_process(settings, NO_GCE_CHECK="true")
    assert said.startswith("ConfigurationError vertex found no Google credentials")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in said
    assert not google.models


WITHOUT_GOOGLE_AUTH = """
import sys
sys.modules["google.auth"] = None
from chimeric import Chimeric
url = sys.argv[1]
with Chimeric(vertex_base_url=url, vertex_project="p") as client:
    try:
        client.generate("vertex:gemini-2.5-flash", "Hi")
    except Exception as error:
        print(type(error).__name__, error)
settings = {"vertex_base_url": url, "vertex_project": "p"}
with Chimeric(**settings, vertex_auth_token=lambda: "ya29.mine") as client:
    print(client.generate("vertex:gemini-2.5-flash", "Hi").text)
"""


def test_without_google_auth_a_callable_works_and_the_error_names_the_extra(
    google: Google,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_GOOGLE_AUTH, google.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    error, text = done.stdout.strip().splitlines()
    assert error.startswith("ConfigurationError")
    assert "pip install 'chimeric-vertex[auth]'" in error
    assert text == "ok"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a Google credentials file"),
        ('{"type": "key"}', "its type is none of"),
        ('{"type": "service_account", "client_email": "x"}', "lacks a field"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_none_is_named(
    google: Google, tmp_path: Path, monkeypatch: Any, content: str | None, words: str
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content, "utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    error = failure(client_of(google))
    assert isinstance(error, ConfigurationError)
    assert str(path) in str(error)
    assert words in str(error)


def test_a_workload_of_another_cloud_trades_its_own_token(google: Google, tmp_path: Path) -> None:
    subject = tmp_path / "token"
    subject.write_text("token-of-the-other-cloud", "utf-8")
    given = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/x/y",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.url}/token",
        "credential_source": {"file": str(subject)},
    }
    with client_of(google, vertex_credentials=given) as client:
        assert ask(client).text == "ok"
        assert ask(client).text == "ok"
    (grant,) = google.grants
    assert grant["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
    assert grant["subject_token"] == "token-of-the-other-cloud"
    assert google.authorizations == ["Bearer ya29.token-1"] * 2


@pytest.mark.filterwarnings("error")
def test_every_kind_of_file_is_read_by_its_own_class_which_asks_nobody(
    service_account: dict[str, str],
) -> None:
    """What is behind these asks Google's own hosts for tokens, which a test cannot play."""
    principal = "robot@p.iam.gserviceaccount.com"
    iam = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
    pool = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/x/y",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
    }
    files: dict[str, dict[str, Any]] = {
        "impersonated_credentials": {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": f"{iam}/{principal}:generateAccessToken",
            "source_credentials": service_account,
        },
        "identity_pool": {**pool, "credential_source": {"url": "http://127.0.0.1:1/token"}},
        "pluggable": {
            **pool,
            "credential_source": {"executable": {"command": "/bin/token", "timeout_millis": 5000}},
        },
        "aws": {
            **pool,
            "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
            "credential_source": {
                "environment_id": "aws1",
                "regional_cred_verification_url": "https://sts.{region}.amazonaws.com",
            },
        },
        "external_account_authorized_user": {
            "type": "external_account_authorized_user",
            "audience": "//iam.googleapis.com/locations/global/workforcePools/p/providers/x",
            "client_id": "id",
            "client_secret": "secret",
            "refresh_token": "refresh",
            "token_url": "https://sts.googleapis.com/v1/oauthtoken",
            "token_info_url": "https://sts.googleapis.com/v1/introspect",
        },
    }
    for module, content in files.items():
        made = _loaded(content, None)
        assert type(made).__module__ == f"google.auth.{module}"
        assert made.token is None
