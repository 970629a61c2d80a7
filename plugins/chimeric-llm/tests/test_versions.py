"""Another version of llm is told of with the range, and ends no command."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import chimeric_llm
import chimeric_llm.versions as versions
import click
import pytest
from packaging.requirements import Requirement


def test_the_installed_version_is_taken() -> None:
    assert versions.problem() is None


def test_a_version_outside_the_range_has_no_models_and_is_told_the_range(
    user_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    described = tmp_path / "llm-99.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: llm\nVersion: 99.0\n")
    monkeypatch.syspath_prepend(tmp_path)  # what stands first is what is installed
    registered: list[object] = []
    chimeric_llm.register_models(registered.append)
    group = click.Group()
    chimeric_llm.register_commands(group)
    assert registered == []
    assert not group.commands
    told = capsys.readouterr().err
    assert f"{versions.FRAMEWORK}{versions.TESTED}" in told
    assert "99.0 is installed" in told


def test_what_is_installed_with_us_is_what_was_tested() -> None:
    wanted = [Requirement(text) for text in requires("chimeric-llm") or ()]
    (framework,) = [r for r in wanted if r.name == versions.FRAMEWORK]
    assert framework.specifier == versions.TESTED
