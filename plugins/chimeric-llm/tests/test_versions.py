"""Another version of llm is told of with the range, and ends no command."""

from __future__ import annotations

from importlib.metadata import requires, version
from pathlib import Path

import chimeric_llm
import chimeric_llm.versions as versions
import click
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def test_the_installed_version_is_taken() -> None:
    assert versions.problem() is None


def test_a_version_outside_the_range_has_no_models_and_is_told_the_range(
    user_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = version(versions.FRAMEWORK)
    monkeypatch.setattr(versions, "TESTED", SpecifierSet(f">{installed},<99"))
    registered: list[object] = []
    chimeric_llm.register_models(registered.append)
    group = click.Group()
    chimeric_llm.register_commands(group)
    assert registered == []
    assert not group.commands
    told = capsys.readouterr().err
    assert f"<99,>{installed}" in told
    assert f"{installed} is installed" in told


def test_what_is_installed_with_us_is_what_was_tested() -> None:
    wanted = [Requirement(text) for text in requires("chimeric-llm") or ()]
    (framework,) = [r for r in wanted if r.name == versions.FRAMEWORK]
    assert framework.specifier == versions.TESTED
