"""Whose project a request is of, where neither an option nor the environment says it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause
from chimeric_vertex import metadata

from chimeric import Chimeric, ConfigurationError

from .conftest import Google, reply
from .test_tokens import MODEL, written


def configured(name: str, project: str) -> None:
    """A configuration of gcloud."""
    folder = Path(os.environ["CLOUDSDK_CONFIG"])
    path = folder / "configurations" / f"config_{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[core]\naccount = a%b@c.test\nproject = {project}\n", "utf-8")
    (folder / "active_config").write_text("one", "utf-8")


def project_of(google: Google, **settings: Any) -> str:
    with Chimeric(vertex_base_url=google.url, max_retries=0, **settings) as client:
        client.generate(MODEL, "Hi")
    return google.models[-1].path.split("/")[3]


def test_a_login_of_gcloud_is_of_its_active_configurations_project(
    google: Google, authorized_user: dict[str, str], monkeypatch: Any
) -> None:
    folder = Path(os.environ["CLOUDSDK_CONFIG"])
    written(folder / "application_default_credentials.json", authorized_user)
    configured("one", "project-one")
    configured("two", "project-two")
    assert project_of(google) == "project-one"
    monkeypatch.setenv("CLOUDSDK_ACTIVE_CONFIG_NAME", "two")
    assert project_of(google) == "project-two"
    monkeypatch.setenv("CLOUDSDK_CORE_PROJECT", "project-three")
    assert project_of(google) == "project-three"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project-four")
    assert project_of(google) == "project-four"
    assert project_of(google, vertex_project="project-five") == "project-five"


def test_a_key_file_says_its_own_project_before_gcloud_does(
    google: Google, service_account: dict[str, str], tmp_path: Path, monkeypatch: Any
) -> None:
    configured("one", "project-one")
    monkeypatch.setenv(
        "GOOGLE_APPLICATION_CREDENTIALS", written(tmp_path / "key.json", service_account)
    )
    assert project_of(google) == "file-project"


def test_credentials_that_were_given_are_not_of_gclouds_project(
    google: Google, authorized_user: dict[str, str]
) -> None:
    configured("one", "project-one")
    client = Chimeric(vertex_base_url=google.url, vertex_credentials=authorized_user)
    with client, pytest.raises(ConfigurationError, match="vertex needs a project"):
        client.generate(MODEL, "Hi")
    assert not google.models


@pytest.mark.parametrize("text", ["", "[core", "\xff\x00", "[core]\nproject =\n"])
def test_a_configuration_without_a_project_is_as_none(google: Google, text: str) -> None:
    configured("one", "p")
    folder = Path(os.environ["CLOUDSDK_CONFIG"])
    (folder / "configurations" / "config_one").write_bytes(text.encode("latin-1"))
    with Chimeric(vertex_base_url=google.url) as client:
        with pytest.raises(ConfigurationError, match="set GOOGLE_CLOUD_PROJECT"):
            client.generate(MODEL, "Hi")


def test_the_machine_tells_its_project_where_nobody_else_does(
    google: Google, monkeypatch: Any
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", google.url.removeprefix("http://"))
    assert project_of(google) == "metadata-project"
    assert project_of(google) == "metadata-project"
    asked = [r.path for r in google.server.requests if r.path.endswith("project-id")]
    assert len(asked) == 1
    configured("one", "project-one")
    assert project_of(google) == "project-one"


@pytest.mark.parametrize("answer", ["hangs", "a page", "another server"])
def test_a_machine_that_tells_none_is_not_waited_for_and_asked_once(
    google: Google, monkeypatch: Any, answer: str
) -> None:
    steps: dict[str, Any] = {
        "hangs": Pause(30),
        "a page": reply(200, b"<html>", "text/html"),
        "another server": reply(404, {}),
    }
    monkeypatch.setenv("GCE_METADATA_TIMEOUT", "0.2")
    with LoopbackServer(lambda request: [steps[answer]]) as other:
        monkeypatch.setenv("GCE_METADATA_HOST", other.url.removeprefix("http://"))
        began = time.monotonic()
        for _ in range(3):
            with Chimeric(vertex_base_url=google.url) as client:
                with pytest.raises(ConfigurationError, match="set GOOGLE_CLOUD_PROJECT"):
                    client.generate(MODEL, "Hi")
        assert time.monotonic() - began < 20
        assert len(other.requests) == 1
    assert not google.models


def test_no_machine_is_asked_outside_of_google_cloud(monkeypatch: Any, tmp_path: Path) -> None:
    said = tmp_path / "product_name"
    assert metadata.metadata_project(said) is None
    said.write_text("Standard PC (Q35)\n", "ascii")
    assert metadata.metadata_project(said) is None
    said.write_text("Google Compute Engine\n", "ascii")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    assert metadata.metadata_project(said) is None
