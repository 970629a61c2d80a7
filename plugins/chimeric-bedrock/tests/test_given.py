"""Credentials that the caller gives, in whatever form, and which of several are used."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import botocore.session
import pytest
from chimeric_bedrock.signature import SIGNED

from chimeric import AuthenticationError, Chimeric, ConfigurationError, Endpoint
from chimeric import Credentials as Brought

from .amazon import Amazon, key_ids, profiles, written

MODEL = "bedrock:us.amazon.nova-micro-v1:0"
KEYS = {"access_key_id": "AKGIVEN", "secret_access_key": "secret-given-0123456789"}
LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    with Amazon() as amazon:
        yield amazon


def client_of(amazon: Amazon, **settings: Any) -> Chimeric:
    return Chimeric(bedrock_base_url=amazon.url, max_retries=0, **settings)


def ask(client: Chimeric, **params: Any) -> None:
    client.generate(MODEL, "Hi", **params)


class Frozen(NamedTuple):
    """As botocore freezes credentials."""

    access_key: str
    secret_key: str
    token: str | None


def session() -> Any:
    found = botocore.session.Session()
    found.set_credentials("AKGIVEN", "secret-given-0123456789", "session-given")
    return found


async def later() -> Any:
    return {**KEYS, "session_token": "session-given"}


FORMS = {
    "keys": {**KEYS, "session_token": "session-given"},
    "arguments of boto3": {
        "aws_access_key_id": "AKGIVEN",
        "aws_secret_access_key": "secret-given-0123456789",
        "aws_session_token": "session-given",
    },
    "what STS answers": {
        "AccessKeyId": "AKGIVEN",
        "SecretAccessKey": "secret-given-0123456789",
        "SessionToken": "session-given",
        "Expiration": LATER,
    },
    "a session": session(),
    "credentials of botocore": session().get_credentials(),
    "a callable of keys": lambda: {
        **KEYS,
        "session_token": "session-given",
        "expiration": LATER.isoformat(),
    },
    "a callable of frozen ones": lambda: Frozen("AKGIVEN", "secret-given", "session-given"),
    "a callable of a session": session,
    "a callable of ours": lambda: Brought(
        "secret-given", fields={"key_id": "AKGIVEN", "session_token": "session-given"}
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_credentials_are_given_in_many_forms(amazon: Amazon, form: str) -> None:
    with client_of(amazon, bedrock_credentials=FORMS[form]) as client:
        ask(client)
    assert key_ids(amazon.models) == ["AKGIVEN"]
    assert amazon.models[0].headers["x-amz-security-token"] == "session-given"


def test_an_async_callable_is_awaited_and_a_text_is_a_bearer_key(amazon: Amazon) -> None:
    async def main() -> None:
        async with client_of(amazon, bedrock_credentials=later) as client:
            await client.agenerate(MODEL, "Hi")

    anyio.run(main)
    keys = iter(["bedrock-api-key-1", "bedrock-api-key-2\n"])
    with client_of(amazon, bedrock_credentials=lambda: next(keys)) as client:
        ask(client)
        ask(client)
    assert key_ids(amazon.models)[:1] == ["AKGIVEN"]
    bearers = [request.headers["authorization"] for request in amazon.models[1:]]
    assert bearers == ["Bearer bedrock-api-key-1", "Bearer bedrock-api-key-2"]


def test_a_callable_is_asked_again_when_what_it_gave_has_ended(amazon: Amazon) -> None:
    given: list[int] = []

    def give() -> Any:
        given.append(1)
        end = time.time() + (3600 if len(given) > 1 else 32)
        return {**KEYS, "access_key_id": f"AKGIVEN{len(given)}", "expiration": end}

    with client_of(amazon, bedrock_credentials=give) as client:
        ask(client)
        time.sleep(2.2)
        ask(client)
        ask(client)
    assert key_ids(amazon.models) == ["AKGIVEN1", "AKGIVEN2", "AKGIVEN2"]


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"access_key_id": "AK"}, ConfigurationError, "secret_access_key"),
        (7, ConfigurationError, "not int"),
        (lambda: None, ConfigurationError, "not NoneType"),
        (lambda: 1 / 0, ConfigurationError, "ZeroDivisionError"),
        ({**KEYS, "expiration": "soon"}, ConfigurationError, "is not a time"),
        ({**KEYS, "expiration": 1.0}, AuthenticationError, "have expired"),
        ({**KEYS, "expiration": "2026-01-01T00:00:00Z"}, AuthenticationError, "aws sso login"),
    ],
)
def test_what_cannot_be_signed_with_is_told(
    amazon: Amazon, given: Any, kind: type[Exception], words: str
) -> None:
    with client_of(amazon, bedrock_credentials=given) as client:
        with pytest.raises(kind, match=words):
            ask(client)
    assert not amazon.models


def used(amazon: Amazon) -> str:
    """What the last request was authenticated with."""
    return key_ids(amazon.models)[-1] or amazon.models[-1].headers["authorization"]


def test_what_is_said_wins_over_the_environment_and_a_key_over_all(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = "[work]\naws_access_key_id = AKWORK\naws_secret_access_key = x\n"
    written(tmp_path / "credentials", files)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-env")
    monkeypatch.setenv("AWS_PROFILE", "work")
    with client_of(amazon) as client:
        ask(client)
        assert used(amazon) == "AKENV"  # as botocore has it
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKOTHER")
        ask(client)
        assert used(amazon) == "AKOTHER"
        ask(client, profile="work")
        assert used(amazon) == "AKWORK"
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bearer-of-env")
    with client_of(amazon) as client:
        ask(client)
        assert used(amazon) == "Bearer bearer-of-env"
        ask(client, profile="work")
        assert used(amazon) == "AKWORK"
        ask(client, credentials=KEYS)
        assert used(amazon) == "AKGIVEN"
        ask(client, credentials=KEYS, api_key="bearer-of-the-call")
        assert used(amazon) == "Bearer bearer-of-the-call"


def test_an_endpoint_has_credentials_of_its_own(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-env")
    own = Endpoint("bedrock", base_url=amazon.url, options={"credentials": KEYS})
    bare = Endpoint("bedrock", base_url=amazon.url)
    with Chimeric(endpoints={"own": own, "bare": bare}) as client:
        client.generate("own:us.amazon.nova-micro-v1:0", "Hi")
        with pytest.raises(ConfigurationError, match="own base URL only"):
            client.generate("bare:us.amazon.nova-micro-v1:0", "Hi")
    assert key_ids(amazon.models) == ["AKGIVEN"]


def test_a_header_of_the_callers_needs_no_credentials(amazon: Amazon) -> None:
    with client_of(amazon) as client:
        ask(client, extra_headers={"authorization": "mine"})
        with pytest.raises(ConfigurationError, match="bedrock found no AWS credentials"):
            ask(client)
    assert amazon.models[0].headers["authorization"] == "mine"
    assert "content-type" in SIGNED


WITHOUT_BOTOCORE = """
import sys
sys.modules["botocore"] = sys.modules["botocore.session"] = None
from chimeric import Chimeric
with Chimeric(bedrock_base_url=sys.argv[1], max_retries=0) as client:
    for profile in ("plain", "role", "nobody"):
        try:
            print(client.generate("bedrock:us.amazon.nova-micro-v1:0", "Hi", profile=profile).text)
        except Exception as error:
            print(type(error).__name__, error)
"""


def test_without_botocore_keys_of_files_work_and_the_error_names_the_extra(
    amazon: Amazon, tmp_path: Path
) -> None:
    keys = {"aws_access_key_id": "AKPLAIN", "aws_secret_access_key": "x"}
    role = {**keys, "role_arn": "arn:aws:iam::1:role/r", "source_profile": "plain"}
    written(tmp_path / "config", profiles(plain=keys, role=role))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_BOTOCORE, amazon.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    plain, special, none = done.stdout.strip().splitlines()
    assert plain == "ok"
    assert "the profile 'role' says how to fetch credentials" in special
    assert "pip install 'chimeric-bedrock[botocore]'" in special
    assert none.startswith("ConfigurationError bedrock found no AWS credentials")
