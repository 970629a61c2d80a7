"""Signatures against known values and against botocore; where keys and regions come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chimeric_bedrock as plugin
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from chimeric_bedrock.credentials import Credentials, find_credentials, find_region
from chimeric_bedrock.keys.source import ask
from chimeric_bedrock.regions import region_of
from chimeric_bedrock.signature import sign

from chimeric import ConfigurationError, HTTPRequest, ProviderConfig, Secret
from chimeric import Credentials as Brought

Configure = Callable[..., ProviderConfig]

KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
BODY = b'{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}'
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("token", "signature"),
    [
        (None, "152f2c3f34944f6180aa3a8f64a3cb95cb824cdd4988775f8dcece4a3102ca69"),
        ("TOKEN123", "e9bb10ef930a0e021fe0c27135d694da2edb87f96ee24e9dba553674d2bbb071"),
    ],
)
def test_known_signatures(token: str | None, signature: str) -> None:
    assert hashlib.sha256(BODY).hexdigest().startswith("45e583fe")
    headers = sign(
        "POST",
        f"{HOST}/model/us.anthropic.claude-sonnet-4-6-v1%3A0/converse-stream",
        JSON,
        BODY,
        credentials=Credentials(*KEY, token),
        region="us-east-1",
        now=NOW,
    )
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert headers["x-amz-date"] == "20261122T120000Z"
    assert headers.get("x-amz-security-token") == token


@pytest.mark.parametrize("token", [None, "session"])
@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", f"{HOST}/model/a.b-v1%3A0/converse", b"{}"),
        ("POST", f"{HOST}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ax%2Fy/converse", b"{}"),
        ("GET", "https://bedrock.eu-west-1.amazonaws.com/foundation-models?b=2&a=x%2Fy", b""),
        ("POST", "http://127.0.0.1:8080/model/m/converse", b"\xff"),
    ],
)
def test_signatures_are_those_of_botocore(
    method: str, url: str, body: bytes, token: str | None
) -> None:
    request = AWSRequest(method=method, url=url, data=body, headers=dict(JSON))
    SigV4Auth(BotoCredentials(*KEY, token), "bedrock", "us-east-1").add_auth(request)
    signed = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    ours = sign(
        method,
        url,
        JSON,
        body,
        credentials=Credentials(*KEY, token),
        region="us-east-1",
        now=signed.replace(tzinfo=UTC),
    )
    assert ours["authorization"] == request.headers["Authorization"]


def test_the_transport_sends_the_path_that_was_signed(build: Callable[..., HTTPRequest]) -> None:
    http = build(model="arn:aws:bedrock:us-west-2:1:inference-profile/x:0")
    assert http.url.startswith("https://bedrock-runtime.us-west-2.amazonaws.com/model/arn%3A")
    assert httpx.URL(http.url).raw_path.decode() == http.url.partition(".com")[2]


def test_a_bearer_token_wins_and_a_given_header_stays(configure: Configure) -> None:
    http = HTTPRequest(url=f"{HOST}/model/m/converse")
    token = Secret("bedrock-api-key")
    assert plugin.chimeric_sign_request(http, b"", token, configure(), {}) == {
        "authorization": "Bearer bedrock-api-key"
    }
    own = HTTPRequest(url=http.url, headers={"authorization": "mine"})
    assert plugin.chimeric_sign_request(own, b"", token, configure(), {}) == {}


def test_keys_of_the_environment_sign(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY[1])
    http = HTTPRequest(url="https://bedrock-runtime.eu-west-3.amazonaws.com/model/m/converse")
    brought = ask(configure())
    assert isinstance(brought, Brought)
    headers = plugin.chimeric_sign_request(http, b"{}", brought.key(), configure(), brought.fields)
    assert "/eu-west-3/bedrock/aws4_request" in headers["authorization"]


def test_no_keys_is_an_error_that_says_where_they_go(configure: Configure) -> None:
    with pytest.raises(ConfigurationError, match="AWS_BEARER_TOKEN_BEDROCK"):
        plugin.chimeric_sign_request(HTTPRequest(url=HOST), b"", None, configure(), {})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s3cr%t\n"
        "[work]\naws_access_key_id=AKWORK\naws_secret_access_key=x\naws_session_token=tok\n"
    )
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-central-1\n[profile work]\nregion=ap-south-1\n"
        "[profile both]\naws_access_key_id=AKBOTH\naws_secret_access_key=y\n"
    )
    return tmp_path


@pytest.mark.usefixtures("files")
def test_profiles_are_read_from_both_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_credentials(None).key_id == "AKDEFAULT"
    assert find_credentials(None).secret_key.reveal() == "s3cr%t"
    assert find_credentials("work").token == "tok"
    assert find_credentials("both").key_id == "AKBOTH"
    assert find_region(None) == "eu-central-1"
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert find_credentials(None).key_id == "AKWORK"
    assert find_region(None) == "ap-south-1"


@pytest.mark.usefixtures("files")
def test_the_environment_wins_unless_a_profile_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "z")
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    assert (find_credentials(None).key_id, find_region(None)) == ("AKENV", "sa-east-1")
    assert (find_credentials("work").key_id, find_region("work")) == ("AKWORK", "ap-south-1")


def test_a_broken_file_is_reported_without_its_text(files: Path) -> None:
    (files / "credentials").write_text("aws_secret_access_key = hunter2\n")
    with pytest.raises(ConfigurationError) as caught:
        find_credentials(None)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "hunter2" not in repr(Credentials("AK", "hunter2"))


@pytest.mark.parametrize(
    ("options", "url", "model", "region"),
    [
        ({"region": "eu-west-1"}, HOST, "", "eu-west-1"),
        ({}, "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "", "us-gov-west-1"),
        ({}, "", "arn:aws:bedrock:us-west-2:1:foundation-model/x", "us-west-2"),
        ({}, "http://127.0.0.1:1", "m", "us-east-1"),
        ({}, "https://x.bedrock-runtime.eu-west-1.vpce.amazonaws.com", "", "eu-west-1"),
        ({}, "https://bedrock-mantle.us-west-2.api.aws/v1", "", "us-west-2"),
        (
            {},
            "http://[::1]/model/arn%3Aaws%3Abedrock%3Aeu-west-2%3A1%3Ax%2Fy",
            "",
            "eu-west-2",
        ),
        ({}, "", "arn:aws:sagemaker:us-west-2:1:endpoint/x", "us-west-2"),
    ],
)
def test_where_the_region_comes_from(
    configure: Configure, options: dict[str, Any], url: str, model: str, region: str
) -> None:
    assert region_of(configure(**options), url=url, model=model) == region


def test_endpoints(configure: Configure, build: Callable[..., HTTPRequest]) -> None:
    def host(config: ProviderConfig) -> str:
        return build(config=config).url.partition("/model/")[0]

    assert host(configure(region="eu-west-1")) == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert host(configure(region="cn-north-1")).endswith("cn-north-1.amazonaws.com.cn")
    assert host(configure(region="eusc-de-east-1")).endswith("eusc-de-east-1.amazonaws.eu")
    assert host(configure(region="us-iso-east-1")).endswith("us-iso-east-1.c2s.ic.gov")
    assert host(configure("http://127.0.0.1:9")) == "http://127.0.0.1:9"
    with pytest.raises(ConfigurationError, match="not an AWS region"):
        build(config=configure(region="evil.test/"))


def test_the_arn_of_a_model_is_called_in_its_own_region(
    configure: Configure, build: Callable[..., HTTPRequest]
) -> None:
    arn = "arn:aws:bedrock:us-west-2:1:inference-profile/us.anthropic.claude-x"
    with pytest.raises(ConfigurationError, match="is of us-west-2, and bedrock_region says eu-"):
        build(model=arn, config=configure(region="eu-west-1"))
