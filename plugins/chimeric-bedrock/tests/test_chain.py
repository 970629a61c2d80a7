"""The usual chain of AWS credentials, through botocore, against whoever gives them on loopback."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from chimeric_testing import LoopbackServer, Pause

from chimeric import (
    AuthenticationError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    Timeout,
)

from .amazon import ROLE, Amazon, key_ids, profiles, reply, written

MANY = 50
MODEL = "bedrock:us.amazon.nova-micro-v1:0"


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    with Amazon() as amazon:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", amazon.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", amazon.url)
        yield amazon


@pytest.fixture
def in_a_container(amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{amazon.url}/container")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token")


def client_of(amazon: Amazon, **settings: Any) -> Chimeric:
    return Chimeric(bedrock_base_url=amazon.url, **{"max_retries": 0, **settings})


def ask(client: Chimeric, **params: Any) -> str:
    answer: Any = client.generate(MODEL, "Hi", **params)
    return str(answer.text)


def failure(client: Chimeric, **params: Any) -> ChimericError:
    with client, pytest.raises(ChimericError) as caught:
        ask(client, **params)
    return caught.value


def configured(tmp_path: Path, **sections: Any) -> None:
    written(tmp_path / "config", profiles(**sections))


def logged_in(tmp_path: Path, hours: float = 1.0) -> None:
    """What ``aws sso login`` leaves."""
    name = hashlib.sha1(b"corp", usedforsecurity=False).hexdigest()
    end = datetime.now(UTC) + timedelta(hours=hours)
    token = {
        "accessToken": "sso-access-token-0123456789",
        "expiresAt": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-west-1",
        "startUrl": "https://corp.awsapps.com/start",
    }
    written(tmp_path / ".aws" / "sso" / "cache" / f"{name}.json", json.dumps(token))
    written(
        tmp_path / "config",
        profiles(
            work={
                "sso_session": "corp",
                "sso_account_id": "123456789012",
                "sso_role_name": "speaker",
                "region": "eu-west-3",
            }
        )
        + "\n[sso-session corp]\nsso_region = eu-west-1\n"
        "sso_start_url = https://corp.awsapps.com/start\n",
    )


def test_a_container_is_given_credentials(amazon: Amazon, in_a_container: None) -> None:
    with client_of(amazon) as client:
        assert [ask(client), ask(client)] == ["ok", "ok"]
    assert amazon.given == ["/container"]
    assert amazon.asked[0].headers["authorization"] == "pod-token"
    assert key_ids(amazon.models) == ["ASIAGIVEN1"] * 2
    assert amazon.models[0].headers["x-amz-security-token"] == "session-1-0123456789"


def test_an_instance_is_given_credentials(amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", amazon.url)
    with client_of(amazon) as client:
        assert ask(client) == "ok"
    assert amazon.given == ["/latest/meta-data/iam/security-credentials/role-of-the-instance"]
    assert key_ids(amazon.models) == ["ASIAGIVEN1"]


IN_A_PROCESS = """
import sys
from chimeric import Chimeric
with Chimeric(bedrock_base_url=sys.argv[1], bedrock_profile="work", max_retries=0) as client:
    try:
        print(client.generate("bedrock:us.amazon.nova-micro-v1:0", "Hi").text)
    except Exception as error:
        print(type(error).__name__, error)
"""


def in_a_process(amazon: Amazon) -> str:
    """What a program of its own prints: botocore looks for logins where it was imported."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, amazon.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_a_login_of_sso_is_traded_for_keys_and_gives_the_region(
    amazon: Amazon, tmp_path: Path
) -> None:
    logged_in(tmp_path)
    assert in_a_process(amazon) == "ok"
    assert amazon.asked[0].headers["x-amz-sso_bearer_token"] == "sso-access-token-0123456789"
    assert "/eu-west-3/bedrock/aws4_request" in amazon.models[0].headers["authorization"]


def test_a_role_is_assumed_with_the_keys_of_another_profile(
    amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        tmp_path / "credentials",
        "[base]\naws_access_key_id = AKBASE\naws_secret_access_key = secret-of-base\n",
    )
    configured(tmp_path, work={"role_arn": ROLE, "source_profile": "base"})
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")  # which botocore does not read
    with client_of(amazon) as client:
        assert ask(client) == "ok"
    assert amazon.given == ["AssumeRole"]
    assert key_ids(amazon.asked) == ["AKBASE"]
    assert "/eu-central-1/sts/" in amazon.asked[0].headers["authorization"]
    assert "/eu-central-1/bedrock/" in amazon.models[0].headers["authorization"]


def test_a_token_of_the_web_is_traded_for_keys(
    amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = written(tmp_path / "token", "eyJ.web.identity")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token)
    with client_of(amazon) as client:
        assert ask(client) == "ok"
    assert amazon.given == ["AssumeRoleWithWebIdentity"]
    assert b"eyJ.web.identity" in amazon.asked[0].body


def test_a_process_prints_keys(amazon: Amazon, tmp_path: Path) -> None:
    keys = {"Version": 1, "AccessKeyId": "AKPROCESS", "SecretAccessKey": "secret-of-process"}
    script = written(tmp_path / "keys.py", f"print('''{json.dumps(keys)}''')")
    configured(tmp_path, work={"credential_process": f"{sys.executable} {script}"})
    with client_of(amazon, bedrock_profile="work") as client:
        assert ask(client) == "ok"
    assert key_ids(amazon.models) == ["AKPROCESS"]


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_fifty_callers_with_expiring_credentials_renew_them_once(
    amazon: Amazon, in_a_container: None, mode: str
) -> None:
    amazon.lasts, amazon.takes = 34.0, 0.3  # of which thirty seconds are not used
    ends: list[str] = []
    client = client_of(amazon)

    def in_thread() -> None:
        ends.append(ask(client))

    async def in_task() -> None:
        answer: Any = await client.agenerate(MODEL, "Hi")
        ends.append(answer.text)

    async def main() -> None:
        async with client:
            await in_task()
            await anyio.sleep(4.2)
            amazon.lasts = 3600
            async with anyio.create_task_group() as group:
                for _ in range(MANY):
                    group.start_soon(in_task)

    if mode == "sync":
        with client:
            in_thread()
            time.sleep(4.2)
            amazon.lasts = 3600
            threads = [threading.Thread(target=in_thread) for _ in range(MANY)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
    else:
        anyio.run(main, backend=mode)
    assert ends == ["ok"] * (MANY + 1)
    assert len(amazon.given) == 2
    assert key_ids(amazon.models) == ["ASIAGIVEN1", *["ASIAGIVEN2"] * MANY]


def test_credentials_that_the_service_calls_expired_are_renewed_once(
    amazon: Amazon, in_a_container: None
) -> None:
    amazon.refused = {"ASIAGIVEN1"}
    with client_of(amazon) as client:
        assert ask(client) == "ok"
        amazon.refused |= {"ASIAGIVEN2", "ASIAGIVEN3"}
        with pytest.raises(AuthenticationError, match="aws sso login") as caught:
            ask(client)
    assert caught.value.status_code == 403
    assert len(amazon.given) == 3


@pytest.mark.parametrize("total", [None, 0.4])
def test_a_metadata_server_that_hangs_is_given_up_and_told(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch, total: float | None
) -> None:
    with LoopbackServer(lambda request: [Pause(30)]) as hanging:
        if total is None:  # an instance's is asked once, for a second
            monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
            monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", hanging.url)
        else:
            monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", hanging.url)
        began = time.monotonic()
        error = failure(client_of(amazon, timeout=Timeout(total=total)))
        assert time.monotonic() - began < 20
    if total is None:
        assert isinstance(error, ConfigurationError)
        assert "AWS_BEARER_TOKEN_BEDROCK" in str(error)
    else:
        assert isinstance(error, RequestTimeoutError)
        assert "within the 0.4 s of the call" in str(error)


def test_a_login_that_has_expired_is_told_with_the_command_that_renews_it(
    amazon: Amazon, tmp_path: Path
) -> None:
    logged_in(tmp_path, hours=-1)
    said = in_a_process(amazon)
    assert said.startswith("AuthenticationError")
    assert "aws sso login --profile work" in said
    assert not amazon.models


def test_a_role_that_may_not_be_assumed_is_told_without_a_key(
    amazon: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    token = written(tmp_path / "token", "eyJ.secret.token-0123456789")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token)
    amazon.failure = reply(
        400,
        b"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>"
        b"<Message>no: eyJ.secret.token-0123456789</Message></Error></ErrorResponse>",
        content_type="text/xml",
    )
    error = failure(client_of(amazon))
    assert isinstance(error, AuthenticationError)
    assert "InvalidIdentityToken" in str(error)
    assert "eyJ.secret" not in f"{error} {error.__cause__} {error.__context__}"


def test_a_container_that_cannot_be_reached_is_a_connection_error(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopbackServer(lambda request: []) as gone:
        pass
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", gone.url)
    error = failure(client_of(amazon))
    assert isinstance(error, ConnectionFailedError)
    assert "AWS_BEARER_TOKEN_BEDROCK" in str(error)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({}, "there is no AWS profile 'work'"),
        ({"work": {"role_arn": ROLE, "source_profile": "nobody"}}, "cannot be set up"),
        ({"work": {"role_arn": ROLE}}, "cannot be set up"),
        (
            {
                "work": {"role_arn": ROLE, "source_profile": "work", "mfa_serial": "arn:mfa"},
            },
            "export-credentials",
        ),
    ],
)
def test_a_profile_that_cannot_be_used_is_told(
    amazon: Amazon, tmp_path: Path, sections: Any, words: str
) -> None:
    configured(tmp_path, **sections)
    if "mfa" in repr(sections):
        keys = "[work]\naws_access_key_id = AKBASE\naws_secret_access_key = secret-of-base\n"
        written(tmp_path / "credentials", keys)
    error = failure(client_of(amazon, bedrock_profile="work"))
    assert isinstance(error, ConfigurationError)
    assert words in str(error)


def test_keys_of_the_environment_that_have_expired_are_told(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKENV")
    with pytest.raises(ConfigurationError, match="AWS_SECRET_ACCESS_KEY is not"):
        with client_of(amazon) as client:
            ask(client)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-env")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z")
    error = failure(client_of(amazon))
    assert isinstance(error, AuthenticationError)
    assert "have expired" in str(error)
